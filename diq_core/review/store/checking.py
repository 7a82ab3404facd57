"""Check the whole store: the chain of the log, and the state against the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from diq_core.errors import BadSetting
from diq_core.review.log.audit import Break, Head, LogRow, verify
from diq_core.review.log.canonical import canonical, verbatim
from diq_core.review.log.events import Register, Slot, State
from diq_core.review.log.transcript import load, payload_of
from diq_core.review.store.changes import Store
from diq_core.review.store.stored import stored_values
from diq_core.review.store.tables import events, head, registers

_Key = tuple[Any, ...]


def check_store(store: Store, *, exported: Head | None = None) -> list[Break]:
    """Return every break of the log and every value that the log does not say; empty = whole.

    A value whose type was changed is a break too, even where its bytes are the same.

    Args:
        exported: a head that was written down earlier outside the database.
    """
    return store.database.read(lambda connection: check(connection, exported))


def check(connection: Connection, exported: Head | None = None) -> list[Break]:
    """Return the breaks of one snapshot; see `check_store`."""
    # A log that does not hold says nothing about the state.
    return log_breaks(connection, exported) or _state_breaks(connection)


def log_breaks(connection: Connection, exported: Head | None = None) -> list[Break]:
    """Return the breaks of the log alone, whatever the state kept beside it says."""
    ends = list(stored_values(connection, head))
    stored = Head(*ends[0][1:]) if ends else None
    breaks = verify(stored_rows(connection), stored, exported=exported)
    if len(ends) > 1 or (ends and ends[0][0] != 1):
        breaks.append(Break(0, "The record of the log's end is not the only one, or misnumbered"))
    return breaks


def stored_rows(connection: Connection) -> Iterator[LogRow]:
    """Yield the rows of the log in their order, their values as they are stored."""
    for values in stored_values(connection, events, events.c.seq):
        yield LogRow(*values)


def _state_breaks(connection: Connection) -> list[Break]:
    state = State()
    last: dict[Slot, int] = {}
    for row in stored_rows(connection):
        try:
            event = load(row.payload)
            if payload_of(event) != row.payload:
                return [Break(row.seq, "Its content is not written as an event is")]
            state.add(event)
        except BadSetting as error:
            return [Break(row.seq, error.what)]
        except (ValueError, KeyError, TypeError, AttributeError):
            return [Break(row.seq, "Its content is not an event")]
        last[event.slot] = event.seq
    wanted = {_key(slot): slot for slot in state.registers}
    breaks = []
    for values in stored_values(connection, registers):
        slot = wanted.pop(values[:4], None)
        if slot is None:
            breaks.append(Break(0, f"A stored {values[0]!a} is not in the log"))
        elif not _same(values[4:], state.registers[slot], last[slot]):
            breaks.append(Break(last[slot], f"The stored {slot.kind} is not the log's"))
    breaks += [Break(last[slot], f"The {slot.kind} is not stored") for slot in wanted.values()]
    return breaks


def _key(slot: Slot) -> _Key:
    return (slot.kind, *map(verbatim, slot[1:]))


def _same(values: _Key, register: Register, seq: int) -> bool:
    version, live, stored_seq, content = values
    # SQLite keeps a truth as 0 or 1; 1 is True, but neither "1" nor 1.0 may pass.
    return (
        (type(version), type(stored_seq)) == (int, int)
        and type(live) in (bool, int)
        and (version, live, stored_seq) == (register.version, register.value is not None, seq)
        and content == canonical(register.as_dict())
    )
