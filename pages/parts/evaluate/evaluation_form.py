"""The form that tests one model."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from diq_core.config import EvaluateSettings, Scoring
from diq_core.fields import default_of, help_of
from diq_core.jobs.order import order_for
from diq_core.stages.experiment_arms import own_first
from diq_core.study import Study
from pages.parts.choose import free_name, labels
from pages.parts.embedded_model import base_model_input
from pages.parts.estimate import draw_estimate
from pages.parts.evaluate.benchmarks_form import benchmarks_form
from pages.parts.images_unseen import images_input
from pages.parts.job_panel import start_button
from pages.parts.subject import subject

SCORINGS: dict[Scoring, str] = {
    "letter": "Letter: the likeliest option letter",
    "option": "Option text: the likeliest option, per character",
    "generated": "Written answer: the choice is read from what the model writes (slow)",
}
_TEMPLATES: dict[Literal["plain", "chat"], str] = {
    "plain": "As lm-evaluation-harness asks", "chat": "Through the model's own chat template",
}  # fmt: skip
_BASE = "The base model, not fine-tuned"
_LEAD = "evaluate-lead"


def evaluate_form(study: Study) -> None:
    """Draw model, questions and scoring, and the button that starts."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Model")
        runs = [run.name for run in own_first(study, "run", study.artefacts("run"))]
        meant = subject(study, "run")
        # Another run that is meant begins a fresh form; what was chosen here stays until then.
        lead = meant.name if meant else _BASE
        if st.session_state.get(_LEAD) != lead:
            st.session_state[_LEAD] = st.session_state["evaluate-model"] = lead
        model = st.selectbox("Model", [_BASE, *runs], key="evaluate-model", width=420,
                             format_func=labels(study, "run"))  # fmt: skip
        run = None if model == _BASE else model
        base = default_of(EvaluateSettings, "model")
        if run is None:
            base = base_model_input(study, "evaluate-base")
        scorings = st.multiselect(
            "How answers are taken", list(SCORINGS),
            default=default_of(EvaluateSettings, "scorings"),
            key="evaluate-scorings", help=help_of(EvaluateSettings, "scorings"),
            format_func=lambda name: SCORINGS[name],
        )  # fmt: skip
        template = st.radio(
            "How it is asked", list(_TEMPLATES), key="evaluate-template",
            format_func=lambda name: _TEMPLATES[name],
            help="Questions with images are asked through the chat template, and answered in "
            "writing alone.",
        )  # fmt: skip
    with right:
        st.header("Questions")
        benchmarks, limit = benchmarks_form(study, "evaluate")
        images = images_input("evaluate-images") if benchmarks else "read"
    wanted = run or "base"
    taken = {each.name for each in study.artefacts("evaluation")}
    name = st.text_input(
        "Name of the result", value=free_name(study, "evaluation") if wanted in taken else wanted,
        key=f"name-evaluation-{wanted}", max_chars=64,
    ).strip()  # fmt: skip
    settings = EvaluateSettings(
        model=base, scorings=tuple(scorings), template=template, limit=limit, images=images
    )  # fmt: skip
    if not benchmarks:
        st.caption("Choose at least one set of questions.")
        return
    order = order_for("evaluation", name, settings, benchmark=benchmarks, run=run)
    draw_estimate(study, order)
    start_button(study, order, "Test the model")
