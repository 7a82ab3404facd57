"""Flag, note, and send to review: what a reader marks, by button and by key, for one or many.

Marks are kept in the log of the reviews with who made them, so a name is asked for once. Undo on
the page takes flags and notes back like a placement; a queue only grows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from diq_core.errors import UserError
from diq_core.review.store.marking import NOTE_LIMIT, Marked
from diq_core.review.store.roles import Actor
from diq_core.selection.pool import Rows
from diq_core.stages.marking import (
    Marks,
    marks_on,
    send_to_review,
    set_flag,
    set_note,
    take_back,
)
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.explore.history import Act, note_act
from pages.parts.explore.pictures import Scene
from pages.parts.explore.placing import MOST
from pages.parts.reviewer import known_reviewer
from pages.parts.sample_card import card, one_line, section, text_block
from pages.parts.text import visible
from pages.parts.words import count

Deed = Callable[[Actor], None]
_NOBODY = Actor("nobody yet", "viewer")
_ASKED = "reading-asked-for"
"""What is asked for before a mark is made: where, and what is done then (None: keep a note)."""
_REGION = "\0region"


def mark_buttons(study: Study, scene: Scene, row: int) -> Marks:
    """Draw the buttons that mark the opened sample; return the marks on it."""
    id = str(scene.pool.scores.ids[row])
    actor = known_reviewer()
    marks = _marks(study, actor, id)
    is_on = actor is not None and marks.has_flag_of(actor.name)
    label = "Take the flag off" if is_on else "Flag"
    if st.button(label, shortcut="F", key="reading-flag", icon=":material/flag:"):
        _do(actor, id, lambda who: _flag(study, who, (id,), not is_on))
    if st.button("Note", shortcut="N", key="reading-note", icon=":material/edit_note:"):
        st.session_state[_ASKED] = (id, None)
    if st.button(
        "Send to review", shortcut="S", key="reading-send", icon=":material/rate_review:",
        disabled=not bool(scene.pool.included[row]),
    ):  # fmt: skip
        _do(actor, id, lambda who: _send(study, scene, who, [row]))
    return marks


def mark_region(study: Study, scene: Scene, rows: Rows) -> None:
    """Draw the buttons that flag everything in the region or send it to review."""
    if not 0 < len(rows) <= MOST:
        return
    actor, ids = known_reviewer(), [str(id) for id in scene.pool.scores.ids[rows]]
    with st.container(horizontal=True, gap="small"):
        if st.button(f"Flag: all {len(rows):,}", key="flag-all", type="tertiary"):
            _do(actor, _REGION, lambda who: _flag(study, who, ids, True))
        if st.button(f"Send to review: all {len(rows):,}", key="send-all", type="tertiary"):
            _do(actor, _REGION, lambda who: _send(study, scene, who, rows.tolist()))
    _draw_asked(study, _REGION, "")


def show_marks(study: Study, id: str, marks: Marks) -> None:
    """Draw what is asked for a mark that is being made, and the marks that are there."""
    actor = known_reviewer()
    _draw_asked(study, id, marks.note_of(actor.name) if actor else "")
    _draw_marks(marks)


def _draw_marks(marks: Marks) -> None:
    """Draw who flagged the sample, and the notes on it."""
    if marks.flags:
        who = ", ".join(one_line(each.reviewer, 60) for each in marks.flags)
        st.html(card(f'<p><span aria-hidden="true">⚑</span> Flagged by {who}</p>'))
    for each in marks.notes:
        title = f"Note by {one_line(each.reviewer, 60)}, {each.at[:10]}"
        st.html(card(section(title, text_block(str(each.value["text"])))))


def _marks(study: Study, actor: Actor | None, id: str) -> Marks:
    try:
        return marks_on(study, actor or _NOBODY, id)
    except UserError as error:
        show_user_error(error)
        return Marks()


def _do(actor: Actor | None, place: str, deed: Deed) -> None:
    """Do it, or ask first who does it.

    Args:
        place: where that is asked: at the sample of this id, or at the region.
    """
    if actor is None:
        st.session_state[_ASKED] = (place, deed)
        return
    st.session_state.pop(_ASKED, None)
    try:
        deed(actor)
    except UserError as error:
        show_user_error(error)
    else:
        st.rerun()


def _draw_asked(study: Study, place: str, before: str) -> None:
    """Draw the form for a note, or for the name of who marks, where one is asked for here."""
    asked, deed = st.session_state.get(_ASKED, ("", None))
    if asked != place:
        return
    actor = known_reviewer()
    with st.form("reading-asked", border=True):
        text = name = ""
        if deed is None:
            text = st.text_area("Note", before, max_chars=NOTE_LIMIT, key="reading-text")
        if actor is None:
            name = st.text_input(
                "Your name: it stands beside the mark in the log of the reviews",
                max_chars=100, key="reading-name",
            ).strip()  # fmt: skip
        with st.container(horizontal=True):
            pressed = st.form_submit_button("Keep", type="primary")
            left = st.form_submit_button("Cancel")
    if left:
        st.session_state.pop(_ASKED, None)
        st.rerun()
    if pressed and (actor or name):
        _do(actor or _named(name), place, deed or (lambda who: _keep(study, who, place, text)))


def _named(name: str) -> Actor:
    # One person on a laptop does everything; behind a login the name is known.
    actor = Actor(visible(name), "admin")
    st.session_state["reviewer"] = actor.name
    return actor


def _flag(study: Study, who: Actor, ids: Sequence[str], on: bool) -> None:
    _noted(study, who, set_flag(study, who, ids, on))
    number = count(len(ids), "samples")
    st.toast(f"{number} flagged." if on else "The flag is off.")


def _keep(study: Study, who: Actor, id: str, text: str) -> None:
    _noted(study, who, set_note(study, who, id, text))
    st.toast("The note is kept." if text.strip() else "There is no note any more.")


def _send(study: Study, scene: Scene, who: Actor, rows: Sequence[int]) -> None:
    ids = [str(scene.pool.scores.ids[row]) for row in rows]
    numbers = [int(scene.selection.quadrant[row]) for row in rows]
    quadrants = [f"Q{number}" if number else "" for number in numbers]
    sent = send_to_review(study, who, scene.inputs.dataset, ids, quadrants)
    present = f" {count(sent.present, 'samples')} stood in it already." if sent.present else ""
    st.toast(f"{count(sent.added, 'samples')} sent to the review '{sent.queue}'.{present}")


def _noted(study: Study, who: Actor, done: list[Marked]) -> None:
    """Let the page's undo take it back, and redo bring it again."""
    if not done:
        return

    def turn() -> None:
        nonlocal done
        done = take_back(study, who, done)

    note_act(study, Act(turn))
