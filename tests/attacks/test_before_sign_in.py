"""Behind a login: whoever is not signed in sends nothing that is taken, and is shown nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock
from urllib.parse import unquote

import psutil
import pytest
import streamlit
from websockets.exceptions import ConnectionClosed, InvalidStatus

from benchmarks.app_server import ROOT
from diq_core import demo
from tests.support.login import behind_login
from tests.support.visitor import STREAM, Visitor, begin, cookie, facts

pytestmark = pytest.mark.slow

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
# What signing in needs, and the word a proxy asks for.
NEEDED = {"/auth/login": {302}, "/auth/logout": {302}, "/oauth2callback": {302}}
HEALTH = "/_stcore/health"
MB = 2**20
ROUTES = """
import json
from app import app
def told(routes):
    for route in routes:
        yield type(route).__name__, route.path
print(json.dumps(list(told(app._build_starlette_app().routes))))
"""


@dataclass
class Behind:
    """The app behind its login, with the demo study in it."""

    address: str
    process: psutil.Process

    def memory(self) -> int:
        return int(self.process.memory_info().rss)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    workspace = tmp_path_factory.mktemp("behind")
    demo.prepare(workspace)
    with behind_login(workspace) as (address, server):
        assert server.pid is not None
        yield Behind(address, psutil.Process(server.pid))


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, str]]:
    """Every route of the server, as (kind, path), also those that a setting would add."""
    more = {
        "STREAMLIT_SERVER_ENABLE_STATIC_SERVING": "true",
        "STREAMLIT_SERVER_SCRIPT_HEALTH_CHECK_ENABLED": "true",
    }
    said = subprocess.run(
        [sys.executable, "-c", ROUTES], cwd=ROOT, env={**os.environ, **more, "PYTHONPATH": "."},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return [(kind, path) for kind, path in json.loads(said.stdout.splitlines()[-1])]


def filled(path: str) -> list[str]:
    """Return addresses that a route answers: its own path, with something in each place."""
    for place in ("{file_id:path}", "{path:path}"):
        path = path.replace(place, "diq.review/desk.js")
    return [path.replace("{session_id}", "a-session").replace("{file_id}", "a-file") or "/"]


def guesses() -> list[str]:
    static = Path(streamlit.__file__).parent / "static"
    shipped = sorted(path for path in static.rglob("*") if path.is_file())
    files = [f"/{path.relative_to(static).as_posix()}" for path in shipped[::40]]
    pages = ["review", "dataset", "export", "evaluate?study=demo", "overview", "app", "?study=demo"]
    doors = [HEALTH, "/auth/login", "/auth/logout", "/oauth2callback"]
    around = [
        way
        for door in doors
        for way in (f"{door}/", f"/{door}", f"{door}/x", f"{door}%0a", f"{door}%00", f"{door};x",
                    f"{door}/..", f"{door}/../../index.html", f"{door}%2f..%2f..%2findex.html",
                    f"/x/..{door}", f"/./{door[1:]}", f"/static{door}", door.upper(), f"{door}%20",
                    f"/%2e{door}", door.replace("/", "%2f"))
    ]  # fmt: skip
    climbs = [
        "/../../etc/passwd", "/static/../../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd",
        "/media/..%2f..%2fetc%2fpasswd", "/component/../app.py", "/%2e%2e/secrets.toml",
        "/.streamlit/secrets.toml", "/app/static/x", "//etc/passwd", "/\\etc\\passwd",
        "/%5c%5chost",
        "/_stcore/bidi-components/diq.review/../../../frame.py", "/_stcore/%6detrics",
        "/_stcore//metrics", "/review/_stcore/health", "/review/_stcore/host-config",
        "/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json",
    ]  # fmt: skip
    return [*files, *(f"/{page}" for page in pages), *around, *climbs]


def check(visitor: Visitor, method: str, path: str) -> None:
    """Check that the answer shows nothing but the way to the login."""
    status, headers, said = visitor.ask(method, path, Accept="text/html")
    where = unquote(path.partition("?")[0])
    if method == "GET" and where in NEEDED:
        assert status in NEEDED[where], (method, path, status)
        assert said == b""
        return
    if method in ("GET", "HEAD") and where == HEALTH:
        assert (status, said) in ((200, b"ok"), (200, b""))
        return
    assert status in (400, 401), (method, path, status)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'") or status == 400
    shown = said.replace(b"Sign in", b"").lower()
    for secret in (b"streamlit", b"demo", b"study", b"sample", b"root:", b"<script"):
        assert secret not in shown, (method, path, said)


def test_every_route_shows_only_the_way_to_the_login(
    behind: Behind, routes: list[tuple[str, str]]
) -> None:
    assert len(routes) >= 20
    assert {"WebSocketRoute", "Mount"} <= {kind for kind, _ in routes}
    visitor = Visitor(behind.address)
    for _, route in routes:
        for path in filled(route):
            for method in METHODS:
                check(visitor, method, path)


def test_no_guess_leads_past_it(behind: Behind) -> None:
    visitor = Visitor(behind.address)
    for path in guesses():
        for method in ("GET", "POST", "PUT"):
            check(visitor, method, path)


def test_no_socket_opens_on_any_route(behind: Behind, routes: list[tuple[str, str]]) -> None:
    visitor = Visitor(behind.address)
    paths = [path for _, route in routes for path in filled(route)]
    for path in dict.fromkeys([*paths, STREAM, f"{STREAM}/", "/", "/x"]):
        with pytest.raises(InvalidStatus) as refused, visitor.socket(path):
            pass
        assert refused.value.response.status_code == 401, path


def forged(address: str) -> dict[str, str]:
    """Return cookies that say somebody is signed in, and are not to be believed."""
    good = cookie(facts(address))
    payload, stamp, signature = good.rsplit(".", 2)
    other = stamp[:-1] + ("Q" if stamp.endswith("A") else "A")
    with mock.patch("itsdangerous.timed.time.time", return_value=1.0):
        long_ago = cookie(facts(address))
    return {
        "of another secret": cookie(facts(address), "b" * 64),
        "of an empty secret": cookie(facts(address), ""),
        "of another place": cookie(facts("http://elsewhere.example")),
        "of a cookie of another name": cookie(facts(address), name="_streamlit_user_tokens"),
        "which says not signed in": cookie(facts(address, is_logged_in=False)),
        "which says it in a word": cookie(facts(address, is_logged_in="true")),
        "long ago": long_ago,
        "with another time": f"{payload}.{other}.{signature}",
        "without a signature": f"{payload}.{stamp}",
        "with a part of one": f"{payload}.{stamp}.{signature[:-4]}",
        "in plain text": json.dumps(facts(address)).replace('"', "'"),
        "which promises parts": cookie({"chunks": 10**9}),
        "empty": "",
        "very long": "a" * 7_000,
    }


def test_no_forged_or_stale_sign_in_counts(behind: Behind) -> None:
    for what, value in forged(behind.address).items():
        visitor = Visitor(behind.address, value)
        assert visitor.ask("GET", "/static/index.html")[0] == 401, what
        with pytest.raises(InvalidStatus), visitor.socket():
            pytest.fail(what)


def flood(behind: Behind, head: str, most: int) -> tuple[int, bytes]:
    """Send `head` and then bytes, until the other side ends it; return how many, and its answer."""
    host, _, port = Visitor(behind.address).host.partition(":")
    sent, said = 0, b""
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(head.encode())
        with suppress(OSError):
            while sent < most:
                sent += line.send(b"x" * 65536)
        with suppress(OSError):
            said = line.recv(65536)
    return sent, said


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/_stcore/upload_file/a-session/a-file"),
        ("POST", "/"),
        ("POST", "/_stcore/agent/interact"),
        ("GET", "/auth/login"),
        ("GET", "/oauth2callback"),
        ("GET", "/auth/logout"),
        ("GET", HEALTH),
    ],
)
@pytest.mark.parametrize("length", [f"Content-Length: {10**10}", "Transfer-Encoding: chunked"])
def test_no_body_is_taken(behind: Behind, method: str, path: str, length: str) -> None:
    head = f"{method} {path} HTTP/1.1\r\nHost: {Visitor(behind.address).host}\r\n{length}\r\n"
    before = behind.memory()
    # With this a client waits until the server says that it will read.
    _, said = flood(behind, f"{head}Expect: 100-continue\r\n\r\n", 0)
    assert said.startswith(b"HTTP/1.1 401"), said[:100]
    sent, _ = flood(behind, f"{head}\r\n", 256 * MB)
    assert sent < 64 * MB, "the server went on reading"
    assert behind.memory() - before < 32 * MB


def test_who_signed_in_is_let_in_until_they_sign_out(behind: Behind) -> None:
    signed = cookie(facts(behind.address))
    visitor, thief = Visitor(behind.address, signed), Visitor(behind.address, signed)
    assert b'<div id="root">' in visitor.ask("GET", "/", Accept="text/html")[2]
    with thief.socket() as line:
        assert begin(line)
        assert visitor.ask("GET", "/auth/logout")[0] == 302
        assert thief.ask("GET", "/", Accept="text/html")[0] == 401
        with pytest.raises(InvalidStatus), thief.socket():
            pass
        with pytest.raises(ConnectionClosed):
            begin(line)
            begin(line)
    # Only this one has ended.
    assert Visitor(behind.address, cookie(facts(behind.address))).ask("GET", "/")[0] == 200
