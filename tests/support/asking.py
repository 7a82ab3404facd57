"""A sample's text, asked about with a key, and an endpoint that keeps what came of both."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from diq_core.asking.address import KEY_VARIABLE
from diq_core.asking.completion import Reply, Sampling
from diq_core.asking.endpoint import Endpoint
from tests.support.raw_server import RawServer, raw_server

KEY, TEXT = "sk-very-secret", "The old woman has a pulse of 40"
ASKED = [{"role": "user", "content": TEXT}]
NAME = "models.example"


@pytest.fixture
def careless_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a key for this machine and one for the named endpoint, as a careless setup would."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    monkeypatch.setenv("MODELS_KEY", KEY)


@pytest.fixture
def recorder() -> Iterator[RawServer]:
    """Return an endpoint that would take and keep everything; nothing may have come to it."""
    with raw_server() as server:
        yield server
        assert (server.connections, bytes(server.received)) == (0, b"")


def ask(url: str, *, timeout: float = 5.0) -> Reply:
    with Endpoint(url, timeout=timeout, attempts=1) as endpoint:
        return endpoint.ask("m", ASKED, Sampling())


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> None:
    """Let every name lead to each of `answers` in turn, and to the last of them from then on."""
    left = list(answers)

    def look(_host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "",
             (one, port, 0, 0)[: 4 if ":" in one else 2])
            for one in found
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", look)
