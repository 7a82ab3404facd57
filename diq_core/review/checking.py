"""Check the whole store: the chain of the log, and the state against the log."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from diq_core.errors import BadSetting
from diq_core.review.audit import Break, Head, Row, verify
from diq_core.review.canonical import canonical
from diq_core.review.events import Slot, State
from diq_core.review.ledger import slot_of
from diq_core.review.store import Store
from diq_core.review.tables import events, head, registers
from diq_core.review.transcript import load


def check_store(store: Store, *, exported: Head | None = None) -> list[Break]:
    """Return every break of the log and every value that the log does not say; empty = whole.

    Args:
        exported: a head that was written down earlier outside the database.
    """
    return store.database.read(lambda connection: check(connection, exported))


def check(connection: Connection, exported: Head | None = None) -> list[Break]:
    """Return the breaks of one snapshot; see `check_store`."""
    row = connection.execute(select(head.c.seq, head.c.hash)).one_or_none()
    stored = None if row is None else Head(row.seq, bytes(row.hash))
    breaks = verify(stored_rows(connection), stored, exported=exported)
    # A log that does not hold says nothing about the state.
    return breaks or _state_breaks(connection)


def stored_rows(connection: Connection) -> Iterator[Row]:
    """Yield the rows of the log in their order."""
    for row in connection.execute(select(events).order_by(events.c.seq)):
        yield Row(row.seq, bytes(row.key), bytes(row.payload), bytes(row.previous), bytes(row.hash))


def _state_breaks(connection: Connection) -> list[Break]:
    state = State()
    last: dict[Slot, int] = {}
    for row in stored_rows(connection):
        event = load(row.payload)
        try:
            state.add(event)
        except BadSetting as error:
            return [Break(row.seq, error.what)]
        last[event.slot] = event.seq
    breaks = []
    for stored in connection.execute(select(registers)):
        slot = slot_of(stored)
        expected = state.registers.pop(slot, None)
        if (
            expected is None
            or bytes(stored.content) != canonical(expected.as_dict())
            or stored.version != expected.version
            or stored.live != (expected.value is not None)
            or stored.seq != last[slot]
        ):
            breaks.append(Break(last.get(slot, 0), f"The stored {slot.kind} is not the log's"))
    breaks += [Break(last[slot], f"The {slot.kind} is not stored") for slot in state.registers]
    return breaks
