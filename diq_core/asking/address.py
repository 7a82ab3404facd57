"""Where a language model is asked: a plain address, without anything secret in it.

An address has one notation here. Numbers in other notations (``127.1``, ``0x7f000001``,
``2130706433``, digits of other scripts) are refused, so that what is checked is what is asked.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from diq_core.errors import BadSetting

KEY_VARIABLE = "DIQ_API_KEY"
"""The environment variable that holds the endpoint's key, where it needs one."""

IPAddress = IPv4Address | IPv6Address

_PATH = "/chat/completions"
_PORTS = {"http": 80, "https": 443}
_NETLOC = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(:[0-9]*)?")
_TARGET = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_NAME = 253


def completions_url(url: str) -> str:
    """Return where chat completions are asked for at `url`; its host in lower case.

    Raises:
        BadSetting: it is no http address in plain notation, or holds a password or a query.
    """
    parts = _split(url.strip())
    if parts is None:
        raise _bad_url("This is no address of an endpoint", "http://localhost:8000/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise _bad_url(
            "An endpoint's address must hold no name, password or query",
            f"the address alone, and put a key into the environment variable {KEY_VARIABLE}",
        )
    netloc = _plain_netloc(parts)
    if netloc is None:
        raise _bad_url(
            "The host of this address is in no plain notation",
            "a name in ASCII letters or all numbers of an address, without a dot at its end, "
            "e.g. http://127.0.0.1:8000/v1",
        )
    path = parts.path.rstrip("/")
    if not path.endswith(_PATH):
        path = (path or "/v1") + _PATH
    return f"{parts.scheme}://{netloc}{path}"


def origin_of(url: str) -> str:
    """Return scheme, host and port of a plain address; the port is always named.

    Raises:
        BadSetting: see `completions_url`.
    """
    parts = urlsplit(completions_url(url))
    netloc = parts.netloc if parts.port else f"{parts.netloc}:{_PORTS[parts.scheme]}"
    return f"{parts.scheme}://{netloc}"


def plain_origin(text: str) -> str | None:
    """Return the origin that a configuration names, as `origin_of`; None if it names none."""
    try:
        # Whatever follows an origin begins with a third slash.
        return origin_of(text) if text.count("/") == 2 else None
    except BadSetting:
        return None


def host_of(url: str) -> str:
    """Return the host of a plain address: a name, or an address without brackets."""
    return urlsplit(url).hostname or ""


def literal(host: str) -> IPAddress | None:
    """Return the address that `host` is; None where it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_here(url: str) -> bool:
    """Return whether `url` is on this machine."""
    host = host_of(url)
    address = literal(host)
    return host == "localhost" if address is None else address.is_loopback


def target_of(location: str) -> str:
    """Return the origin that a redirect names, in words that may be shown."""
    named = _TARGET.match(location)
    parts = _split(named[0]) if named else None
    netloc = parts and "@" not in parts.netloc and _plain_netloc(parts)
    if parts and netloc:
        return f"{parts.scheme}://{netloc}"
    return "another path" if location[:1] == "/" != location[1:2] else "no plain address"


def _split(url: str) -> SplitResult | None:
    """Return the parts of an http address in visible ASCII; None if it is none."""
    # `urlsplit` drops tabs and line ends, and a backslash is a slash to some and not to others.
    if not url.isascii() or any(one <= " " or one in "\\\x7f" for one in url):
        return None
    try:
        parts = urlsplit(url)
        plain = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if plain else None


def _plain_netloc(parts: SplitResult) -> str | None:
    host = _plain_host(parts.hostname or "", bracketed="[" in parts.netloc)
    if host is None or not _NETLOC.fullmatch(parts.netloc):
        return None
    return f"{host}:{parts.port}" if parts.port else host


def _plain_host(host: str, *, bracketed: bool) -> str | None:
    address = literal(host)
    if bracketed or isinstance(address, IPv6Address):
        plain = bracketed and isinstance(address, IPv6Address) and address.scope_id is None
        return f"[{address}]" if plain else None
    if address is not None:
        return str(address)
    labels = host.split(".")
    # What ends in a number is a number to the resolver, in octal, hexadecimal or cut short.
    is_name = all(map(_LABEL.fullmatch, labels)) and not _NUMBER.fullmatch(labels[-1])
    return host if is_name and len(host) <= _LONGEST_NAME else None


def _bad_url(what: str, give: str) -> BadSetting:
    # The address itself is not repeated: it may hold a password.
    return BadSetting(what, which="endpoint", todo=f"give {give}")
