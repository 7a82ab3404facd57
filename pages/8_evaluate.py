"""Evaluate: test models on questions with known answers, compare them, or compare strategies."""

from __future__ import annotations

import streamlit as st

from diq_core.study import Study
from pages.parts.choose import choose_artefact
from pages.parts.evaluate.answers_list import draw_answers
from pages.parts.evaluate.comparison import compare_two
from pages.parts.evaluate.evaluation_form import evaluate_form
from pages.parts.evaluate.evaluation_result import draw_evaluation
from pages.parts.evaluate.experiment_form import experiment_form
from pages.parts.evaluate.experiment_result import draw_experiment
from pages.parts.evaluate.quality_view import draw_quality
from pages.parts.frame import open_page
from pages.parts.glossary import explain
from pages.parts.job_panel import form_place, latest_job
from pages.parts.views import choose_view

VIEWS = ("Test a model", "Compare two models", "Compare strategies", "Judge written answers")


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    st.title("Evaluate", help=explain("Evaluation", "Interval", "Experiment"))
    st.write(
        "Test models on questions with known answers. Every figure stands beside its interval, "
        "its number of questions and the level of blind guessing."
    )
    view = choose_view(VIEWS)
    if view == VIEWS[1]:
        compare_two(study)
    elif view == VIEWS[2]:
        draw_strategies(study)
    elif view == VIEWS[3]:
        draw_quality(study)
    else:
        draw_test(study)


def draw_test(study: Study) -> None:
    """Draw single evaluations, and the form for another one."""
    job = latest_job(study, "evaluation")
    found = choose_artefact(study, "evaluation", managed=True)
    if found is not None:
        draw_evaluation(found)
        draw_answers(study, found)
    with form_place(job, found, "Test another model") as is_open:
        if is_open:
            evaluate_form(study)


def draw_strategies(study: Study) -> None:
    """Draw experiments, and the form for another one."""
    st.write(
        "An experiment trains one model for each strategy, budget and seed by the same recipe and "
        "tests all of them on the same questions. What is finished is kept and used again."
    )
    job = latest_job(study, "experiment")
    found = choose_artefact(study, "experiment", managed=True)
    if found is not None:
        draw_experiment(found)
    with form_place(job, found, "Begin another experiment") as is_open:
        if is_open:
            experiment_form(study)


with open_page("evaluation") as current:
    draw(current)
