"""One condition put together by hand: a column, and what has to stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from diq_core.errors import BadSetting
from diq_core.selection.contents import QUADRANT
from diq_core.selection.filters import Filter, parse_filter, split_filters, values_of, written
from diq_core.selection.quadrants import QUADRANTS
from diq_core.study import Study
from pages.parts.explore.data import BY_INPUTS, Inputs, load_contents, load_pool
from pages.parts.explore.state import View, change, current
from pages.parts.text import shortened, visible

_MOST = 60
"""Values that are offered; of a column with more a part of the text is asked for."""
_FIRST = ("source", "subject", "reasoning", "length", "reviewed", QUADRANT, "finding")
_WORDS = {
    "reasoning": "has reasoning", "finding": "flagged at import as", "options": "has options",
    "images": "has images", "excluded": "left out at import", "length": "length of response",
}  # fmt: skip
_ANSWERS = ("yes", "no")


def add_condition(study: Study, inputs: Inputs) -> None:
    """Draw the choice of a column, and below it what its values are asked for."""
    view = current(study)
    names = column_names(inputs, view.aspect)
    name = st.selectbox(
        "Column", names, format_func=column_words, key="filter-column",
        help="What stands in it is asked for below; the conditions are written underneath.",
    )  # fmt: skip
    present = _present(view, name)
    kind, values = _offered(inputs.scored, view.aspect, name)
    key = f"filter-{name}-{view.where}"
    if kind == "number":
        _draw_range(study, name, key, _range(view, name), values)
    elif kind == "answer":
        st.segmented_control(
            "It has to be", _ANSWERS, default=next(iter(present), None), key=key,
            on_change=_take, args=(study, name, key),
        )  # fmt: skip
    elif values:
        default = [value for value in values if value.casefold() in present]
        st.multiselect(
            "Any of", values, default, key=key, on_change=_take, args=(study, name, key),
            format_func=lambda value: visible(shortened(value, 40)) or "(nothing)",
        )  # fmt: skip
    else:
        st.text_input("It holds", key=key, on_change=_take_part, args=(study, name, key))


def column_words(name: str) -> str:
    """Return what a column is called on the page."""
    return _WORDS.get(name, visible(name.replace("_", " ")))


def column_names(inputs: Inputs, aspect: str) -> list[str]:
    """Return the columns there are, what is asked for most first."""
    return _column_names(inputs.scored, aspect)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_INPUTS)
def _column_names(inputs: Inputs, aspect: str) -> list[str]:
    columns = _all_columns(inputs, aspect)
    first = [name for name in _FIRST if name in columns]
    return [*first, *(name for name in columns if name not in first)]


def offered_values(inputs: Inputs, aspect: str, name: str) -> list[str]:
    """Return the texts that stand in a column, the most frequent first; none where they are too
    many to choose from."""
    kind, values = _offered(inputs.scored, aspect, name)
    return values if kind == "text" else []


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_INPUTS)
def _offered(inputs: Inputs, aspect: str, name: str) -> tuple[str, list[str]]:
    """Return of what kind a column is, and the texts in it, or its two ends as numbers."""
    if name == QUADRANT:
        return "text", [f"Q{number}" for number in QUADRANTS]
    column = _all_columns(inputs, aspect)[name]
    if pa.types.is_boolean(column.type):
        return "answer", []
    if not pa.types.is_string(column.type):
        ends = pc.min_max(pc.drop_null(column.cast(pa.float64()).filter(_known(column)))).as_py()
        return "number", [f"{end:g}" for end in ends.values() if end is not None]
    counts = column.fill_null("").value_counts()
    if len(counts) > _MOST:
        return "text", []
    ordered = np.argsort(-counts.field("counts").to_numpy(), kind="stable")
    return "text", counts.field("values").take(pa.array(ordered)).to_pylist()


def _known(column: pa.Array) -> pa.Array:
    return pc.invert(pc.is_null(column, nan_is_null=True))


def _all_columns(inputs: Inputs, aspect: str) -> Mapping[str, pa.Array]:
    scores = load_pool(inputs, aspect).scores
    return load_contents(inputs).columns_over(scores, pa.nulls(len(scores), pa.string()))


def _present(view: View, name: str) -> set[str]:
    """Return the values that the view asks for in a column, in small letters."""
    return {
        value.casefold()
        for one in _readable(view, name) if one.sign == "="
        for value in values_of(one)
    }  # fmt: skip


def _range(view: View, name: str) -> tuple[str, str]:
    """Return the ends that the view asks for in a column; "" = none."""
    signs = {one.sign: one.value for one in _readable(view, name)}
    return signs.get(">=", ""), signs.get("<=", "")


def _readable(view: View, name: str) -> list[Filter]:
    found = [_filter(text) for text in split_filters(view.where)]
    return [one for one in found if one and one.column.casefold() == name.casefold()]


def _filter(text: str) -> Filter | None:
    with suppress(BadSetting):
        return parse_filter(text)
    return None


def _draw_range(
    study: Study, name: str, key: str, present: tuple[str, str], ends: list[str]
) -> None:
    for column, word, value, end in zip(
        st.columns(2), ("From", "To"), present, [*ends, "", ""][:2], strict=True
    ):
        column.text_input(
            word, value, placeholder=end, key=f"{key}-{word}", on_change=_take_range,
            args=(study, name, key),
        )  # fmt: skip


def _take(study: Study, name: str, key: str) -> None:
    value = st.session_state[key]
    values = value if isinstance(value, list) else [value] if value else []
    _replace(study, name, [written(name, values)] if values else [])


def _take_part(study: Study, name: str, key: str) -> None:
    text = st.session_state[key].strip().replace('"', "")
    _replace(study, name, [f'{name}~"{text}"'] if text else [])


def _take_range(study: Study, name: str, key: str) -> None:
    signs = {">=": "From", "<=": "To"}
    said = {sign: st.session_state[f"{key}-{word}"].strip() for sign, word in signs.items()}
    _replace(study, name, [f"{name}{sign}{text}" for sign, text in said.items() if text])


def _replace(study: Study, name: str, conditions: list[str]) -> None:
    """Put these conditions in the place of what the view asks for in a column."""
    view = current(study)
    kept = [text for text in split_filters(view.where)
            if not (one := _filter(text)) or one.column.casefold() != name.casefold()]  # fmt: skip
    change(study, where="; ".join([*kept, *conditions]))
