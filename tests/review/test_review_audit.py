"""Whatever byte of the log is changed, and wherever it is cut, the verifier says so."""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, StaticPool, create_engine
from typer.testing import CliRunner

from diq_core.cli.review import app
from diq_core.errors import BadFile, BadSetting
from diq_core.review.form.form import Form
from diq_core.review.log.audit import EMPTY_HEAD, GENESIS, Head, LogRow, chained, verify
from diq_core.review.store.backup import backup
from diq_core.review.store.changes import Store
from diq_core.review.store.checking import check, check_store, log_breaks
from diq_core.review.store.reading import log_head
from tests.support.reviews import ANN, BEN, rate

CHANGES = 10_000
COLUMNS = ("key", "payload", "previous", "hash")


@pytest.fixture
def raw(sqlite_store: Store, form: Form) -> Iterator[sqlite3.Connection]:
    """The database of a store with some judgements, opened behind the store's back."""
    for number in range(8):
        rate(sqlite_store, form, (ANN, BEN)[number % 2], f"s{number}", comment="naïve \x00")
    sqlite_store.close()
    with closing(sqlite3.connect(str(sqlite_store.database.url.database))) as connection:
        connection.isolation_level = None
        connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        for name in ("events_no_update", "events_no_delete", "head_no_delete"):
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def _read(raw: sqlite3.Connection) -> tuple[list[LogRow], Head | None]:
    query = "SELECT seq, key, payload, previous, hash FROM events ORDER BY seq"
    end = raw.execute("SELECT seq, hash FROM head").fetchone()
    return [LogRow(*row) for row in raw.execute(query)], end and Head(*end)


@pytest.fixture
def seen(raw: sqlite3.Connection) -> Iterator[Connection]:
    """The same open database, read as the check reads it."""
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    with engine.connect() as connection:
        yield connection


TYPES = ("CAST({} AS TEXT)", "CAST({} AS INTEGER)", "'text'", "7", "-0.5", "zeroblob(70000)")
"""What a value may become in SQLite, whatever its column was declared as."""


def _changed(raw: sqlite3.Connection, chooser: random.Random, rows: list[LogRow]) -> bool:
    """Change one byte of the table in the database, or a value's type; say whether it let us."""
    row = chooser.choice(rows)
    sizes = [8, *(len(getattr(row, column)) for column in COLUMNS)]
    place = chooser.randrange(sum(sizes))
    flip = chooser.randrange(1, 256)
    if chooser.random() < 0.2:
        column = chooser.choice(COLUMNS)
        value = chooser.choice(TYPES).format(column)
        raw.execute(f"UPDATE events SET {column} = {value} WHERE seq = ?", (row.seq,))
        return True
    if place < 8:
        with suppress(sqlite3.IntegrityError):
            seq = (row.seq ^ (flip << (8 * place))) & (2**63 - 1)
            raw.execute("UPDATE events SET seq = ? WHERE seq = ?", (seq, row.seq))
            return seq != row.seq
        return False
    place -= 8
    for column, size in zip(COLUMNS, sizes[1:], strict=True):
        if place < size:
            stored = bytearray(getattr(row, column))
            stored[place] ^= flip
            sql = f"UPDATE events SET {column} = ? WHERE seq = ?"
            raw.execute(sql, (bytes(stored), row.seq))
            return True
        place -= size
    raise AssertionError("no such byte")


def test_10000_changes_of_one_byte_or_type_are_all_noticed(raw: sqlite3.Connection) -> None:
    chooser = random.Random(0)
    rows, head = _read(raw)
    assert verify(rows, head) == []
    done = 0
    while done < CHANGES:
        raw.execute("BEGIN")
        if _changed(raw, chooser, rows):
            assert verify(*_read(raw)), "unnoticed"
            done += 1
        raw.execute("ROLLBACK")
    assert verify(*_read(raw)) == []


def _without_rules(raw: sqlite3.Connection, table: str) -> None:
    """Replace a table by one that takes anything, NULL and second keys too."""
    raw.execute(f"CREATE TABLE free AS SELECT * FROM {table}")
    raw.execute(f"DROP TABLE {table}")
    raw.execute(f"ALTER TABLE free RENAME TO {table}")


ROW = {
    "events": "seq = 4",
    "head": "seq > 0",
    "registers": "kind = 'verdict' AND sample = 's3'",
}


@pytest.mark.parametrize(
    "value", [*TYPES, "CAST({} AS BLOB)", "CAST(x'ff00' AS TEXT)", "9e99", "NULL"]
)
@pytest.mark.parametrize("table", ROW)
def test_a_value_of_another_type_is_noticed_in_every_column(
    raw: sqlite3.Connection, seen: Connection, table: str, value: str
) -> None:
    _without_rules(raw, table)
    assert check(seen) == []
    columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
    for column in columns:
        raw.execute("BEGIN")
        where = f"SELECT quote({column}), typeof({column}) FROM {table} WHERE rowid = ?"
        (place,) = raw.execute(f"SELECT rowid FROM {table} WHERE {ROW[table]}").fetchone()
        before = raw.execute(where, (place,)).fetchone()
        changed = value.format(column)
        raw.execute(f"UPDATE {table} SET {column} = {changed} WHERE rowid = ?", (place,))
        is_same = raw.execute(where, (place,)).fetchone() == before
        assert bool(check(seen)) != is_same, (column, changed)
        raw.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE events SET payload = CAST(payload AS TEXT)", "payload is stored as text, not as"),
        ("UPDATE events SET key = 7 WHERE seq = 2", "key is stored as a whole number, not as"),
        ("UPDATE events SET seq = 'x' WHERE seq = 2", "Its number is stored as text"),
        ("UPDATE events SET hash = NULL WHERE seq = 2", "hash is stored as nothing, not as bytes"),
        ("INSERT INTO head SELECT 2, seq, hash FROM head", "log's end is not the only one"),
        ("UPDATE registers SET live = 2 WHERE sample = 's3'", "stored verdict is not the log's"),
        (
            "UPDATE registers SET sample = '\\u0073' || '3' WHERE sample = 's3'",
            "The verdict is not stored",
        ),
    ],
)
def test_changed_types_are_named(
    raw: sqlite3.Connection, seen: Connection, damage: str, words: str
) -> None:
    for table in ROW:
        _without_rules(raw, table)
    raw.execute(damage)
    assert re.search(words, " ".join(one.what for one in check(seen)))


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b'{"key":"k","seq":1}', "is not an event"),
        (b'{"key":"k","seq":1,"slot":[[],"","",""]}', "is not an event"),
        (
            b'{"actor":"A", "at":"x","key":"k","machine":false,"role":"admin","seq":1,'
            b'"slot":["role","","A",""],"undoes":null,"value":{"role":NaN}}',
            "is not (written as )?an event",
        ),
    ],
)
def test_rows_that_chain_but_are_no_events_are_noticed(
    raw: sqlite3.Connection, seen: Connection, payload: bytes, words: str
) -> None:
    raw.execute("DELETE FROM events")
    end = chained(GENESIS, payload)
    raw.execute("INSERT INTO events VALUES (1, ?, ?, ?, ?)", (b"k", payload, GENESIS, end))
    raw.execute("UPDATE head SET seq = 1, hash = ?", (end,))
    assert log_breaks(seen) == []
    assert re.search(words, check(seen)[0].what)


def test_a_damaged_end_is_said_in_words(
    raw: sqlite3.Connection, sqlite_store: Store, form: Form, tmp_path: Path
) -> None:
    raw.execute("UPDATE head SET hash = CAST(hash AS TEXT)")
    with pytest.raises(BadFile, match=r"record of the log's end is damaged.*diq audit verify"):
        log_head(sqlite_store)
    with pytest.raises(BadFile, match="record of the log's end is damaged"):
        rate(sqlite_store, form, ANN, "s9")
    with pytest.raises(BadFile, match="The log does not hold, so a backup of it could not be"):
        backup(sqlite_store, tmp_path / "b.db")
    folder = str(Path(str(sqlite_store.database.url.database)).parent)
    result = CliRunner().invoke(app, ["audit", "verify", "--study", folder, "--json"])
    assert (result.exit_code, json.loads(result.output)["whole"]) == (2, False)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DELETE FROM events WHERE seq > 6", r"ends at row 6, but \d+ rows were written"),
        ("DELETE FROM events", "ends at row 0"),
        ("DELETE FROM events WHERE seq = 3", "LogRow 3 is missing"),
        ("UPDATE events SET seq = seq + 100 WHERE seq = 9", "missing or misnumbered"),
        ("UPDATE head SET hash = zeroblob(32)", "its last hash is another one"),
        ("UPDATE head SET seq = 3", "but 3 rows were written"),
        ("DELETE FROM head", "record of the log's end is missing"),
        ("UPDATE events SET payload = x'00' WHERE seq = 2", "Its content was changed"),
        ("UPDATE events SET key = x'00' WHERE seq = 2", "number or key is not the one"),
        ("UPDATE registers SET live = 0 WHERE sample = 's3'", "stored verdict is not the log's"),
        ("UPDATE registers SET content = x'00' WHERE sample = 's3'", "is not the log's"),
        ("DELETE FROM registers WHERE sample = 's3'", "The verdict is not stored"),
        (
            "INSERT INTO registers SELECT kind, 'Dr Zed', sample, scope, version, live, seq, "
            "content FROM registers WHERE sample = 's3'",
            "A stored 'verdict' is not in the log",
        ),
    ],
)
def test_cuts_and_forged_states_are_noticed(
    raw: sqlite3.Connection, sqlite_store: Store, damage: str, words: str
) -> None:
    raw.execute(damage)
    found = " ".join(one.what for one in check_store(sqlite_store))
    assert re.search(words, found)


def test_a_rewritten_log_is_noticed_only_with_a_head_written_down(
    sqlite_store: Store, form: Form
) -> None:
    rate(sqlite_store, form, ANN, "s1")
    first = log_head(sqlite_store)
    rate(sqlite_store, form, ANN, "s2")
    assert check_store(sqlite_store, exported=first) == []
    assert check_store(sqlite_store, exported=EMPTY_HEAD) == []
    other = Head(first.seq, bytes(32))
    words = [one.what for one in check_store(sqlite_store, exported=other)]
    assert words == ["The head that was written down earlier is not in this log"]
    assert check_store(sqlite_store, exported=Head(99, first.hash))


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE events SET payload = x'00' WHERE seq = 1",
        "DELETE FROM events WHERE seq = 1",
        "DELETE FROM head",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(
    sqlite_store: Store, form: Form, attack: str
) -> None:
    rate(sqlite_store, form, ANN, "s1")
    with (
        closing(sqlite3.connect(str(sqlite_store.database.url.database))) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(attack)


def test_a_head_is_written_and_read_as_one_line() -> None:
    head = Head(12, bytes(range(32)))
    assert Head.parse(str(head)) == head
    parse: Callable[[str], Head] = Head.parse
    for text in ("12", "x:00", f"1:{'0' * 63}", f" {head}"):
        with pytest.raises(BadSetting, match=r"not the head of a log.*diq audit head"):
            parse(text)
