"""A study's database of reviews: only a listed one is asked, and only our own triggers run."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import tomli_w
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.errors import BadFile, BadSetting, UserError
from diq_core.review.store.changes import open_store
from diq_core.review.store.place import DATABASES, database_url
from diq_core.status import faults, status
from diq_core.study import open_study

DRIVER = "postgresql+psycopg"
LISTED = f"{DRIVER}://reviews@db.clinic.example/reviews"
OTHERS = [
    f"{DRIVER}://reviews@evil.example/reviews",
    f"{DRIVER}://reviews@db.clinic.example.evil.example/reviews",
    f"{DRIVER}://reviews@db.clinic.example:5433/reviews",
    f"{DRIVER}://reviews@db.clinic.example/other",
    f"{DRIVER}://admin@db.clinic.example/reviews",
    f"{DRIVER}://db.clinic.example/reviews",
    f"{DRIVER}:///reviews",
    f"{DRIVER}://reviews@localhost/reviews",
    f"{DRIVER}://reviews@/reviews?host=evil.example",
    f"{LISTED}?host=evil.example",
    f"{LISTED}?hostaddr=203.0.113.9",
    f"{LISTED}?passfile=/etc/passwd",
    f"{LISTED}?sslmode=disable",
    f"{LISTED}?service=evil",
    f"{LISTED}?options=-csearch_path%3Dother",
]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Return an address that takes connections; nobody may have come."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("store", OTHERS)
def test_a_database_beside_the_listed_one_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    for listed in ("", LISTED, f"{LISTED} {DRIVER}://x@y/z"):
        monkeypatch.setenv(DATABASES, listed)
        with pytest.raises(BadSetting, match=r"does not list, so it is not asked.*DIQ_DATABASES"):
            database_url(tmp_path, store)


@pytest.mark.parametrize(
    "store", [LISTED, LISTED.replace("@", ":pw@"), LISTED.replace("db.clinic", "DB.Clinic"),
              f"{DRIVER}://reviews@db.clinic.example:5432/reviews"]
)  # fmt: skip
def test_the_listed_one_is_asked_whatever_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    monkeypatch.setenv(DATABASES, f"{DRIVER}://x@y/z {LISTED}")
    assert database_url(tmp_path, store).database == "reviews"


@pytest.mark.parametrize("listed", ["reviews", "sqlite:////x", LISTED.replace("/reviews", ":a/b")])
def test_a_list_that_cannot_be_read_allows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: str
) -> None:
    monkeypatch.setenv(DATABASES, f"{LISTED} {listed}")
    with pytest.raises(BadSetting, match=r"list of databases cannot be read.*entry 2"):
        database_url(tmp_path, LISTED)


def test_no_command_connects_and_each_says_why(
    study: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "a-password-of-this-machine")
    host, port = listener.getsockname()
    address = f"{DRIVER}://me:theirs@{host}:{port}/x"
    (study / "study.toml").write_text(tomli_w.dumps({"title": "t", "store": address}))
    opened = open_study(study)
    with pytest.raises(BadSetting, match="does not list") as refused:
        open_store(opened)
    assert "theirs" not in str(refused.value)
    assert len(status(opened)) > 5
    assert any("does not list" in fault for fault in faults(opened))
    for command in (["audit", "head"], ["review", "grant", "ann", "admin"],
                    ["pack", str(study.parent / "p.tar")]):  # fmt: skip
        done = CliRunner().invoke(app, [*command, "--study", str(study)])
        assert isinstance(done.exception, UserError), command
        assert "does not list" in str(done.exception)


ENDLESS = (
    "WITH RECURSIVE n(kind) AS (SELECT 'verdict' UNION ALL SELECT kind FROM n) "
    "SELECT kind, kind AS sample, kind AS reviewer, kind AS version_num, 1 AS live FROM n"
)
STRUCTURES = {
    "deletes after a save": "CREATE TRIGGER x AFTER INSERT ON events BEGIN DELETE FROM drafts; END",
    "changes after a save": "CREATE TRIGGER x AFTER UPDATE ON registers "
    "BEGIN UPDATE registers SET content = '{}'; END",
    "ours by name": "DROP TRIGGER events_no_update; "
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT 1; END",
    "a table that never ends": "ALTER TABLE registers RENAME TO r; "
    f"CREATE VIEW registers AS {ENDLESS}",
    "a version that never ends": "DROP TABLE alembic_version; "
    f"CREATE VIEW alembic_version AS {ENDLESS}",
    "a view that nobody asks": "CREATE VIEW x AS SELECT 1",
}


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_a_database_with_a_structure_of_its_own_is_refused(study: Path, structure: str) -> None:
    open_store(open_study(study)).close()
    with closing(sqlite3.connect(study / "review.db")) as theirs:
        theirs.executescript(structure)
    opened = open_study(study)
    with pytest.raises(BadFile, match=r"trigger or a view that is not ours.*review\.db"):
        open_store(opened)
    assert any("is not ours" in step.summary for step in status(opened))
    assert any("is not ours" in fault for fault in faults(opened))
