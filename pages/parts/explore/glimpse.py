"""The map at a glance, for the overview: what was found, in four numbers and three sentences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import SelectSettings
from diq_core.errors import BadSetting
from diq_core.study import Study
from pages.parts.explore.click import draw_still
from pages.parts.explore.data import (
    Inputs,
    as_fixed,
    load_pool,
    load_selection,
    made_of,
    names_of,
)
from pages.parts.explore.dots import Place
from pages.parts.explore.pictures import Scene, scores_picture
from pages.parts.explore.state import View
from pages.parts.glossary import explain
from pages.parts.subject import subject

_STYLE = Path(__file__).resolve().parent / "explore.css"
_HEIGHT = 420
_TERMS = {"Samples in use": "Sample", "With both scores": "Difficulty", "Chosen": "Selection"}
"""A number's label → the word behind it; the other one is about the best quadrant."""
_BEST = 1
"""The quadrant that is best on both axes."""


def draw_glimpse(study: Study) -> bool:
    """Draw the map of the newest scores with what is chosen; return whether there is one."""
    dataset, difficulty, influence = (
        subject(study, kind, beside=("dataset", "difficulty", "influence"))
        for kind in ("dataset", "difficulty", "influence")
    )
    if dataset is None or difficulty is None or influence is None:
        return False
    fixed = subject(study, "selection", among=lambda one: _is_of(one, dataset))
    inputs = Inputs(
        study, dataset, difficulty, influence, None, tuple(made_of(study, "scores", dataset))
    )
    try:
        view, settings = _view_of(fixed)
        pool = load_pool(inputs, view.aspect, view.axes)
        if not pool.both.any():
            return False
        settings = settings if fixed else as_fixed(inputs, settings)
        scene = Scene(inputs, view, pool, load_selection(inputs, settings), None, None)
    except BadSetting:
        # It rests on a score or a strategy that is not here; its own page says so.
        return False
    _draw(scene, fixed)
    return True


def _is_of(selection: Artefact, dataset: Artefact) -> bool:
    return (selection.input("dataset") or {}).get("digest") == dataset.digest


def _view_of(fixed: Artefact | None) -> tuple[View, SelectSettings]:
    """Return the knobs of a fixed selection, or those that the page Explore begins with."""
    if fixed is None:
        return View(), View().settings
    # What reviewers have said since may be more than when it was fixed.
    settings = SelectSettings.model_validate(fixed.settings).model_copy(update={"judged_at": ""})
    across, up = settings.axes
    return replace(View(), aspect=settings.aspect, across=across, up=up), settings


def _draw(scene: Scene, fixed: Artefact | None) -> None:
    st.html(_STYLE)
    left, right = st.columns([1.7, 1], gap="large")
    with left, st.container(key="glimpse", height=_HEIGHT, border=False):
        ids = scene.pool.scores.ids
        place = Place("glimpse-map", "glimpse", lambda rows: names_of(scene.inputs, rows, ids),
                      answers=False)  # fmt: skip
        draw_still(place, scene.token("scores"), lambda: scores_picture(scene))
    with right:
        _draw_numbers(scene)
        for sentence in sentences(scene, fixed):
            st.write(sentence)


def _draw_numbers(scene: Scene) -> None:
    pool, selection = scene.pool, scene.selection
    numbers = {
        "Samples in use": int(pool.included.sum()),
        "With both scores": int(pool.both.sum()),
        _capital(pool.quadrant_words[_BEST]): int((selection.quadrant == _BEST).sum()),
        "Chosen": int(selection.kept.sum()),
    }
    for pair in (list(numbers.items())[:2], list(numbers.items())[2:]):
        for column, (label, number) in zip(st.columns(2), pair, strict=True):
            column.metric(label, f"{number:,}", help=explain(_TERMS.get(label, "Quadrant")))


def sentences(scene: Scene, fixed: Artefact | None) -> list[str]:
    """Return what the map shows, in three plain sentences."""
    pool, selection = scene.pool, scene.selection
    best = selection.quadrant == _BEST
    across, up = (pool.scores.describe(name) for name in pool.axes)
    kept, inside = int(selection.kept.sum()), int((selection.kept & best).sum())
    chosen = f"The selection '{fixed.name}' keeps" if fixed else "The usual rule would choose"
    return [
        f"Each dot is one sample: further right is {across.better}, higher up is {up.better}.",
        f"{int(best.sum()):,} of {int(pool.both.sum()):,} samples are "
        f"{pool.quadrant_words[_BEST]}: those are worth training on first.",
        f"{chosen} {kept:,} of all samples, {inside:,} of them from that corner.",
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
