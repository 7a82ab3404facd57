"""Loss and learning rate of runs: of one live while it trains, of several over each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from diq_core.draft import unfinished
from diq_core.stages.experiment_arms import own_first
from diq_core.stages.run_metrics import read_metrics, read_rollouts, read_validation
from diq_core.study import Study
from pages.parts.choose import labels
from pages.parts.finetune.policy_curves import draw_policy
from pages.parts.finetune.step_curve import step_curve
from pages.parts.finetune.validation_curve import Losses, loss_range, validation_words
from pages.parts.frame import guarded
from pages.parts.palette import LINES
from pages.parts.words import count

_EVERY = 2.0


def has_steps(study: Study, name: str) -> bool:
    """Return whether a run that is not finished has made a step."""
    return bool(read_metrics(_unfinished(study, name)))


def curves(study: Study, name: str, *, live: bool, over: Sequence[str] = ()) -> None:
    """Draw the curves of a run that is finished or, anew every two seconds, of one that trains.

    Args:
        over: names of finished runs whose curves are laid over it.
    """
    st.fragment(_draw, run_every=_EVERY if live else None)(study, name, over)


def choose_others(study: Study, name: str) -> list[str]:
    """Draw which other runs are laid over this one, where there are any; return their names."""
    found = own_first(study, "run", study.artefacts("run"))
    others = [one.name for one in found if one.name != name]
    if not others:
        return []
    return st.multiselect(
        "Lay other runs over it", others, key=f"over-{name}", max_selections=len(LINES) - 1,
        format_func=labels(study, "run"), placeholder="None",
    )  # fmt: skip


def _draw(study: Study, name: str, over: Sequence[str]) -> None:
    with guarded():
        folder = study.folder("run", name)
        found = folder if folder.exists() else _unfinished(study, name)
        steps = read_metrics(found)
        places = {name: found, **{each: study.folder("run", each) for each in over}}
        runs = {each: read_metrics(place) for each, place in places.items()}
        if not steps:
            st.caption("The first step is not finished yet.")
            return
        if steps[0].get("policy"):
            draw_policy(runs, name, read_rollouts(found))
            return
        losses = {each: read_validation(place) for each, place in places.items()}
        place, last = _draw_losses(runs, losses, name), steps[-1]
        place.caption(
            f"{count(len(steps), 'steps')}, {count(int(last['tokens']), 'response tokens')}. The "
            f"loss went from {steps[0]['loss']:.3f} to {last['loss']:.3f}; single steps differ, "
            "because every step sees other samples. " + validation_words(study, name, losses)
        )


def _draw_losses(runs: Losses, losses: Losses, name: str) -> DeltaGenerator:
    """Draw the training loss, beside it on the same scale the validation loss where there is one,
    and the learning rate; return where there is room for what is said of them."""
    measured = {run: rows for run, rows in losses.items() if rows}
    # The scale of a run alone is its own, as ever.
    scale = loss_range(runs, measured) if measured else None
    left, right = st.columns(2, gap="large")
    with left:
        step_curve(runs, "loss", "training loss (nats per response token)" if measured else
                   "loss (nats per response token)", f"loss-{name}", scale=scale)  # fmt: skip
    if measured:
        with right:
            step_curve(losses, "loss", "validation loss (nats per response token)",
                       f"validation-{name}", scale=scale)  # fmt: skip
        left, right = st.columns(2, gap="large", vertical_alignment="center")
    with left if measured else right:
        step_curve(runs, "learning_rate", "learning rate", f"rate-{name}")
    return right if measured else st.container()


def _unfinished(study: Study, name: str) -> Path:
    return unfinished(study.folder("run", name))
