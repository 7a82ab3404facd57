"""What a server for a team allows, in one place: the table [limits] of the secrets."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from pydantic import Field
from streamlit import config

from diq_core.config import Settings, build
from diq_core.errors import BadSetting


class Limits(Settings):
    """How much may be asked of the server, and which of its folders may be read."""

    person_upload_mb: int = Field(default=1000, ge=1)
    """Most megabytes (2^20 bytes) of files that one person's pages hold at a time; with a login."""
    all_upload_mb: int = Field(default=4000, ge=1)
    """Most megabytes of files that all pages together hold at a time."""
    person_sessions: int = Field(default=20, ge=1)
    """Most windows that one person has open at a time; with a login."""
    all_sessions: int = Field(default=200, ge=1)
    """Most windows that are open at a time."""
    signed_in_hours: int = Field(default=12, ge=1, le=30 * 24)
    """Hours after which a person must sign in again."""
    folders: tuple[str, ...] = ()
    """Folders of the server from which curators and admins may read; with a login."""


def read_limits() -> Limits:
    """Return the limits of the secrets, else the defaults.

    Raises:
        BadSetting: the secrets cannot be read, or one of the limits is not possible.
    """
    return build(Limits, {**st.secrets.get("limits", {})} if read_secrets() else {})


def has_login() -> bool:
    """Return whether a login is set up in the secrets, see docs/security.md.

    Raises:
        BadSetting: the secrets cannot be read, so that nobody knows.
    """
    return read_secrets() and "auth" in st.secrets


def read_secrets() -> bool:
    """Return whether there are secrets.

    Raises:
        BadSetting: there are, but they cannot be read; without them the app would be open to all.
    """
    if st.secrets.load_if_toml_exists():
        return True
    files = [Path(name) for name in config.get_option("secrets.files")]
    damaged = [file.name for file in files if file.exists() or file.is_symlink()]
    if damaged:
        raise BadSetting(
            "The server's secrets cannot be read, so nobody is let in",
            which=", ".join(damaged),
            todo="ask whoever runs this server to correct the file",
        )
    return False
