"""Looks into the review store that only tests take: what one person did, as it is kept."""

from __future__ import annotations

from sqlalchemy import func, select

from diq_core.review.form.answer import Criterion
from diq_core.review.log.events import UNDOABLE, Kind, Slot
from diq_core.review.store.changes import Store
from diq_core.review.store.drafting import Draft, read_draft
from diq_core.review.store.ledger import read_register
from diq_core.review.store.reading import Entry, read_entries
from diq_core.review.store.roles import Actor
from diq_core.review.store.rules import live_criteria
from diq_core.review.store.tables import assignments, registers


def own_entry(store: Store, actor: Actor, kind: Kind, sample: str, scope: str) -> Entry:
    """Return the actor's own register of `kind` on `sample`; empty where nothing was done."""
    slot = Slot(kind, actor.name, sample, scope)
    return Entry(slot, store.database.read(lambda connection: read_register(connection, slot)))


def own_edits(store: Store, actor: Actor, sample: str) -> dict[str, Entry]:
    """Return the actor's own edits of `sample` by field, withdrawn ones included."""
    query = select(registers).where(
        registers.c.kind == "edit",
        registers.c.reviewer == actor.name,
        registers.c.sample == sample,
    )
    entries = store.database.read(lambda connection: read_entries(connection, query))
    return {entry.slot.scope: entry for entry in sorted(entries, key=lambda entry: entry.slot)}


def own_history(store: Store, actor: Actor) -> list[Entry]:
    """Return what the actor last judged or undid, newest first."""
    query = (
        select(registers)
        .where(registers.c.reviewer == actor.name, registers.c.kind.in_(sorted(UNDOABLE)))
        .order_by(registers.c.seq.desc())
    )
    return store.database.read(lambda connection: read_entries(connection, query))


def criteria_of(store: Store, sample: str) -> list[Criterion]:
    """Return the yes/no criteria of `sample`, by key."""
    return store.database.read(lambda connection: live_criteria(connection, sample))


def draft_of(store: Store, actor: Actor, sample: str, form: str) -> Draft:
    """Return the actor's draft for `sample`."""
    return store.database.read(lambda connection: read_draft(connection, actor.name, sample, form))


def states_of(store: Store, queue: str) -> dict[str, int]:
    """Return how many assignments of `queue` are held, done, unsure, skipped, expired."""
    query = (
        select(assignments.c.state, func.count())
        .where(assignments.c.queue == queue)
        .group_by(assignments.c.state)
    )
    found = store.database.read(lambda connection: connection.execute(query).tuples().all())
    return dict(sorted(found))
