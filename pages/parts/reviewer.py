"""Who is in front of the page: signed in where a login is set up, named by themselves elsewhere."""

from __future__ import annotations

import os

import streamlit as st

from diq_core.asking.allowed import ENDPOINTS_VARIABLE
from diq_core.errors import UserError
from diq_core.extras import need
from diq_core.review.store.roles import Actor, Role
from pages.gate.identity import is_confirmed, name_of
from pages.gate.limits import has_login
from pages.parts.boxes import show_user_error
from pages.parts.text import escaped, visible

_NAME = "reviewer"


def current_reviewer() -> Actor:
    """Return who reviews; ask them first where that is not known, and end the page."""
    return _signed_in() if has_login() else _named()


def known_reviewer() -> Actor | None:
    """Return who reviews, without asking; None = nobody said so far."""
    if has_login():
        return _signed_in()
    name = st.session_state.get(_NAME)
    return Actor(str(name), "admin") if name else None


def require_login() -> None:
    """End the page where a login is set up and nobody is signed in.

    The gate lets nobody come so far; should it be missing, nothing is shown all the same.
    """
    if not has_login():
        return
    # Whom a signed-in person may have asked is for the server to list; jobs inherit it.
    os.environ.setdefault(ENDPOINTS_VARIABLE, "")
    need("authlib", "server")
    if not st.user.is_logged_in:
        st.title("Sign in")
        st.write("Use your institution's account.")
        st.button("Sign in", type="primary", on_click=st.login, key="login")
        st.stop()


def draw_reviewer(actor: Actor, role: str | None) -> None:
    """Draw who is reviewing, and the way to be somebody else."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="who"):
        st.html(
            f"<span><b><bdi>{escaped(actor.name[:80])}</bdi></b>"
            f" · {escaped(role or 'without a role')}</span>",
            width="content",
        )
        label = "Sign out" if has_login() else "Not you?"
        if st.button(label, type="tertiary", key="leave"):
            if has_login():
                # To draw the page again could overtake the way to the provider.
                st.logout()
                st.stop()
            st.session_state.pop(_NAME, None)
            st.query_params.pop(_NAME, None)
            st.rerun()


def _signed_in() -> Actor:
    require_login()
    facts = st.user.to_dict()
    name = name_of(facts)
    first: Role = "admin" if is_confirmed(facts) and name in _first_admins() else "viewer"
    return Actor(name, first)


def _first_admins() -> list[str]:
    """Return who may give the first roles; from then on only roles in the store count."""
    return [str(name) for name in st.secrets.get("review", {}).get("admins", [])]


def _named() -> Actor:
    name = st.session_state.get(_NAME) or st.query_params.get(_NAME)
    if name:
        try:
            # One person on a laptop does everything; see docs/security.md.
            actor = Actor(str(name), "admin")
        except UserError as error:
            show_user_error(error)
        else:
            st.session_state[_NAME] = st.query_params[_NAME] = name
            return actor
    _ask()
    st.stop()


def _ask() -> None:
    st.title("Who is reviewing?")
    st.write(
        "You read one sample at a time and judge its reasoning on three scales, then give a "
        "verdict. Every judgement carries your name, and each one can be taken back."
    )
    with st.form("who-form", border=False, width=480):
        name = st.text_input("Your name", max_chars=100, placeholder="e.g. Dr A. Lindqvist")
        if st.form_submit_button("Start", type="primary") and name.strip():
            st.session_state[_NAME] = visible(name.strip())
            st.rerun()
