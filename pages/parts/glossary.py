"""What the words on the pages mean: one file of terms, behind help marks and under the menu."""

from __future__ import annotations

from functools import cache

import streamlit as st

from diq_core.assets import asset
from pages.parts.text import escaped


@cache
def terms() -> dict[str, str]:
    """Return term → what it means, in the order of the file."""
    text = asset("glossary.md").read_text(encoding="utf-8")
    parts = [part.split("\n", 1) for part in text.split("\n## ")[1:]]
    return {name.strip(): " ".join(meaning.split()) for name, meaning in parts}


def explain(*names: str) -> str:
    """Return what these terms mean, for the help mark beside a word.

    Raises:
        KeyError: the glossary has no such term.
    """
    return "  \n".join(f"**{name}**: {terms()[name]}" for name in names)


def draw_glossary() -> None:
    """Draw all terms, behind one button."""
    with st.popover("What the words mean", icon=":material/menu_book:", width="stretch"):
        rows = "".join(
            f"<dt>{escaped(name)}</dt><dd>{escaped(meaning)}</dd>"
            for name, meaning in terms().items()
        )
        st.html(f'<dl class="diq-terms">{rows}</dl>')
