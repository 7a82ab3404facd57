"""Boxes that say something went wrong, or that there is nothing yet."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.errors import UserError
from pages.parts.text import escaped


def show_user_error(error: UserError) -> None:
    """Draw what is wrong, which thing is meant and what to do."""
    parts = [f"<strong>{escaped(error.what)}.</strong>"]
    if error.which:
        parts.append(f'<span class="diq-which">{escaped(error.which)}</span>')
    todo = error.todo[:1].upper() + error.todo[1:]
    parts.append(f"<span>{escaped(todo)}.</span>")
    _box("problem", "alert", parts)


def show_fault(reference: str) -> None:
    """Draw that the app itself failed; the server's log has the details under `reference`."""
    _box(
        "fault",
        "alert",
        [
            "<strong>Something went wrong, and it is our fault.</strong>",
            "<span>Nothing that was finished is lost. Reload the page to try again.</span>",
            f'<span class="diq-which">Reference {escaped(reference)}: the server\'s log has the '
            "details under it.</span>",
        ],
    )


def show_problem(title: str, lines: Sequence[str] = ()) -> None:
    """Draw a problem whose words may come from a file or a job."""
    _box("problem", "alert", [f"<strong>{escaped(title)}</strong>", *map(_line, lines)])


def show_note(title: str, lines: Sequence[str] = ()) -> None:
    """Draw something worth knowing, e.g. that there is nothing here yet and why."""
    _box("note", "note", [f"<strong>{escaped(title)}</strong>", *map(_line, lines)])


def show_scrolling(label: str, body: str, *, height: int) -> None:
    """Draw our own HTML in a box that scrolls, which the keyboard reaches as well.

    Args:
        label: what a screen reader calls it.
        height: at most so many pixels.
    """
    st.html(
        f'<div class="diq-scroll" role="region" tabindex="0" aria-label="{escaped(label)}" '
        f'style="max-height: {height}px">{body}</div>'
    )


def _line(text: str) -> str:
    return f"<span>{escaped(text)}</span>"


def _box(kind: str, role: str, parts: list[str]) -> None:
    st.html(f'<div class="diq-box diq-{kind}" role="{role}">{"".join(parts)}</div>')
