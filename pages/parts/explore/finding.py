"""Samples found by words and conditions: marked on both maps, listed, and placed like a region."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import streamlit as st

from diq_core.errors import BadSetting
from diq_core.selection.pool import Mask, Pool
from diq_core.selection.result import Selection
from diq_core.stages.searching import found
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.explore.data import BY_INPUTS, Inputs, load_pool, load_selection, region_mask
from pages.parts.explore.state import View, change, control

_HELP = (
    "Conditions on any column, separated by semicolons: source=medmcqa; length>=200; "
    "reasoning=yes; reviewed=no; quadrant=Q1; chosen=yes; subject~card; finding~duplicate"
)


def find_box(study: Study, view: View) -> None:
    """Draw the words and conditions that samples are found by."""
    is_on = bool(view.find or view.where)
    with st.popover("Find" if not is_on else "Found", icon=":material/search:"):
        st.text_input(
            "Words in question, reasoning, answer", placeholder='e.g. heparin "renal failure"',
            help="All of them occur, each as the beginning of a word; in quotes: exactly so.",
            **control(study, "find"),
        )  # fmt: skip
        st.text_input(
            "Conditions", placeholder="e.g. reasoning=yes; length>=200", help=_HELP,
            **control(study, "where"),
        )  # fmt: skip
        if is_on:
            st.button(
                "List what was found", key="explore-list-found", type="primary",
                on_click=change, args=(study,), kwargs={"panel": "list", "listed": "region"},
            )  # fmt: skip


def marked(inputs: Inputs, view: View, pool: Pool) -> Mask | None:
    """Return bool[n]: which samples are in the region and were found; None = neither is asked.

    A condition that cannot be understood is said and left out.

    Raises:
        BadSetting: the region is degenerate.
    """
    inside = region_mask(inputs, pool, view.space, view.shape)
    if not (view.find or view.where):
        return inside
    try:
        hits = _found(inputs, view.find, view.where, _settings(view))
    except BadSetting as error:
        show_user_error(error)
        return inside
    hits = hits & pool.included
    return hits if inside is None else inside & hits


def _settings(view: View) -> str:
    # Only conditions can ask what the knobs decide.
    return view.settings.model_dump_json() if view.where else ""


@st.cache_resource(max_entries=8, show_spinner="Reading every text once …", hash_funcs=BY_INPUTS)
def _found(inputs: Inputs, words: str, where: str, settings: str) -> Mask:
    filters = [part for part in where.split(";") if part.strip()]
    more = _columns(inputs, settings) if filters else {}
    return found(inputs.study, inputs.dataset, words, filters, more)


def _columns(inputs: Inputs, settings: str) -> dict[str, pa.Array]:
    from diq_core.config import SelectSettings

    knobs = SelectSettings.model_validate_json(settings)
    pool = load_pool(inputs, knobs.aspect, knobs.axes)
    selection: Selection = load_selection(inputs, knobs)
    names = np.array([None, "Q1", "Q2", "Q3", "Q4"], dtype=object)
    scores = {name: pa.array(pool.scores[name]) for name in pool.scores.columns
              if pool.scores.has(name)}  # fmt: skip
    return {
        **scores,
        "quadrant": pa.array(names[selection.quadrant], pa.string()),
        "chosen": pa.array(selection.kept),
    }
