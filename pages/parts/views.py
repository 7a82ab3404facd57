"""The parts of a page, one of which is shown: the address names it, and it survives a reload."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.parts.boxes import show_problem
from pages.parts.text import shortened


def choose_view(names: Sequence[str], key: str = "view", label: str = "Part of the page") -> str:
    """Draw the parts and return the chosen one; it stands in the address as `key`.

    One that the address asks for and that is not there, or not for this visitor, is said.
    """
    asked = st.query_params.get(key)
    if asked is not None and asked not in names:
        show_problem(
            f"There is no part of this page for you called '{shortened(asked, 64)}'",
            (f"The address asks for it, so another is shown. There is: {', '.join(names)}.",),
        )
    if st.session_state.get(key, names[0]) not in names:
        del st.session_state[key]
    chosen = st.segmented_control(
        label, names, default=None if key in st.session_state else names[0], key=key,
        required=True, label_visibility="collapsed", bind="query-params",
    )  # fmt: skip
    return str(chosen or names[0])
