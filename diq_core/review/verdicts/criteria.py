"""A sample's own yes/no criteria as a curator sees them: who set them, what was withdrawn."""

from __future__ import annotations

from sqlalchemy import func, select

from diq_core.review.log.events import Slot
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import register_of
from diq_core.review.store.reading import Entry
from diq_core.review.store.tables import registers


def criterion_entries(store: Store, sample: str) -> list[Entry]:
    """Return every criterion that `sample` has or had, in the order of their keys.

    A withdrawn one has no value and a ``redo_target``.
    """
    query = select(registers.c.scope, registers.c.content).where(
        registers.c.kind == "criterion", registers.c.sample == sample
    )
    rows = store.database.read(lambda connection: connection.execute(query).all())
    found = [
        Entry(Slot("criterion", "", sample, row.scope), register_of(row.content)) for row in rows
    ]
    return sorted(found, key=lambda entry: _order(entry.slot.scope))


def samples_with_criteria(store: Store) -> dict[str, int]:
    """Return the samples that have criteria in force, by id, with how many."""
    query = (
        select(registers.c.sample, func.count())
        .where(registers.c.kind == "criterion", registers.c.live)
        .group_by(registers.c.sample)
    )
    found = store.database.read(lambda connection: connection.execute(query).tuples().all())
    return dict(sorted(found))


def free_key(entries: list[Entry]) -> str:
    """Return a key that none of a sample's criteria has or had: "c1", "c2", …"""
    taken, number = {entry.slot.scope for entry in entries}, 1
    while f"c{number}" in taken:
        number += 1
    return f"c{number}"


def _order(key: str) -> tuple[int, str]:
    return len(key), key
