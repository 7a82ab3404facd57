"""Which key goes to which origin. The server's environment says so, never a study or a page."""

from __future__ import annotations

import os

from diq_core.asking.address import KEY_VARIABLE, is_here, origin_of, plain_origin
from diq_core.errors import BadSetting

ORIGINS_VARIABLE = "DIQ_ENDPOINT_KEYS"
"""Holds ``ORIGIN=VARIABLE`` pairs with spaces between them; each variable holds a key. Where one
origin has several, ``ROLE@ORIGIN=VARIABLE`` names the key of a teacher, a verifier or a judge."""


def key_for(url: str, role: str = "") -> str:
    """Return the key for the origin of `url`; empty where it has none.

    Args:
        role: what the endpoint is asked as; its own key comes before the origin's.

    ``DIQ_API_KEY`` is for this machine, unless a pair names it for another origin.

    Raises:
        BadSetting: the pairs cannot be read, or the key is damaged.
    """
    found, origin = _variables(), origin_of(url)
    variable = found.get((role, origin)) or found.get(("", origin))
    variable = variable or (KEY_VARIABLE if is_here(url) else "")
    key = os.environ.get(variable, "").strip() if variable else ""
    if not key.isascii() or (key and not key.isprintable()):
        raise BadSetting(
            "The key has characters that no key has", which=variable, todo="set it again"
        )
    return key


def _variables() -> dict[tuple[str, str], str]:
    """Return (role, origin) → variable; the role "" is any."""
    found = {}
    for pair in os.environ.get(ORIGINS_VARIABLE, "").split():
        text, _, variable = pair.rpartition("=")
        role, _, address = text.rpartition("@")
        origin = plain_origin(address)
        if origin is None or not variable or (role and not role.isalpha()):
            raise BadSetting(
                "The keys of endpoints cannot be read",
                which=ORIGINS_VARIABLE,
                todo="give pairs such as https://models.example=MODELS_KEY",
            )
        found[role, origin] = variable
    return found
