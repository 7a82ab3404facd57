"""A door where patients' identifiers were found: what a person does about it, and who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from diq_core.config import Settings
from diq_core.errors import UserError
from diq_core.fields import help_of
from diq_core.privacy.gate import Seen, in_words
from diq_core.stages.deciding import InContext
from diq_core.stages.identifier_log import LONGEST, Answerable
from diq_core.study import Study
from pages.parts.boxes import show_note, show_user_error
from pages.parts.reviewer import known_reviewer
from pages.parts.server_path import may_decide
from pages.parts.text import escaped
from pages.parts.words import count


@dataclass(frozen=True)
class Door:
    """How a door speaks.

    Attributes:
        key: tells its fields from those of others.
        found_in: what was looked through, e.g. "what would be written".
        leave_out, release: the ways to pass it.
        kept: where role and reason are kept.
        settings: whose field ``release_role`` explains itself.
    """

    key: str
    found_in: str
    leave_out: str
    release: str
    kept: str
    settings: type[Settings]

    @property
    def decide(self) -> str:
        """The first way, which passes nothing by itself."""
        return "Decide about them first"


def gate_form(
    study: Study, seen: Seen, door: Door, *, decide: Callable[[], None]
) -> dict[str, Any] | None:
    """Draw what stops at a door, if anything does, and what to do about it.

    Args:
        decide: draws how each finding is decided about.

    Returns:
        The settings to pass with, by name: none, ``leave_out_identifiers``, or ``release_role`` and
        ``release_reason``. None = it cannot pass so.
    """
    if not seen.open:
        return {}
    show_note(
        f"{count(len(seen.ids), 'samples')} may tell who a patient is",
        (f"Found in {door.found_in}: {in_words(seen.open)}.",),
    )
    ways = (door.decide, door.leave_out, *((door.release,) if may_decide(study) else ()))
    way = st.radio("What to do about them", ways, key=f"{door.key}-gate")
    if way == door.leave_out:
        return {"leave_out_identifiers": True}
    if way == door.release:
        return _released(door)
    decide()
    return None


def _released(door: Door) -> dict[str, Any] | None:
    role, reason = role_and_reason(
        f"{door.key}-release", "In which role", help=help_of(door.settings, "release_role")
    )
    st.caption(f"Role and reason are kept in {door.kept}.")
    if not role.strip() or not reason.strip():
        return None
    if answering(role, reason) is None:
        return None
    return {"release_role": role, "release_reason": reason}


def role_and_reason(key: str, label: str, *, help: str | None = None) -> tuple[str, str]:
    """Draw the two fields of who answers for something, and return what is in them."""
    role = st.text_input(
        label, key=f"{key}-role", max_chars=LONGEST, width=260, help=help,
        placeholder="e.g. data protection officer",
    )  # fmt: skip
    reason = st.text_input(
        "Why (without names, dates and numbers)", key=f"{key}-reason", max_chars=LONGEST,
        width=420,
    )  # fmt: skip
    return role, reason


def answering(role: str, reason: str) -> Answerable | None:
    """Return who answers, under their name in the study; None = it cannot be kept so, which is
    said."""
    actor = known_reviewer()
    try:
        return Answerable(role, reason, actor.name if actor else "")
    except UserError as error:
        show_user_error(error)
        return None


def show_in_context(seen: InContext, note: str) -> None:
    """Draw a finding of a text, marked, with the words around it and a note below."""
    st.html(
        f'<div class="diq-text" dir="auto">{escaped(seen.before)}<mark>{escaped(seen.found)}'
        f'</mark>{escaped(seen.after)}</div><p class="diq-note">{escaped(note)}</p>'
    )
