"""What this process does that an attack may want: connections, and files that it opens.

Loaded by name in tests, and by `recorder/sitecustomize.py` in every Python process that a test
starts. It sees what Python opens and connects itself; what a library opens in C (Parquet, SQLite)
is noticed by the time of the last access instead (`containment.py`).
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Callable
from typing import Any


def listen(tell: Callable[[str], None], forbidden: Callable[[], tuple[str, ...]]) -> None:
    """Call `tell` with each address outside this machine and each forbidden file, for ever.

    Args:
        forbidden: folders of which nothing may be opened, as real paths.
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto"):
            address = arguments[1]
            if isinstance(address, tuple) and not is_local(str(address[0])):
                tell(f"sends to {address[0]} port {address[1]}")
        elif event == "socket.getaddrinfo":
            name = arguments[0]
            name = name.decode() if isinstance(name, bytes) else name
            if name and not is_number(name) and name != "localhost":
                tell(f"asks who {name} is")
        elif event == "open" and isinstance(arguments[0], str | bytes):
            folders = forbidden()
            path = os.path.realpath(os.fsdecode(arguments[0])) if folders else ""
            if any(path.startswith(f"{folder}{os.sep}") for folder in folders):
                tell(f"opens {path}")

    sys.addaudithook(hook)


def is_number(host: str) -> bool:
    """Return whether a host is an address, in any way that the system reads one."""
    try:
        socket.inet_aton(host)
    except OSError:
        try:
            ipaddress.ip_address(host.split("%")[0])
        except ValueError:
            return False
    return True


def is_local(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return host in ("", "localhost")
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
