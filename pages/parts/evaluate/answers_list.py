"""Right and wrong answers: counted by subject, listed, and one question opened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.inside import within
from diq_core.scratch import Scratch
from diq_core.stages.outcomes import Outcome, Outcomes, by_subject, outcomes
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.figures_table import figures_table
from pages.parts.sample_card import sample_card
from pages.parts.tables import BY_DIGEST
from pages.parts.text import shortened
from pages.parts.words import count

_ALL = "All"
_MOST = 500


def draw_answers(study: Study, first: Artefact, second: Artefact | None = None) -> None:
    """Draw what came of each question of one evaluation, or of two side by side."""
    st.header("Right and wrong answers")
    found, images = _found(study, first, second)
    if not found.rows:
        st.caption("No answer was taken: only losses were measured.")
        return
    if found.missing:
        show_note(
            "Not every file of questions was found again",
            (f"{', '.join(found.missing)}: these questions are listed by their ids.",),
        )
    scorings = list(dict.fromkeys(row.scoring for row in found.rows))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scoring = scorings[0]
        if len(scorings) > 1:
            scoring = st.selectbox("Answers taken by", scorings, key="answers-scoring", width=200)
        rows = [row for row in found.rows if row.scoring == scoring]
        words = _words(found.names)
        counts = {kind: sum(row.kind == kind for row in rows) for kind in words}
        kind = st.segmented_control(
            "Which answers", [_ALL, *words], default=_ALL, required=True, key="answers-kind",
            format_func=lambda key: key if key == _ALL else f"{words[key]} ({counts[key]:,})",
        )  # fmt: skip
        subjects = [one.subject for one in by_subject(rows)]
        subject = st.selectbox("Subject", [_ALL, *subjects], key="answers-subject", width=260)
    _draw_subjects(found.names, rows)
    shown = [row for row in rows if kind in (_ALL, row.kind) and subject in (_ALL, row.subject)]
    _draw_list(found.names, shown, images.path)


@st.cache_resource(max_entries=8, show_spinner="Reading the questions …", hash_funcs=BY_DIGEST)
def _found(_study: Study, first: Artefact, second: Artefact | None) -> tuple[Outcomes, Scratch]:
    """Return what came of the questions, and the folder with their images."""
    images = Scratch()
    return outcomes(_study, first, second, images_to=images.path), images


def _words(names: Sequence[str]) -> dict[str, str]:
    if len(names) == 1:
        return {"right": "Right", "wrong": "Wrong or undecided"}
    first, second = (shortened(name, 24) for name in names)
    return {
        "gained": f"Only {first} is right", "lost": f"Only {second} is right",
        "right": "Both are right", "wrong": "None is right",
    }  # fmt: skip


def _draw_subjects(names: Sequence[str], rows: Sequence[Outcome]) -> None:
    table = by_subject(rows)
    heads: tuple[str, ...]
    cells: list[tuple[str, ...]]
    if len(names) == 1:
        heads = ("Subject", "Asked", "Right", "Wrong or undecided")
        cells = [(one.subject, f"{one.asked:,}", f"{one.first:,}", f"{one.asked - one.first:,}")
                 for one in table]  # fmt: skip
    else:
        heads = ("Subject", "Asked", f"{names[0]}: right", f"{names[1]}: right",
                 f"Only {names[0]}", f"Only {names[1]}")  # fmt: skip
        cells = [
            (one.subject, f"{one.asked:,}", f"{one.first:,}", f"{one.second:,}",
             f"{one.gained:,}", f"{one.lost:,}")
            for one in table
        ]  # fmt: skip
    with st.container(height=320 if len(table) > 8 else "content", border=False):
        figures_table(heads, cells, figures=range(1, len(heads)))
    st.caption("These are counts: a subject with few questions shows nothing by itself.")


def _draw_list(names: Sequence[str], rows: Sequence[Outcome], images: Path) -> None:
    if not rows:
        st.caption("There is no such answer.")
        return
    left, right = st.columns(2, gap="large")
    part = rows[:_MOST]
    with left:
        event = st.dataframe(
            {
                "Question": [_asked(row) for row in part],
                "Right": [row.gold for row in part],
                shortened(names[0], 24): [row.first or "none" for row in part],
                **({shortened(names[1], 24): [row.second or "none" for row in part]}
                   if len(names) > 1 else {}),
                "Subject": [shortened(row.subject, 30) for row in part],
            },
            key=f"answers-{len(rows)}-{rows[0].benchmark}-{rows[0].id}", on_select="rerun",
            selection_mode="single-cell", hide_index=True, height=420,
            column_config={"Question": st.column_config.TextColumn(width=260)},
            alt="Questions and what was answered; choose a cell to open its question",
        )  # fmt: skip
        more = f"; the first {_MOST:,} are listed" if len(rows) > _MOST else ""
        st.caption(f"{count(len(rows), 'questions')}{more}")
    cells = event["selection"]["cells"]
    place = cells[0][0] if cells else 0
    with right:
        _open(names, part[place if place < len(part) else 0], images)


def _asked(row: Outcome) -> str:
    return shortened(row.sample.question if row.sample else row.id, 90)


def _open(names: Sequence[str], row: Outcome, images: Path) -> None:
    if row.sample is None:
        st.caption("The text of this question is not here.")
        return
    answers = zip(names, (row.first, row.second), strict=False)
    said = [f"{name}: {said or 'undecided'}" for name, said in answers]
    sample_card(row.sample, said, images=partial(within, images))
