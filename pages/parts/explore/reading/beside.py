"""What lies beside a sample: samples like it, validation questions, models' own answers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample, answer_text
from diq_core.data.table import load_samples
from diq_core.errors import UserError
from diq_core.selection.pool import Rows
from diq_core.stages.beside import (
    Alike,
    OwnAnswer,
    Question,
    near_duplicates,
    near_questions,
    own_answers,
)
from diq_core.stages.joining import SAMPLES, load_row
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.explore.data import load_coordinates, previews, row_of
from pages.parts.explore.pictures import Scene
from pages.parts.explore.state import change
from pages.parts.sample_card import card, one_line, section, text_block
from pages.parts.tables import BY_DIGEST
from pages.parts.text import shortened

_MOST = 5


def draw_beside(study: Study, scene: Scene, sample: Sample, row: int) -> None:
    """Draw models' answers to the question, samples that ask the same or lie near, and the
    validation questions most like it; what cannot be read is said and takes nothing else away."""
    for draw in (_draw_answers, _draw_alike, _draw_near, _draw_questions):
        try:
            draw(study, scene, sample, row)
        except UserError as error:
            show_user_error(error)


def _draw_answers(study: Study, _scene: Scene, sample: Sample, _row: int) -> None:
    if found := own_answers(study, sample):
        st.html(card(section("Models' own answers", "".join(map(_answer, found)))))


def _draw_alike(study: Study, scene: Scene, sample: Sample, _row: int) -> None:
    same = _duplicates(scene.inputs.dataset, sample.id)
    if same:
        st.html(_title("Asks the same, or nearly"))
    for number, one in enumerate(same[:_MOST], start=1):
        _open(study, scene, number, row_of(scene.inputs, one.id), _how_alike(one))


def _draw_near(study: Study, scene: Scene, _sample: Sample, row: int) -> None:
    near = _neighbours(scene, row).tolist()
    if near:
        st.html(_title("Near on the map of meaning"))
    for number, each in enumerate(near, start=1):
        _open(study, scene, number, each)


def _draw_questions(_study: Study, scene: Scene, _sample: Sample, row: int) -> None:
    if scene.inputs.influence is None:
        return
    if asked := _questions(scene.inputs.dataset, scene.inputs.influence, row):
        st.html(card(section("Validation questions most like it", "".join(map(_asked, asked)))))


def _answer(one: OwnAnswer) -> str:
    verdict = {True: "✓ right", False: "✗ not right", None: ""}[one.is_right]
    chose = (
        f"chose {one_line(one.chosen, 20)}" if one.chosen else "wrote" if one.text else "chose none"
    )
    head = f"<b>{one_line(one.model, 80)}</b> {chose} {verdict}"
    said = (
        f"<details><summary>What it wrote</summary>{text_block(one.text)}</details>"
        if one.text
        else ""
    )
    return (
        f'<div class="diq-own"><p>{head} <small>({one_line(one.where, 60)})</small></p>{said}</div>'
    )


def _title(text: str) -> str:
    """Return the heading of a part whose body is made of buttons."""
    return card(f"<section><h3>{text}</h3></section>")


def _open(study: Study, scene: Scene, number: int, row: int, note: str = "") -> None:
    """Draw a line that opens another sample."""
    quadrant, kept = int(scene.selection.quadrant[row]), bool(scene.selection.kept[row])
    place = (f"Q{quadrant}" if quadrant else "no quadrant") + (", chosen" if kept else "")
    left, right = st.columns([1, 6], vertical_alignment="center", gap="small")
    left.button(
        f"Open {number}", key=f"reading-open-{row}", type="tertiary",
        on_click=change, args=(study,), kwargs={"sample": str(scene.pool.scores.ids[row])},
    )  # fmt: skip
    text = shortened(previews(scene.inputs, np.array([row]))[0], 110)
    right.html(f"<span>{one_line(text, 120)} <small>({note or place})</small></span>")


def _how_alike(one: Alike) -> str:
    return f"similarity {one.similarity:.2f}{', answers otherwise' if one.contradicts else ''}"


def _neighbours(scene: Scene, row: int) -> Rows:
    """Return the rows that lie nearest on the map of meaning, the nearest first."""
    places = load_coordinates(scene.inputs)
    if places is None or np.isnan(places[0][row]):
        return np.array([], dtype=np.intp)
    away = (places[0] - places[0][row]) ** 2 + (places[1] - places[1][row]) ** 2
    away[row] = np.nan
    known = int(np.count_nonzero(~np.isnan(away)))
    # NaN is sorted last, so it is never among the nearest.
    nearest = np.argpartition(away, min(_MOST, len(away) - 1))[: min(_MOST, known)]
    found: Rows = nearest[np.argsort(away[nearest], kind="stable")]
    return found


def _asked(one: Question) -> str:
    words = ", ".join(one.shared[:5])
    return (
        f"<details><summary><b>{one_line(one.task, 60)}</b>: "
        f"{one_line(shortened(one.sample.question, 100), 110)}</summary>"
        f"{text_block(one.sample.question)}<p>Answer: {one_line(answer_text(one.sample), 300)}</p>"
        f"<p>In common: {one_line(words, 200)} (likeness {one.likeness:.2f} of 1)</p></details>"
    )


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def _duplicates(dataset: Artefact, id: str) -> list[Alike]:
    return near_duplicates(dataset, id)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def _questions(dataset: Artefact, influence: Artefact, row: int) -> list[Question]:
    [sample] = load_samples(load_row(dataset, SAMPLES, row))
    return near_questions(influence, sample, most=3)
