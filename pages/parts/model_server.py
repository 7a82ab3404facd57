"""Which model server is asked: the two fields, and what is said about what goes there."""

from __future__ import annotations

import streamlit as st

from diq_core.asking.address import KEY_VARIABLE
from diq_core.asking.allowed import ENDPOINTS_VARIABLE, allow_list
from pages.parts.text import show_list


def show_where_text_goes(what: str) -> None:
    """Draw what leaves this computer; `what` is a word of our own, e.g. "The samples' text is"."""
    st.caption(
        f"{what} sent to the server that you name, and nowhere else; images are not sent. Its key "
        f"is read from the environment variable {KEY_VARIABLE} of the app and kept nowhere."
    )
    listed = allow_list()
    if listed:
        st.caption("Only these may be asked:")
        show_list(listed)
    elif listed is not None:
        st.caption(
            "None may be asked so far: whoever runs this app lists them in the environment "
            f"variable {ENDPOINTS_VARIABLE}."
        )


def server_fields(key: str) -> tuple[str, str]:
    """Draw the fields for a server and a model there; return both, empty where not given.

    Args:
        key: tells these fields from others; what was typed stays for the session.
    """
    endpoint = st.text_input(
        "Server (OpenAI-compatible)", key=f"{key}-endpoint", max_chars=500,
        placeholder="http://localhost:8000/v1", persist_state="session",
    )  # fmt: skip
    model = st.text_input(
        "Model", key=f"{key}-model", max_chars=200, persist_state="session",
        placeholder="its name at that server",
    )  # fmt: skip
    return endpoint.strip(), model.strip()
