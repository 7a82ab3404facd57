"""Backup and restore while others work.

The portable file is JSON lines: every row of the log with its hashes, the drafts, and a last line
with the head and a checksum of all lines before it. It is the same for both databases, so it also
moves a study from one to the other. For SQLite an exact copy of the database file can be made too.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from diq_core.errors import BadFile, BadSetting
from diq_core.files import atomic, open_regular
from diq_core.review.log.audit import Break, Head, LogRow, verify
from diq_core.review.log.canonical import canonical
from diq_core.review.log.events import Event, apply
from diq_core.review.log.transcript import load
from diq_core.review.store import tasking
from diq_core.review.store.changes import Store
from diq_core.review.store.checking import log_breaks, stored_rows
from diq_core.review.store.ledger import Ledger, read_register, write_event, write_register
from diq_core.review.store.roles import Actor
from diq_core.review.store.stored import stored_head
from diq_core.review.store.tables import drafts, events

FORMAT = 1


def backup(store: Store, target: Path) -> Head:
    """Write one consistent snapshot to `target` and return the head it ends with.

    A name that ends in ``.db`` gets an exact copy of the SQLite database, made by SQLite's online
    backup; any other name the portable file.

    Raises:
        BadFile: the log does not hold, so that no backup of it could be restored.
        BadSetting: `target` exists, or ``.db`` is asked of PostgreSQL.
    """
    if target.exists():
        raise BadSetting("The file exists already", which=str(target), todo="choose another name")
    breaks = store.database.read(log_breaks)
    if breaks:
        raise BadFile(
            f"The log does not hold, so a backup of it could not be restored "
            f"(row {breaks[0].row}: {breaks[0].what})",
            which=store.database.shown,
            todo="run 'diq audit verify'; keep the database itself as evidence",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix != ".db":
        return store.database.read(lambda connection: _dump(connection, target))
    if not store.database.is_sqlite:
        raise BadSetting(
            "A PostgreSQL store has no .db file",
            which=str(target),
            todo="choose a name that ends in .jsonl",
        )
    return _copy(Path(str(store.database.url.database)), target)


def restore(store: Store, actor: Actor, source: Path) -> Head:
    """Fill an empty store from a portable file, or from an exact copy, and return its head.

    The log comes back byte for byte; the state is computed from it. Leases end: what was handed
    out and not judged can be claimed again.

    Raises:
        BadFile: the file is damaged or its chain does not hold; nothing was restored.
        BadSetting: the store is not empty.
        NotAllowed: the role.
    """
    rows, notes = _read_copy(source) if _is_sqlite(source) else _read_dump(source)

    def work(ledger: Ledger) -> Head:
        ledger.permit("restore")
        if ledger.connection.execute(select(events.c.seq).limit(1)).first():
            raise BadSetting(
                "The review store is not empty",
                which=store.database.shown,
                todo="restore into a new study, or name an empty database in study.toml",
            )
        return _fill(ledger.connection, rows, notes)

    return store.change(actor, work)


def _dump(connection: Connection, target: Path) -> Head:
    end = stored_head(connection)
    sum_ = hashlib.sha256()
    with atomic(target) as partial, partial.open("wb") as file:
        for line in _lines(connection):
            file.write(line)
            sum_.update(line)
        file.write(canonical({"head": str(end), "sha256": sum_.hexdigest()}) + b"\n")
        file.flush()
    return end


def _lines(connection: Connection) -> Iterator[bytes]:
    yield canonical({"diq_review": FORMAT}) + b"\n"
    for row in stored_rows(connection):
        fields = {
            "seq": row.seq,
            "key": row.key.decode("ascii"),
            "payload": row.payload.decode("ascii"),
            "previous": row.previous.hex(),
            "hash": row.hash.hex(),
        }
        yield canonical({"event": fields}) + b"\n"
    for draft in connection.execute(select(drafts).order_by(*drafts.primary_key)).mappings():
        content = draft["content"]
        fields = {**draft, "content": None if content is None else json.loads(content)}
        yield canonical({"draft": fields}) + b"\n"


def _copy(source: Path, target: Path) -> Head:
    with (
        atomic(target) as partial,
        closing(sqlite3.connect(source)) as live,
        closing(sqlite3.connect(partial)) as copy,
    ):
        live.backup(copy)
        # One file, without the write-ahead log beside it.
        copy.execute("PRAGMA journal_mode = DELETE").close()
        seq, digest = copy.execute("SELECT seq, hash FROM head").fetchone()
    return Head(seq, bytes(digest))


def _is_sqlite(source: Path) -> bool:
    try:
        with open_regular(source) as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError as error:
        raise BadFile(
            f"The backup cannot be read: {error.strerror}",
            which=str(source),
            todo="name a file that 'diq review backup' wrote",
        ) from None


def _read_dump(source: Path) -> tuple[list[LogRow], list[dict[str, Any]]]:
    rows: list[LogRow] = []
    notes: list[dict[str, Any]] = []
    lines = source.read_bytes().splitlines(keepends=True)
    try:
        end = json.loads(lines[-1])
        whole = hashlib.sha256(b"".join(lines[:-1])).hexdigest() == end["sha256"]
        version = json.loads(lines[0])["diq_review"]
        for line in lines[1:-1]:
            entry = json.loads(line)
            if "event" in entry:
                rows.append(_row(entry["event"]))
            else:
                notes.append(entry["draft"])
        last = Head.parse(end["head"])
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, BadSetting) as error:
        raise _damaged(source, f"{type(error).__name__}") from None
    if version != FORMAT or not whole:
        raise _damaged(source, "its checksum differs" if not whole else "its format is unknown")
    breaks = verify(rows, last)
    if breaks:
        raise _broken(source, breaks)
    return rows, notes


def _row(fields: dict[str, Any]) -> LogRow:
    return LogRow(
        int(fields["seq"]),
        fields["key"].encode("ascii"),
        fields["payload"].encode("ascii"),
        bytes.fromhex(fields["previous"]),
        bytes.fromhex(fields["hash"]),
    )


def _read_copy(source: Path) -> tuple[list[LogRow], list[dict[str, Any]]]:
    engine = create_engine(URL.create("sqlite", database=str(source)))
    try:
        with engine.connect() as connection:
            breaks = log_breaks(connection)
            if breaks:
                raise _broken(source, breaks)
            rows = list(stored_rows(connection))
            found = connection.execute(select(drafts)).mappings()
            notes = [
                {**note, "content": note["content"] and json.loads(note["content"])}
                for note in found
            ]
    except (ValueError, TypeError, SQLAlchemyError) as error:
        raise _damaged(source, type(error).__name__) from None
    finally:
        engine.dispose()
    return rows, notes


def _broken(source: Path, breaks: list[Break]) -> BadFile:
    return _damaged(source, f"row {breaks[0].row}: {breaks[0].what}")


def _damaged(source: Path, what: str) -> BadFile:
    return BadFile(
        f"The backup is damaged, so nothing was restored: {what}",
        which=str(source),
        todo="use another backup",
    )


def _fill(connection: Connection, rows: list[LogRow], notes: list[dict[str, Any]]) -> Head:
    end = Head(0, bytes(32))
    for row in rows:
        event: Event = load(row.payload)
        end = write_event(connection, event, row.payload, end)
        register = apply(read_register(connection, event.slot), event)
        write_register(connection, event, register)
        tasking.follow(connection, event, register)
    for note in notes:
        content = note["content"]
        stored = None if content is None else canonical(content)
        connection.execute(insert(drafts).values({**note, "content": stored}))
    return end
