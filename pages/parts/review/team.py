"""Who may do what, how far each review is, and whether the log still holds."""

from __future__ import annotations

import uuid
from typing import cast

import streamlit as st

from diq_core.review.queue.progress import queues
from diq_core.review.store.checking import check_store
from diq_core.review.store.reading import log_head, people, study_entry
from diq_core.review.store.roles import PERMISSIONS, ROLES, WHAT, Role
from pages.gate.limits import has_login
from pages.parts.boxes import show_note, show_problem
from pages.parts.plain_table import draw_table
from pages.parts.review.room import Room
from pages.parts.words import count


def draw_team(room: Room) -> None:
    """Draw progress of the reviews, people with their roles, and the log."""
    st.header("Reviews")
    rows = [
        (name, f"{one.finished:,} of {one.tasks:,}", str(one.settings.overlap),
         "yes" if one.settings.blind else "no", ", ".join(one.settings.people) or "everybody")
        for name, one in queues(room.store).items()
    ]  # fmt: skip
    draw_table(("Review", "Finished samples", "People for each", "Blind", "For"), rows)
    st.header("People")
    given = people(room.store)
    if given:
        draw_table(("Name", "Role"), list(given.items()))
    elif has_login():
        show_note("Nobody has a role yet", ("Give yourself the role admin first.",))
    else:
        show_note(
            "One person on this computer",
            ("Everybody who types a name here may do everything. Once a role is given, only "
             "people with a role count; for a team, set up a login first (docs/security.md).",),
        )  # fmt: skip
    if room.may("grant"):
        with st.expander("Give a role"):
            _draw_grant(room, bool(given))
    st.header("The log")
    _draw_log(room)


def _draw_grant(room: Room, is_team: bool) -> None:
    able = [(role, ", ".join(WHAT[act] for act in PERMISSIONS if role in PERMISSIONS[act]))
            for role in ROLES]  # fmt: skip
    draw_table(("Role", "May"), able)
    with st.form("grant", border=False, width=480):
        name = st.text_input("Name", "" if is_team else room.actor.name, max_chars=200)
        choices = [*ROLES, "none"] if is_team else ["admin"]
        role = st.selectbox("Role", choices)
        if st.form_submit_button("Give this role") and name.strip():
            entry = study_entry(room.store, "role", name.strip(), "")
            room.store.grant(
                room.actor, name.strip(), None if role == "none" else cast(Role, role),
                version=entry.register.version, key=uuid.uuid4().hex,
            )  # fmt: skip
            st.rerun()


def _draw_log(room: Room) -> None:
    head = log_head(room.store)
    st.write(
        f"{count(head.seq, 'entries')}. Nothing is ever deleted from the log, and each entry "
        "vouches for all before it. To notice even a log that was rewritten as a whole, write down "
        "its end elsewhere:"
    )
    st.code(str(head), language=None, wrap_lines=True)
    if st.button("Check the log", key="verify", icon=":material/verified:"):
        breaks = check_store(room.store)
        if breaks:
            lines = tuple(f"Row {one.row}: {one.what}" for one in breaks[:20])
            show_problem(f"The log was changed: {count(len(breaks), 'breaks')}", lines)
        else:
            show_note(f"The log is whole: {count(head.seq, 'entries')} checked")
