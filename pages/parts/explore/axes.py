"""Which scores lie on the two axes, and how a score of one's own comes into the study."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import ScoresSettings, build
from diq_core.jobs.order import order_for
from diq_core.scoring.measures import measures
from diq_core.selection.pool import Pool
from diq_core.study import Study
from pages.parts.explore.colour import colour_box
from pages.parts.explore.data import Inputs
from pages.parts.explore.state import change, control, current, widget_key
from pages.parts.job_panel import latest_job, start_button
from pages.parts.text import visible
from pages.parts.uploads import keep_once

_FILE = "a file"
_ENDS = {"high": "The highest first", "low": "The lowest first"}


def axes_box(study: Study, pool: Pool, inputs: Inputs) -> None:
    """Draw the choice of the scores on the axes and of the colours, and the form that adds one."""
    with st.popover("Axes and colours", icon=":material/palette:"):
        offered = [name for name in pool.scores.columns if pool.scores.has(name)]
        for field, label in (("across", "Across"), ("up", "Up")):
            other = pool.axes[0 if field == "up" else 1]
            names = [name for name in offered if name != other]
            if getattr(current(study), field) not in names:
                continue
            told = control(study, field)
            st.selectbox(
                label, names, format_func=lambda name: visible(pool.scores.describe(name).label),
                key=told["key"], on_change=_take, args=(study, field),
            )  # fmt: skip
        st.caption("These two make the quadrants; the strategies fill them in the same order.")
        colour_box(study, inputs)
        latest_job(study, "scores")
        if st.toggle("Add a score of your own", key="own-open"):
            _form(study, inputs.dataset)


def _take(study: Study, field: str) -> None:
    # A region is drawn in the values of the old score.
    view, value = current(study), st.session_state[widget_key(field)]
    kept = {} if view.space == "meaning" else {"region": "", "listed": "chosen"}
    change(study, **{field: value, **kept})


def _form(study: Study, dataset: Artefact) -> None:
    known = measures()
    origin = st.selectbox(
        "Where its numbers come from", [_FILE, *known], key="own-origin",
        format_func=_origin_words,
    )  # fmt: skip
    source = None
    values: dict[str, str] = {}
    if origin == _FILE:
        file = st.file_uploader("File with ids and numbers", key="own-file")
        source = str(keep_once(study, file)) if file else None
        for field, label, help_ in (
            ("id_column", "Column of ids", "The samples' ids."),
            ("column", "Column of numbers", "Left empty: the only one besides the ids."),
            ("label", "What it is called", "For people, e.g. Pass rate."),
            ("higher", "What a higher number means", "For example: easier."),
            ("unit", "Unit", "What one is of, e.g. seconds."),
        ):
            default = str(ScoresSettings.model_fields[field].default)
            values[field] = st.text_input(label, default, help=help_, key=f"own-{field}").strip()
        values["best"] = st.radio(
            "Which end is chosen first", list(_ENDS), format_func=_ENDS.__getitem__,
            key="own-best", horizontal=True,
        )  # fmt: skip
    else:
        values["measure"] = origin
    name = st.text_input(
        "Name", "" if origin == _FILE else origin, key=f"own-name-{origin}"
    ).strip()
    if not name or (origin == _FILE and source is None):
        st.caption("Choose a file and a name to go on." if origin == _FILE else "Give it a name.")
        return
    order = order_for(
        "scores", name, build(ScoresSettings, values),
        source=source, dataset=dataset.name,
    )  # fmt: skip
    start_button(study, order, "Add the score", icon=":material/add:")


def _origin_words(name: str) -> str:
    if name == _FILE:
        return "A file of mine"
    return f"Counted here: {visible(measures()[name].score.label)}"
