"""Samples found by words and conditions: the only ones to choose from, or marked and listed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import streamlit as st

from diq_core.errors import BadSetting
from diq_core.selection.contents import QUADRANT
from diq_core.selection.filters import fitting, parse_filter, split_filters
from diq_core.selection.pool import Mask, Pool
from diq_core.selection.quadrants import quadrant_names
from diq_core.stages.asked import living
from diq_core.stages.columns import fingerprint
from diq_core.stages.joining import SAMPLES, count_rows
from diq_core.stages.searching import has_index, index_of
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.explore.condition import add_condition
from pages.parts.explore.data import (
    BY_INPUTS,
    Inputs,
    as_fixed,
    load_contents,
    load_pool,
    load_selection,
    region_mask,
)
from pages.parts.explore.state import View, change, control, current

_HELP = (
    "Conditions on any column, separated by semicolons: source=medmcqa; length>=200; "
    "reasoning=yes; reviewed=no; flagged=yes; quadrant=Q1; subject=Cardiology|Surgery; "
    "finding~duplicate. All have to fit."
)


def find_box(study: Study, inputs: Inputs) -> None:
    """Draw the words and conditions that samples are found by."""
    view = current(study)
    is_on = bool(view.find or view.where)
    with st.popover("Filter" if not is_on else "Filtered", icon=":material/filter_alt:"):
        st.text_input(
            "Words in question, reasoning, answer", placeholder='e.g. heparin "renal failure"',
            help="All of them occur, each as the beginning of a word; in quotes: exactly so.",
            **control(study, "find"),
        )  # fmt: skip
        add_condition(study, inputs)
        st.text_input(
            "Conditions", placeholder="e.g. reasoning=yes; length>=200", help=_HELP,
            **control(study, "where"),
        )  # fmt: skip
        st.toggle(
            "Only mark what fits",
            help="Off: nothing else is drawn, listed and chosen. On: it is ringed, and the choice "
            "stays as it is.",
            **control(study, "marks"),
        )  # fmt: skip
        if is_on:
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "List what was found", key="explore-list-found", type="primary",
                    on_click=change, args=(study,),
                    kwargs={"panel": "list", "listed": "region" if view.marks else "all"},
                )  # fmt: skip
                st.button(
                    "Remove the filter", key="explore-unfilter", type="tertiary",
                    on_click=change, args=(study,), kwargs={"find": "", "where": ""},
                )  # fmt: skip


def make_searchable(inputs: Inputs, view: View) -> None:
    """Make the index of all words where one is needed and there is none, and say how long."""
    if not view.find or has_index(inputs.study, inputs.dataset):
        return
    size = count_rows(inputs.dataset, SAMPLES)
    with st.spinner(
        f"Before the first search every text is read once ({size:,} samples; a million of some "
        "hundred words take a minute or two, with the memory of one part of the file). Later "
        "searches find it ready."
    ):
        index_of(inputs.study, inputs.dataset)


def marked(inputs: Inputs, view: View, pool: Pool) -> Mask | None:
    """Return bool[n]: which samples are in the region and were found to be marked; None = neither
    is asked.

    A condition that cannot be understood is said and left out.

    Raises:
        BadSetting: the region is degenerate.
    """
    inside = region_mask(inputs, pool, view.space, view.shape)
    if not (view.marks and (view.find or view.where)):
        return inside
    try:
        hits = _found(inputs, view.find, view.where, *_settings(inputs, view))
    except BadSetting as error:
        show_user_error(error)
        return inside
    hits = hits & pool.included
    return hits if inside is None else inside & hits


def _settings(inputs: Inputs, view: View) -> tuple[str, str]:
    # Only conditions can ask what the knobs decide, and what people go on writing.
    if not view.where:
        return "", ""
    asked = living(parse_filter(each).column for each in split_filters(view.where))
    knobs = as_fixed(inputs, view.settings).model_dump_json()
    return knobs, fingerprint(load_contents(inputs).columns, asked)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_INPUTS)
def _found(inputs: Inputs, words: str, where: str, settings: str, _judged_at: str) -> Mask:
    contents = load_contents(inputs)
    filters = [parse_filter(part) for part in split_filters(where)]
    if not filters:
        return contents.holding(words)
    columns = _columns(inputs, settings)
    fits = fitting(columns, filters, len(columns[QUADRANT]))
    return fits & contents.holding(words) if words else fits


def _columns(inputs: Inputs, settings: str) -> Mapping[str, pa.Array]:
    from diq_core.config import SelectSettings

    knobs = SelectSettings.model_validate_json(settings)
    pool = load_pool(inputs, knobs.aspect, knobs.axes)
    selection = load_selection(inputs, knobs)
    columns = load_contents(inputs).columns_over(pool.scores, quadrant_names(selection.quadrant))
    return columns.new_child({"chosen": pa.array(np.asarray(selection.kept))})
