"""Where a language model is asked: a plain address, without anything secret in it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from diq_core.errors import BadSetting

KEY_VARIABLE = "DIQ_API_KEY"
"""The environment variable that holds the endpoint's key, where it needs one."""

_PATH = "/chat/completions"
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


def completions_url(url: str) -> str:
    """Return where chat completions are asked for at `url`; hosts are written in ASCII.

    Raises:
        BadSetting: it is no http address, or holds a password or a query.
    """
    try:
        parts = urlsplit(url.strip())
        plain = bool(parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
        plain = plain and _HOST.fullmatch(parts.hostname or "") is not None
    except ValueError:
        plain = False
    if not plain or any(not letter.isprintable() or letter == " " for letter in url.strip()):
        raise _bad_url("This is no address of an endpoint", "http://localhost:8000/v1")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _bad_url(
            "An endpoint's address must hold no name, password or query",
            f"the address alone, and put a key into the environment variable {KEY_VARIABLE}",
        )
    path = parts.path.rstrip("/")
    if not path.endswith(_PATH):
        path = (path or "/v1") + _PATH
    return f"{parts.scheme}://{parts.netloc}{path}"


def _bad_url(what: str, give: str) -> BadSetting:
    # The address itself is not repeated: it may hold a password.
    return BadSetting(what, which="endpoint", todo=f"give {give}")


def is_here(url: str) -> bool:
    """Return whether `url` is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_of(location: str) -> str:
    """Return the host that a redirect names; empty where it names none."""
    try:
        return (urlsplit(location).hostname or "the same host") if location else ""
    except ValueError:
        return ""
