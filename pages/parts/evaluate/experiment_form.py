"""The form that begins an experiment: strategies, budgets, seeds, one recipe for all."""

from __future__ import annotations

import streamlit as st

from diq_core.config import ExperimentSettings, build
from diq_core.errors import UserError
from diq_core.experiment.arms import checked_experiment_name, plan_arms
from diq_core.fields import choices, default_of, help_of
from diq_core.jobs.order import order_for
from diq_core.stages.experiment import material
from diq_core.stages.selection import offered_strategies
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.choose import name_input
from pages.parts.embedded_model import base_model_input
from pages.parts.estimate import draw_estimate
from pages.parts.evaluate.benchmarks_form import benchmarks_form
from pages.parts.job_panel import start_button
from pages.parts.scored import need_dataset
from pages.parts.words import count

_BUDGETS = ("1%", "5%", "10%", "20%")


def experiment_form(study: Study) -> None:
    """Draw what is compared and by which recipe, and the button that starts."""
    dataset = need_dataset(study)
    left, right = st.columns(2, gap="large")
    with left:
        st.header("What is compared")
        offered = {each.name: each for each in offered_strategies(study) if not each.whole}
        strategies = st.multiselect(
            "Strategies", list(offered), default=default_of(ExperimentSettings, "strategies"),
            key="experiment-strategies", format_func=lambda name: offered[name].label,
            help=help_of(ExperimentSettings, "strategies"),
        )  # fmt: skip
        budgets = st.multiselect(
            "Budgets",
            _BUDGETS,
            default=["5%"],
            key="experiment-budgets",
            accept_new_options=True,
            help=help_of(ExperimentSettings, "budgets"),
        )
        seeds = st.slider("Seeds (training runs of each)", 1, 10, 3, key="experiment-seeds",
                          help=help_of(ExperimentSettings, "seeds"))  # fmt: skip
        full = st.checkbox("Also train on everything", default_of(ExperimentSettings, "with_full"),
                           key="experiment-full")  # fmt: skip
        equal = st.radio("Every arm gets equal", choices(ExperimentSettings, "equal"),
                         horizontal=True, key="experiment-equal",
                         help=help_of(ExperimentSettings, "equal"))  # fmt: skip
        amount = st.number_input(
            "Steps" if equal == "steps" else "Response tokens", 1, 10**9,
            30 if equal == "steps" else 50_000, key=f"experiment-{equal}", width=220,
        )  # fmt: skip
    with right:
        st.header("How they are tested")
        benchmarks, limit = benchmarks_form(study, "experiment")
        model = base_model_input(study, "experiment-model")
        name = name_input(study, "experiment")
    if not (strategies and budgets and benchmarks):
        st.caption("Choose at least one strategy, one budget and one set of questions.")
        return
    limits = {"max_steps": int(amount)} if equal == "steps" else {"token_budget": int(amount)}
    settings = build(
        ExperimentSettings,
        {
            "strategies": tuple(strategies), "budgets": tuple(budgets),
            "seeds": tuple(range(seeds)), "equal": equal, "with_full": full,
            "recipe": {"model": model, "batch_size": 4, "max_tokens": 768, **limits},
            "evaluate": {"limit": limit},
        },
    )  # fmt: skip
    try:
        # What the command would refuse, before it waits in line.
        checked_experiment_name(name)
        material(study, settings, dataset.name, None, None, benchmarks)
    except UserError as error:
        show_user_error(error)
        return
    arms = len(plan_arms(settings))
    st.caption(f"{count(arms, 'arms')}: each is trained and tested in turn, the base model first.")
    order = order_for("experiment", name, settings, dataset=dataset.name, benchmark=benchmarks)
    draw_estimate(study, order)
    start_button(study, order, "Begin the experiment")
