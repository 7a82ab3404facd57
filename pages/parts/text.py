"""Text from samples and files, shown as text: nothing in it is interpreted or fetched.

Whatever comes from a file goes through here. `st.markdown`, labels and titles interpret what
they get (links, images, directives), so they only ever receive words of our own.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from diq_core.data.text import visible

__all__ = ["escaped", "shortened", "show_heading", "show_list", "show_text", "visible"]


def escaped(text: str) -> str:
    """Return `text` for use inside our own HTML: visible, and without meaning as HTML."""
    return html.escape(visible(text), quote=True)


def shortened(text: str, limit: int = 120) -> str:
    """Return `text` on one line of at most `limit` characters, with an ellipsis if it is cut."""
    # Only the beginning is looked at, so a line of 50 MB costs nothing.
    line = " ".join(text[: 4 * limit].split())
    whole = len(text) <= 4 * limit and len(line) <= limit
    return visible(line if whole else line[: limit - 1].rstrip() + "…")


def show_text(text: str, *, limit: int = 20_000) -> None:
    """Draw `text` with its line breaks; of a giant one the beginning, and how much is missing."""
    st.html(f'<div class="diq-text" dir="auto">{escaped(text[:limit])}</div>')
    if len(text) > limit:
        st.caption(f"The first {limit:,} of {len(text):,} characters are shown.")


def show_list(lines: Sequence[str]) -> None:
    """Draw sentences that may hold other people's words as a list."""
    items = "".join(f'<li dir="auto">{escaped(line)}</li>' for line in lines)
    st.html(f'<ul class="diq-list">{items}</ul>')


def show_heading(text: str, *, note: str = "") -> None:
    """Draw a first-level heading whose words come from a user."""
    below = f'<p class="diq-note">{escaped(note)}</p>' if note else ""
    st.html(f'<h1 class="diq-title" dir="auto">{escaped(text)}</h1>{below}')
