"""What would be sent to a model server and may tell who a patient is, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from diq_core.config import JudgeSettings
from diq_core.privacy.gate import Ruling
from diq_core.privacy.identifier import WORDS
from diq_core.stages.endpoint_gate import Held, Looked, decide_held
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.identifier_gate import (
    Door,
    answering,
    gate_form,
    role_and_reason,
    show_in_context,
)
from pages.parts.server_path import may_decide
from pages.parts.text import shortened

_ROWS = 10
_RULINGS: dict[Ruling, str] = {
    "none": "no identifier: it may be sent",
    "identifier": "an identifier: it stays here",
}


def endpoint_gate(study: Study, looked: Looked, *, key: str, kept: str) -> dict[str, Any] | None:
    """Draw what keeps requests here, if anything does; return the settings to send them with.

    Args:
        key: tells these fields from others.
        kept: where role and reason of a release are kept.

    Returns:
        See `gate_form`.
    """
    door = Door(
        key=key,
        found_in="what would be sent",
        leave_out="Leave these out: nothing is asked about them",
        release="Send them all the same: I answer for it",
        kept=kept,
        settings=JudgeSettings,
    )
    return gate_form(study, looked.seen, door, decide=lambda: _draw_held(study, looked.held, key))


def _draw_held(study: Study, held: Sequence[Held], key: str) -> None:
    pages = -(-len(held) // _ROWS)
    page = st.pagination(pages, key=f"{key}-held-page") if pages > 1 else 1
    ticked = []
    for number, each in enumerate(held[(page - 1) * _ROWS : page * _ROWS], (page - 1) * _ROWS):
        with st.container(horizontal=True, gap="small", vertical_alignment="top"):
            mark = st.checkbox(
                f"Finding {number + 1}", key=f"{key}-held-{number}", width="content",
                label_visibility="collapsed", disabled=not each.seen.found,
            )  # fmt: skip
            with st.container():
                show_in_context(each.seen, _note(each))
        ticked += [each] * mark
    if may_decide(study):
        _draw_decision(study, [*(each for each in held if each.seen.found)], ticked, key)
    else:
        st.caption("Only a curator or an admin of this study decides.")


def _note(held: Held) -> str:
    where = f"{shortened(held.id, 40)} · {held.seen.place} · {WORDS[held.what.kind]}"
    return where if held.standing == "open" else f"{where} · called an identifier"


def _draw_decision(study: Study, held: Sequence[Held], ticked: Sequence[Held], key: str) -> None:
    """Draw the form that says what the ticked findings are, or all of them."""
    which = f"The {len(ticked):,} ticked" if ticked else f"All {len(held):,} findings"
    with st.form(f"{key}-decide", border=False):
        ruling = st.radio(
            which, get_args(Ruling), format_func=_RULINGS.__getitem__, key=f"{key}-ruling",
            index=None,
        )  # fmt: skip
        with st.container(horizontal=True):
            role, reason = role_and_reason(f"{key}-decide", "In which role you decide")
        sent = st.form_submit_button("Decide", icon=":material/gavel:")
    if not sent:
        return
    if ruling is None:
        show_note("Say first what they are", tuple(_RULINGS.values()))
        return
    who = answering(role, reason)
    if who is not None:
        decide_held(study, ticked or held, ruling, who)
        st.rerun()
