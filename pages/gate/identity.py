"""Who sends a request: what Streamlit's signed cookie of the login says, read by its functions."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import (
    AUTH_COOKIE_MAX_AGE_SECONDS,
    USER_COOKIE_NAME,
)
from streamlit.web.server.starlette.starlette_websocket import _parse_decoded_user_cookie

from diq_core.errors import BadSetting
from diq_core.jobs.signing import secret_file

_SHORTEST = 32


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in.

    Attributes:
        name: the address that the provider has confirmed, else the provider's number for them.
        sign_in: digest of what the provider said when they signed in; ends when they sign out.
    """

    name: str
    sign_in: str


def find_person(cookies: Mapping[str, str], *, hours: int) -> Person | None:
    """Return who sent these cookies; None = nobody who is signed in.

    Args:
        hours: a sign-in that is older counts for nothing.

    Raises:
        BadSetting: the server's secret is so short that it can be guessed.
    """
    secret = get_cookie_secret()
    if len(secret) < _SHORTEST:
        raise BadSetting(
            f"The cookie_secret has fewer than {_SHORTEST} characters, so nobody is let in",
            which="secrets.toml, [auth]",
            todo="ask whoever runs this server to write a longer one (openssl rand -hex 32)",
        )

    def one(name: str) -> bytes | None:
        value = cookies.get(name, "").encode("latin-1", "replace")
        return decode_signed_value(secret, name, value, max_age_days=hours / 24)

    said = get_cookie_with_chunks(one, USER_COOKIE_NAME)
    facts = _parse_decoded_user_cookie(said, get_origin_from_redirect_uri() or "") if said else {}
    digest = hashlib.sha256(said or b"").hexdigest()
    if facts.get("is_logged_in") is not True or digest in SIGNED_OUT:
        return None
    return Person(name_of(facts), digest)


def name_of(facts: Mapping[str, Any]) -> str:
    """Return by which name a person is known: an address only if their provider confirmed it."""
    if is_confirmed(facts):
        return str(facts["email"])
    return f"{facts.get('sub', '')} at {facts.get('iss', '')}"


def is_confirmed(facts: Mapping[str, Any]) -> bool:
    """Return whether the provider confirmed the address; one that it did not could be anybody's."""
    return bool(facts.get("email")) and facts.get("email_verified") is True


class SignedOut:
    """The sign-ins that their person ended: a copy of such a cookie opens nothing.

    They are kept in a file, one a line, until the cookie would have ended by itself. Servers that
    share it share them.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._size = 0
        self._ended: frozenset[str] = frozenset()

    def __contains__(self, sign_in: str) -> bool:
        with self._lock:
            size = self._file.stat().st_size if self._file.exists() else 0
            if size != self._size:
                self._size, self._ended = size, frozenset(self._read())
            return sign_in in self._ended

    def add(self, sign_in: str) -> None:
        """End this sign-in."""
        with self._lock:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="ascii") as file:
                file.write(f"{sign_in} {time.time() + AUTH_COOKIE_MAX_AGE_SECONDS:.0f}\n")

    def _read(self) -> Iterator[str]:
        for line in self._file.read_text(encoding="ascii").splitlines():
            sign_in, _, end = line.partition(" ")
            if end.isdigit() and int(end) > time.time():
                yield sign_in


SIGNED_OUT = SignedOut(secret_file().with_name("signed-out"))
"""The sign-ins that were ended on this machine."""
