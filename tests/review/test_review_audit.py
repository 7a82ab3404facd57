"""Whatever byte of the log is changed, and wherever it is cut, the verifier says so."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from diq_core.errors import BadSetting
from diq_core.review.audit import EMPTY_HEAD, Head, Row, verify
from diq_core.review.checking import check_store
from diq_core.review.form import Form
from diq_core.review.reading import log_head
from diq_core.review.store import Store
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
        for name in ("events_no_update", "events_no_delete", "head_no_delete"):
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


def _read(raw: sqlite3.Connection) -> tuple[list[Row], Head | None]:
    query = "SELECT seq, key, payload, previous, hash FROM events ORDER BY seq"
    end = raw.execute("SELECT seq, hash FROM head").fetchone()
    return [Row(*row) for row in raw.execute(query)], end and Head(*end)


def _changed(raw: sqlite3.Connection, chooser: random.Random, rows: list[Row]) -> bool:
    """Change one byte of the table in the database; say whether it let us."""
    row = chooser.choice(rows)
    sizes = [8, *(len(getattr(row, column)) for column in COLUMNS)]
    place = chooser.randrange(sum(sizes))
    flip = chooser.randrange(1, 256)
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


def test_10000_changes_of_one_byte_are_all_noticed(raw: sqlite3.Connection) -> None:
    chooser = random.Random(0)
    rows, head = _read(raw)
    assert verify(rows, head) == []
    done = 0
    while done < CHANGES:
        raw.execute("BEGIN")
        if _changed(raw, chooser, rows):
            found = verify(*_read(raw))
            assert found, "unnoticed"
            done += 1
        raw.execute("ROLLBACK")
    assert verify(*_read(raw)) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DELETE FROM events WHERE seq > 6", r"ends at row 6, but \d+ rows were written"),
        ("DELETE FROM events", "ends at row 0"),
        ("DELETE FROM events WHERE seq = 3", "Row 3 is missing"),
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
            "stored verdict is not the log's",
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
