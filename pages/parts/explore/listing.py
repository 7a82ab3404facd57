"""The list of samples beside the map, page by page."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st

from diq_core.score import Score
from diq_core.selection.contents import QUADRANT
from diq_core.selection.pool import Rows
from diq_core.selection.scores import Floats
from diq_core.selection.sorting import sort_rows
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.explore.condition import column_names, column_words
from pages.parts.explore.data import columns_with, previews
from pages.parts.explore.fixed import change_since, last_fixed
from pages.parts.explore.pictures import Scene
from pages.parts.explore.placing import place_region
from pages.parts.explore.reading.marking import mark_region
from pages.parts.explore.state import change, control
from pages.parts.explore.written import with_scale
from pages.parts.text import shortened, visible
from pages.parts.words import count

LISTS = {
    "chosen": "Chosen", "region": "Marked", "all": "All", "unscored": "Not scored",
    "added": "Came in", "removed": "Went out",
}  # fmt: skip
_SOMETIMES = ("region", "added", "removed")
_ROWS = 8


def draw_list(study: Study, scene: Scene) -> None:
    """Draw what chooses a list, one page of it, and what turns its pages."""
    there = {"region"} if scene.inside is not None else set()
    lists = [name for name in LISTS
             if name not in _SOMETIMES or name in there or name == scene.view.listed]  # fmt: skip
    st.segmented_control(
        "Which samples", lists, format_func=LISTS.__getitem__, required=True,
        label_visibility="collapsed", **control(study, "listed"),
    )  # fmt: skip
    _sort_box(study, scene)
    rows = listed_rows(scene)
    if not len(rows):
        show_note("No sample here", ("Choose another list or change the region.",))
        return
    if scene.view.listed == "region" or (scene.view.listed == "all" and scene.fitting is not None):
        place_region(study, scene, rows)
        mark_region(study, scene, rows)
    pages = -(-len(rows) // _ROWS)
    above, below = st.container(), st.container()
    with below:
        page = st.pagination(pages, key=f"explore-page-{scene.view.listed}-{pages}",
                             max_visible_pages=5)  # fmt: skip
        order = "sorted" if scene.view.sort else "best first"
        st.caption(f"{count(len(rows), 'samples')}, {order}. Click one to open it, or the head of "
                   "a column to sort all of them.")  # fmt: skip
    part = rows[(page - 1) * _ROWS : page * _ROWS]
    with above:
        _grid(study, scene, part)


def listed_rows(scene: Scene) -> Rows:
    """Return the rows of the list that is shown, in the order of the choice."""
    selection, pool = scene.selection, scene.pool
    match scene.view.listed:
        case "region" if scene.inside is not None:
            rows = np.flatnonzero(scene.inside)
        case "unscored":
            rows = np.flatnonzero(scene.asked_for & ~pool.both)
        case "added" | "removed" as side:
            last = last_fixed(scene.inputs)
            rows = getattr(change_since(scene, last), side) if last else np.flatnonzero([])
        case "all":
            rows = np.flatnonzero(scene.asked_for)
        case _:
            rows = np.flatnonzero(selection.kept)
    return _sorted(scene, rows)


def _sorted(scene: Scene, rows: Rows) -> Rows:
    """Return rows as the visitor wants them sorted; by default in the order of the choice."""
    name, ids = scene.view.sort.removeprefix("-"), scene.pool.scores.ids
    if name in column_names(scene.inputs, scene.view.aspect):
        column = columns_with(scene.inputs, scene.pool, scene.selection)[name]
        return sort_rows(rows, column, ids, descending=scene.view.sort.startswith("-"))
    places = scene.selection.positions[rows]
    place = np.where(places > 0, places, np.iinfo(np.int64).max)
    ordered: Rows = rows[np.argsort(place, kind="stable")]
    return ordered


def _sort_box(study: Study, scene: Scene) -> None:
    names = column_names(scene.inputs, scene.view.aspect)
    st.selectbox(
        "Sort by", ["", *(f"{sign}{name}" for name in names for sign in ("-", ""))],
        format_func=_sort_words, label_visibility="collapsed", **control(study, "sort"),
    )  # fmt: skip


def _sort_words(sort: str) -> str:
    if not sort:
        return "best first"
    end = "highest first" if sort.startswith("-") else "lowest first"
    return f"{column_words(sort.removeprefix('-'))}, {end}"


def _grid(study: Study, scene: Scene, rows: Rows) -> None:
    scores, selection = scene.pool.scores, scene.selection
    ids = scores.ids[rows].tolist()
    names = [f"Q{number}" if number else "–" for number in selection.quadrant[rows].tolist()]
    across, up = (scores.describe(name) for name in scene.pool.axes)
    # Another order is another table: a head that is clicked again turns it round.
    key = f"explore-grid-{scene.view.listed}-{rows[0]}-{scene.view.sort}"

    def open_row() -> None:
        picked = st.session_state[key]["selection"]
        if picked["cells"]:
            change(study, sample=ids[picked["cells"][0][0]], panel="sample")
        elif picked["columns"]:
            change(study, sort=_turned(scene, picked["columns"][0]))

    st.dataframe(
        {
            "Q": [f"{name} ✓" if kept else name
                  for name, kept in zip(names, selection.kept[rows].tolist(), strict=True)],
            "question": [shortened(text, 64) for text in previews(scene.inputs, rows)],
            "across": _numbers(scores[across.name][rows]),
            "up": _numbers(scores[up.name][rows]),
            "id": [shortened(id, 60) for id in ids],
        },
        key=key, on_select=open_row, selection_mode=("single-cell", "single-column"),
        hide_index=True, height="content", row_height=70,
        column_config={
            "Q": st.column_config.TextColumn("Q", width=48, help="✓ = chosen"),
            "question": st.column_config.TextColumn("Question", width=150),
            "across": _number_column(across, 46),
            "up": _number_column(up, 60),
            "id": st.column_config.TextColumn("Id", width=110),
        },
        alt="Samples with their scores; choose a cell to open its sample",
    )  # fmt: skip


def _turned(scene: Scene, head: str) -> str:
    """Return what lists are sorted by when the head of a column is clicked: its highest first,
    then its lowest, then the order of the choice."""
    across, up = scene.pool.axes
    name = {"Q": QUADRANT, "across": across, "up": up}.get(head, head)
    first, second = (name, f"-{name}") if head in ("Q", "question", "id") else (f"-{name}", name)
    return {first: second, second: ""}.get(scene.view.sort, first)


def _number_column(score: Score, width: int) -> Any:
    bounded = score.least is not None and score.most is not None
    return st.column_config.NumberColumn(
        f"{visible(score.label)[:4]}.", format="%.2f" if bounded else "%.2g", width=width,
        help=f"{visible(with_scale(score))}; higher = {visible(score.higher)}",
    )  # fmt: skip


def _numbers(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
