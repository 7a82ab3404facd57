"""The hash chain over the log: every row vouches for all rows before it.

A row's hash is SHA-256 of the hash before it and the row's bytes. The head (number and hash of the
last row) is kept apart from the rows, so a log that was cut at its end is noticed too.

What this cannot notice: a log that somebody with full write access rewrote from some row on,
hashes and head included. Only a head that was written down elsewhere shows that: see `Head`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from diq_core.errors import BadSetting

GENESIS = bytes(32)
"""What stands before the first row."""

_TYPES = {bytes: "bytes", str: "text", int: "a whole number", float: "a fraction"}


@dataclass(frozen=True, slots=True)
class LogRow:
    """One stored row of the log, its values as they are stored.

    SQLite may hold a value of another type in any of them; `verify` says so.
    """

    seq: int
    key: bytes
    payload: bytes
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """How long the log is and what its last hash is; ``str`` gives a line to write down."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Return the head of which ``str`` made `text`.

        Raises:
            BadSetting: `text` is no head.
        """
        if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
            raise BadSetting(
                "This is not the head of a log",
                which="--head",
                todo="give what 'diq audit head' printed, a number, a colon and 64 hex digits",
            )
        number, _, digits = text.partition(":")
        return cls(int(number), bytes.fromhex(digits))


@dataclass(frozen=True, slots=True)
class Break:
    """Where the log does not hold.

    Attributes:
        row: number of the row; 0 = the log as a whole.
        what: what is wrong, as a sentence without its full stop.
    """

    row: int
    what: str


EMPTY_HEAD = Head(0, GENESIS)


def chained(previous: bytes, payload: bytes) -> bytes:
    """Return the hash of a row: 32 bytes."""
    return hashlib.sha256(previous + payload).digest()


def verify(
    rows: Iterable[LogRow], head: Head | None, *, exported: Head | None = None
) -> list[Break]:
    """Return every break of the chain; an empty list = whole.

    Args:
        rows: the rows in the order of their numbers.
        head: the stored head; None = it is missing, which is a break.
        exported: a head that was written down earlier; later rows may have been added.
    """
    breaks: list[Break] = []
    last = EMPTY_HEAD
    seen = exported is None or exported == EMPTY_HEAD
    for row in rows:
        number = row.seq if type(row.seq) is int else last.seq + 1
        breaks += [Break(number, what) for what in _mistyped(row) or _faults(row, last)]
        last = Head(number, row.hash)
        seen = seen or last == exported
    if head is None:
        breaks.append(Break(0, "The record of the log's end is missing"))
    elif head != last:
        breaks.append(
            Break(
                last.seq,
                f"The log ends at row {last.seq}, but {head.seq} rows were written, "
                "or its last hash is another one",
            )
        )
    if not seen and exported is not None:
        breaks.append(
            Break(exported.seq, "The head that was written down earlier is not in this log")
        )
    return breaks


def _mistyped(row: LogRow) -> list[str]:
    faults = [] if type(row.seq) is int else [f"Its number is stored as {_kept_as(row.seq)}"]
    for name in ("key", "payload", "previous", "hash"):
        value = getattr(row, name)
        if type(value) is not bytes:
            faults.append(f"Its {name} is stored as {_kept_as(value)}, not as bytes")
    return faults


def _kept_as(value: object) -> str:
    return "nothing" if value is None else _TYPES.get(type(value), type(value).__name__)


def _faults(row: LogRow, last: Head) -> list[str]:
    faults = []
    if row.seq != last.seq + 1:
        faults.append(f"LogRow {last.seq + 1} is missing or misnumbered")
    if row.previous != last.hash:
        faults.append("It does not follow from the row before it")
    if row.hash != chained(row.previous, row.payload):
        faults.append("Its content was changed")
    if _named(row.payload) != (row.seq, row.key):
        faults.append("Its number or key is not the one in its content")
    return faults


def _named(payload: bytes) -> tuple[int, bytes] | None:
    try:
        values = json.loads(payload)
        return int(values["seq"]), str(values["key"]).encode("ascii")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
