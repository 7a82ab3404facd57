"""Which review the page is about: the one that its address names, else the one planned last."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from diq_core.review.queue.progress import QueueProgress
from pages.parts.boxes import show_problem
from pages.parts.text import shortened, visible

_IN_ADDRESS = "queue"
_LISTED = 8


def choose_queue(offered: Mapping[str, QueueProgress]) -> str:
    """Return the review that is meant; where there is another one, a chooser is drawn.

    Args:
        offered: the reviews among which to choose, at least one.
    """
    asked = st.query_params.get(_IN_ADDRESS)
    is_unknown = asked is not None and asked not in offered
    shown = max(offered, key=lambda name: (offered[name].planned, name))
    if asked is not None and not is_unknown:
        shown = asked
    if is_unknown:
        _tell_unknown(str(asked), shown, list(offered))
    if len(offered) > 1 or is_unknown:
        _draw_chooser(list(offered), shown)
    return shown


def show_queue(name: str) -> None:
    """Open the review `name` on the tab where people judge."""
    st.query_params[_IN_ADDRESS] = name
    st.session_state["next-view"] = "Review"
    st.rerun()


def _draw_chooser(names: list[str], shown: str) -> None:
    def take() -> None:
        if st.session_state[_IN_ADDRESS] is not None:
            st.query_params[_IN_ADDRESS] = st.session_state[_IN_ADDRESS]

    if st.session_state.get(_IN_ADDRESS) != shown:
        st.session_state[_IN_ADDRESS] = shown
    st.selectbox(
        "Review", names, key=_IN_ADDRESS, format_func=visible, width=320, on_change=take,
        label_visibility="collapsed",
    )  # fmt: skip


def _tell_unknown(asked: str, shown: str, names: list[str]) -> None:
    more = " …" if len(names) > _LISTED else ""
    show_problem(
        f"There is no review called '{shortened(asked, 64)}' for you here",
        (f"The address asks for it; '{shown}' is shown instead. "
         f"There is: {', '.join(names[:_LISTED])}{more}.",),
    )  # fmt: skip
