"""In which language the desk speaks: as the address says, else as the browser does."""

from __future__ import annotations

import streamlit as st

from diq_core.review.form.language import Language, languages, load_language
from pages.parts.boxes import show_problem
from pages.parts.text import shortened

_IN_ADDRESS = "language"


def choose_language() -> Language:
    """Draw the choice of a language and return the chosen one."""
    known = languages()
    asked = st.query_params.get(_IN_ADDRESS)
    if asked is not None and asked not in known:
        show_problem(
            f"The desk does not speak '{shortened(asked, 64)}'",
            (f"The address asks for it, so another language is taken. There is: "
             f"{', '.join(known)}.",),
        )  # fmt: skip
    shown = asked if asked is not None and asked in known else _of_browser(known)
    if st.session_state.get(_IN_ADDRESS) != shown:
        st.session_state[_IN_ADDRESS] = shown
    # Side by side: a list at the foot of the page would close as soon as the page scrolls.
    st.segmented_control(
        "Language of the form", known, key=_IN_ADDRESS, on_change=_take, required=True,
        label_visibility="collapsed", format_func=lambda code: load_language(code).name,
    )  # fmt: skip
    return load_language(shown)


def _take() -> None:
    # Not `bind`: the address would then name the language as it names itself.
    st.query_params[_IN_ADDRESS] = st.session_state[_IN_ADDRESS]


def _of_browser(known: tuple[str, ...]) -> str:
    spoken = (st.context.locale or "").split("-")[0]
    return spoken if spoken in known else known[0]
