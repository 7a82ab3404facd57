"""A review store that does not answer: one sentence, in time, and nothing is acknowledged."""

from __future__ import annotations

import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import URL
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.review.desk.incoming import Desk, take
from diq_core.review.form.form import load_form
from diq_core.review.refusals import StoreUnavailable
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.reading import log_head
from diq_core.study import open_study
from tests.support import postgres
from tests.support.reviews import ANN, rate

WORDS = "stayed busy or out of reach, so nothing was saved"
IN_TIME = 30.0
"""Seconds; what is asserted is that it ends at all, on a machine as loaded as it may be."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgresql")]


def said(study: Path) -> str:
    began = time.monotonic()
    result = CliRunner().invoke(app, ["audit", "head", "--study", str(study)])
    assert time.monotonic() - began < IN_TIME
    assert isinstance(result.exception, StoreUnavailable)
    return str(result.exception)


def saved_by_browser(store: Store) -> dict[str, object]:
    """Return what the browser is told about a draft that it sends; empty = it keeps it."""
    desk = Desk(store, ANN, load_form(), "q", lambda _: pytest.fail("no sample is asked for"))
    draft = {"key": "a-draft-1", "kind": "draft", "sample": "s9", "values": {}, "version": 0}
    return dict(take(desk, [draft]))


def test_a_database_that_somebody_keeps_locked(study: Path) -> None:
    store = open_store(open_study(study))
    rate(store, load_form(), ANN, "s1")
    with sqlite3.connect(study / "review.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match=f"{WORDS}.*another program keeps it locked"):
            rate(store, load_form(), ANN, "s2")
        assert saved_by_browser(store) == {}
        assert WORDS in said(study)
        other.execute("ROLLBACK")
    assert saved_by_browser(store)["a-draft-1"]["ok"] is True  # type: ignore[index]
    assert rate(store, load_form(), ANN, "s2").seq > 1
    store.close()


@pytest.fixture
def server() -> Iterator[URL]:
    try:
        with postgres.server(durable=False) as url:
            yield url
    except postgres.NoPostgres as missing:
        pytest.skip(str(missing))


def test_a_server_that_is_frozen(study: Path, server: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.keep_reviews_in(server, study, monkeypatch.setenv)
    store = open_store(open_study(study))
    rate(store, load_form(), ANN, "s1")
    head = log_head(store)
    frozen = _family(int(server.port or 0))
    assert frozen
    for one in frozen:
        one.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match=WORDS):
            rate(store, load_form(), ANN, "s2")
        assert time.monotonic() - began < IN_TIME
        assert saved_by_browser(store) == {}
        assert WORDS in said(study)
    finally:
        for one in frozen:
            one.send_signal(signal.SIGCONT)
    assert saved_by_browser(store)["a-draft-1"]["ok"] is True  # type: ignore[index]
    rate(store, load_form(), ANN, "s2")
    assert check_store(store, exported=head) == []
    store.close()


def test_a_server_that_is_not_there(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        postgres.keep_reviews_in(_address(free), study, monkeypatch.setenv)
        assert WORDS in said(study)


def test_a_server_that_takes_the_connection_and_says_nothing(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        postgres.keep_reviews_in(_address(silent), study, monkeypatch.setenv)
        assert WORDS in said(study)


def _address(at: socket.socket) -> URL:
    host, port = at.getsockname()
    return URL.create("postgresql+psycopg", "me", host=host, port=port, database="x")


def _family(port: int) -> list[psutil.Process]:
    """Return the processes of the server that listens on that port."""
    for one in psutil.process_iter(["cmdline"]):
        words = one.info["cmdline"] or []
        if "-p" in words and str(port) in words:
            return [one, *one.children(recursive=True)]
    return []
