"""What stands beside the map: the summary of the choice, the list of samples, one sample."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from diq_core.maps.describe import (
    difficulty_words,
    effect_words,
    influence_words,
    level_words,
    score_words,
)
from diq_core.score import AXES
from diq_core.selection.pool import Rows
from diq_core.selection.scores import Floats
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.explore.curves import draw_curves
from pages.parts.explore.fixed import draw_change
from pages.parts.explore.listing import LISTS, draw_list, listed_rows
from pages.parts.explore.pictures import Scene
from pages.parts.explore.placing import place_buttons
from pages.parts.explore.reading.drawer import draw_drawer
from pages.parts.explore.reading.marking import mark_buttons
from pages.parts.explore.state import View, change, control
from pages.parts.explore.summary import draw_summary
from pages.parts.explore.written import signed

_PANELS = {"summary": "Summary", "curves": "Budgets", "list": "Samples", "sample": "One sample"}


def widths(view: View) -> tuple[float, float]:
    """Return how map and panel share the page: what is read gets the room for whole lines."""
    if view.panel == "sample":
        return (1.0, 1.75)
    return (2.1, 1.0) if view.maps == "both" else (1.85, 1.0)


def choose_panel(study: Study) -> None:
    """Draw what chooses between summary, list and sample."""
    st.segmented_control(
        "Beside the map", list(_PANELS), format_func=_PANELS.__getitem__, required=True,
        label_visibility="collapsed", width="stretch", **control(study, "panel"),
    )  # fmt: skip


def draw_panel(study: Study, scene: Scene) -> None:
    """Draw the chosen one of summary, list and sample."""
    if scene.view.panel == "summary":
        draw_change(study, scene)
        draw_summary(scene)
    elif scene.view.panel == "curves":
        draw_curves(scene)
    elif scene.view.panel == "list":
        draw_list(study, scene)
    else:
        _sample(study, scene)


def _sample(study: Study, scene: Scene) -> None:
    if scene.opened is None:
        show_note("No sample is open", ("Click a dot on the map, or a row under Samples.",))
        return
    rows = listed_rows(scene)
    place = np.flatnonzero(rows == scene.opened)
    at = int(place[0]) if len(place) else -1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, key, step, icon in (
            ("Previous", "K", -1, ":material/arrow_back:"),
            ("Next", "J", 1, ":material/arrow_forward:"),
        ):
            to = at + step if at >= 0 else 0
            st.button(
                label, icon=icon, shortcut=key, key=f"explore-{label.lower()}",
                disabled=not 0 <= to < len(rows), on_click=_go, args=(study, scene, rows, to),
            )  # fmt: skip
        st.button(
            "Close", icon=":material/close:", shortcut="X", key="reading-close",
            on_click=change, args=(study,), kwargs={"panel": "list"},
        )  # fmt: skip
        where = f"{at + 1:,} of {len(rows):,}" if at >= 0 else "not in this list"
        st.caption(f"{LISTS[scene.view.listed]}: {where}")
    with st.container(horizontal=True, gap="small"):
        place_buttons(study, scene, scene.opened)
        marks = mark_buttons(study, scene, scene.opened)
    draw_drawer(study, scene, scene.opened, scores_in_words(scene, scene.opened), marks)


def _go(study: Study, scene: Scene, rows: Rows, to: int) -> None:
    change(study, sample=str(scene.pool.scores.ids[rows[to]]))


def scores_in_words(scene: Scene, row: int) -> list[str]:
    """Return one line for each score of a sample."""
    pool, scores = scene.pool, scene.pool.scores

    def ordered(name: str) -> Floats:
        return pool.sorted_inside(name)

    hard, dot = float(scores["difficulty"][row]), float(scores["influence"][row])
    lines = [difficulty_words(hard, ordered("difficulty"))]
    if not math.isnan(hard):
        aspect = scene.view.aspect
        lines[0] = f"Difficulty {hard:.2f}: {lines[0]}; {level_words(aspect, hard)}"
    lines.append(influence_words(dot, ordered("influence")))
    if not math.isnan(dot):
        lines[1] = f"Influence {signed(dot)}: {lines[1]}; {effect_words(dot)}"
    # Length and what was measured beside influence are told where they take part in the choice.
    further = dict.fromkeys((*scores.about, *pool.axes, *scene.selection.needs))
    for name in further:
        if name not in AXES:
            lines.append(score_words(scores.describe(name), scores[name][row], ordered(name)))
    return [line[0].upper() + line[1:] for line in lines]
