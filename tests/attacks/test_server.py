"""What the server refuses those who may come in: too much, from elsewhere, under another name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from benchmarks.app_server import serve
from benchmarks.review_wire import Server
from diq_core import demo
from tests.support.login import SECRET, behind_login
from tests.support.visitor import STREAM, Visitor, begin, cookie, facts

pytestmark = pytest.mark.slow

MB = 2**20
LIMITS = {"person_upload_mb": 3, "all_upload_mb": 5, "person_sessions": 2, "all_sessions": 3}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app behind a login, with small limits."""
    workspace = tmp_path_factory.mktemp("team")
    demo.prepare(workspace)
    with behind_login(workspace, limits=LIMITS) as (address, _):
        yield address


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app without a login."""
    workspace = tmp_path_factory.mktemp("laptop")
    demo.prepare(workspace)
    with serve(workspace) as address:
        yield address


def signed_in(address: str, sub: str) -> Visitor:
    return Visitor(address, cookie(facts(address, sub=sub, email=f"{sub}@clinic.example")))


def test_files_have_a_quota_for_each_person_and_for_all(team: str) -> None:
    ada, ben = signed_in(team, "ada"), signed_in(team, "ben")
    with ada.socket() as one, ben.socket() as other:
        mine, his = begin(one), begin(other)
        assert ada.upload(mine, 2 * MB) == (204, "")
        status, words = ada.upload(mine, 2 * MB)
        assert (status, "Your pages may hold 3 MB" in words) == (413, True)
        assert ben.upload(his, 2 * MB) == (204, "")
        status, words = signed_in(team, "cy").upload(mine, 2 * MB)
        assert (status, "All pages together may hold 5 MB" in words) == (413, True)


def test_windows_have_a_quota_for_each_person_and_for_all(team: str) -> None:
    ada, ben = signed_in(team, "ada"), signed_in(team, "ben")
    with ExitStack() as opened:
        for _ in range(2):
            opened.enter_context(ada.socket())
        with pytest.raises(InvalidStatus) as refused, ada.socket():
            pass
        assert refused.value.response.status_code == 429
        status, _, said = ada.ask("GET", "/review", Accept="text/html")
        assert (status, b"You have 2 windows of this app open" in said) == (429, True)
        opened.enter_context(ben.socket())
        with pytest.raises(InvalidStatus), ben.socket():
            pass
        status, _, said = ben.ask("GET", "/", Accept="text/html")
        assert (status, b"3 windows of this app are open" in said) == (429, True)
    # What is closed counts no more.
    with ada.socket() as line:
        assert begin(line)


def test_one_file_has_a_limit_and_a_length(laptop: str) -> None:
    visitor = Visitor(laptop)
    with visitor.socket() as line:
        session = begin(line)
        status, words = visitor.upload(session, 10, Content_Length=str(10**10))
        assert (status, "A file may have 200 MB" in words) == (413, True)
        status, _, said = visitor.ask(
            "PUT", f"/_stcore/upload_file/{session}/x", None, Transfer_Encoding="chunked"
        )
        assert (status, b"only if its length is said" in said) == (411, True)
        assert visitor.upload(session, 10) == (204, "")


@pytest.mark.parametrize("path", ["/", "/static/index.html", STREAM, "/_stcore/health", "/media/x"])
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil.example:80"]
)
def test_another_name_for_this_machine_is_not_answered(laptop: str, host: str, path: str) -> None:
    status, _, said = Visitor(laptop).ask("GET", path, Host=host)
    assert (status, b"does not answer under that name" in said) == (421, True)
    with pytest.raises(InvalidStatus), Visitor(laptop).socket(Host=host, Origin=f"http://{host}"):
        pass


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "file://", "http://127.0.0.1", "http://127.0.0.1:1"],
)
def test_a_socket_from_elsewhere_is_refused(laptop: str, team: str, origin: str) -> None:
    for visitor in (Visitor(laptop), signed_in(team, "ada")):
        with pytest.raises(InvalidStatus) as refused, visitor.socket(Origin=origin):
            pass
        assert refused.value.response.status_code == 403


def test_a_change_from_elsewhere_is_refused(laptop: str) -> None:
    visitor = Visitor(laptop)
    with visitor.socket() as line:
        status, words = visitor.upload(begin(line), 10, Origin="http://evil.example")
    assert (status, words) == (403, "Only a page of this app may ask for that.\n")


def test_the_app_listens_on_this_machine_only(laptop: str) -> None:
    port = int(laptop.rpartition(":")[2])
    listening = [one for one in psutil.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    assert {one.laddr.ip for one in listening if one.laddr.port == port} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent/openapi.json"]
)
def test_what_nobody_needs_is_closed(laptop: str, team: str, path: str) -> None:
    for visitor in (Visitor(laptop), signed_in(team, "ada")):
        assert visitor.ask("GET", path)[0] == 404


@pytest.mark.parametrize("path", ["/", "/review", "/static/x", "/media/x", "/_stcore/health"])
def test_every_answer_says_what_the_browser_may_do(laptop: str, team: str, path: str) -> None:
    for visitor in (Visitor(laptop), Visitor(team), signed_in(team, "ada")):
        _, headers, _ = visitor.ask("GET", path, Accept="text/html")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def first_answer(server: Server, visitor: Visitor) -> tuple[int, str]:
    """Start the server and return what it says as soon as it answers at all."""
    server.launch()
    while True:
        with suppress(ConnectionRefusedError):
            status, _, said = visitor.ask("GET", "/")
            return status, said.decode()


def test_secrets_that_cannot_be_read_open_nothing(tmp_path: Path) -> None:
    with behind_login(tmp_path) as (address, server):
        server.kill()
        (tmp_path / "secrets.toml").write_text("[auth]\nredirect_uri = broken")
        status, words = first_answer(server, Visitor(address))
        assert (status, "secrets cannot be read, so nobody is let in" in words) == (503, True)


def test_a_short_secret_opens_nothing(tmp_path: Path) -> None:
    with behind_login(tmp_path) as (address, server):
        server.kill()
        file = tmp_path / "secrets.toml"
        file.write_text(file.read_text().replace(SECRET, "short"))
        visitor = Visitor(address, cookie(facts(address), "short"))
        status, words = first_answer(server, visitor)
        assert (status, "cookie_secret has fewer than 32 characters" in words) == (503, True)


def test_a_limit_that_is_none_opens_nothing(tmp_path: Path) -> None:
    with behind_login(tmp_path) as (address, server):
        server.kill()
        file = tmp_path / "secrets.toml"
        file.write_text(file.read_text() + "\n[limits]\nall_sessions = 0\n")
        status, words = first_answer(server, Visitor(address))
        assert (status, "Setting all_sessions = 0 is not possible" in words) == (503, True)
