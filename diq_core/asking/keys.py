"""Which key goes to which origin. The server's environment says so, never a study or a page."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from diq_core.asking.address import KEY_VARIABLE, is_here
from diq_core.errors import BadSetting

ORIGINS_VARIABLE = "DIQ_ENDPOINT_KEYS"
"""Holds ``ORIGIN=VARIABLE`` pairs with spaces between them; each variable holds a key."""


def key_for(url: str) -> str:
    """Return the key for the origin of `url`; empty where it has none.

    ``DIQ_API_KEY`` is for this machine, unless a pair names it for another origin.

    Raises:
        BadSetting: the pairs cannot be read, or the key is damaged.
    """
    variable = _variables().get(_origin(url), KEY_VARIABLE if is_here(url) else "")
    key = os.environ.get(variable, "").strip() if variable else ""
    if not key.isascii() or (key and not key.isprintable()):
        raise BadSetting(
            "The key has characters that no key has", which=variable, todo="set it again"
        )
    return key


def _variables() -> dict[str, str]:
    found = {}
    for pair in os.environ.get(ORIGINS_VARIABLE, "").split():
        origin, _, variable = pair.rpartition("=")
        try:
            found[_origin(origin)] = variable
        except ValueError:
            origin = ""
        if not origin or not variable or urlsplit(origin).path:
            raise BadSetting(
                "The keys of endpoints cannot be read",
                which=ORIGINS_VARIABLE,
                todo="give pairs such as https://models.example=MODELS_KEY",
            )
    return found


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if port is None or not parts.hostname:
        raise ValueError
    return f"{parts.scheme}://{parts.hostname}:{port}"
