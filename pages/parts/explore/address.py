"""What the address asks of the Explore page and does not get."""

from __future__ import annotations

import streamlit as st

from pages.parts.boxes import show_note, show_problem
from pages.parts.explore.state import misread
from pages.parts.text import shortened

_HOUR = 3600.0


def come_back_by_itself() -> None:
    """Have the page drawn anew when its server was away.

    A browser that finds its server again asks for the page only where a part of it draws itself
    anew from time to time. Else the first knob that is turned would meet a server that knows
    nothing of the visitor, and be set back to what the address says.
    """
    st.fragment(_nothing, run_every=_HOUR)()


def _nothing() -> None:
    """Draw nothing."""


def tell_misread() -> None:
    """Say which knobs of the address mean nothing and are left as they usually are."""
    wrong = [f"{name} = {shortened(text, 40)}" for name, text in misread(st.query_params).items()]
    if wrong:
        show_problem(
            "The address asks for something that this page cannot set",
            (f"It is left as it usually is: {', '.join(wrong)}.",),
        )


def tell_replaced(what: str, asked: str) -> None:
    """Say that these samples lack the scores for what the address asks for."""
    if what in st.query_params or (what == "axes" and {"across", "up"} & set(st.query_params)):
        show_note(
            f"The {what} that the address asks for cannot be shown: {shortened(asked, 80)}",
            ("These samples do not have the scores that it needs, so others are shown.",),
        )
