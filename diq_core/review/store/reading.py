"""What the store says: own judgements for everybody, everybody's for those who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from diq_core.review.form.gate import Gate
from diq_core.review.log.audit import Head
from diq_core.review.log.events import Event, Kind, Register, Slot
from diq_core.review.log.transcript import load
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import effective_role, read_register, register_of, slot_of
from diq_core.review.store.roles import Action, Actor, Role, allows, permit
from diq_core.review.store.stored import stored_head
from diq_core.review.store.tables import events, registers


@dataclass(frozen=True, slots=True)
class Entry:
    """One register and what may be done with it.

    Attributes:
        slot: which one.
        register: its value and past.
    """

    slot: Slot
    register: Register

    @property
    def undo_target(self) -> int | None:
        """What to give to ``Store.undo`` to step back; None = nothing to take back."""
        return self.register.done[-1].by if self.register.done else None

    @property
    def redo_target(self) -> int | None:
        """What to give to ``Store.undo`` to step forward again; None = nothing was undone."""
        return self.register.undone[-1].by if self.register.undone else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A value in force: a verdict, preference, edit, adjudication, manual choice.

    Attributes:
        sample: the sample's id, or the pair's name.
        reviewer: who judged; "" where it is the study's (adjudication, manual choice).
        scope: form version, or the edited field.
        value: as it was stored; a verdict has ``answer`` and ``seconds``.
        by: who set it.
        machine: whether that is a model.
        at: when, ISO 8601 in UTC.
        version: of the register.
    """

    sample: str
    reviewer: str
    scope: str
    value: dict[str, Any]
    by: str
    machine: bool
    at: str
    version: int


def judgement_of(slot: Slot, register: Register) -> Judgement:
    """Return the value in force of a register that has one."""
    step = register.done[-1]
    return Judgement(
        sample=slot.sample,
        reviewer=slot.reviewer,
        scope=slot.scope,
        value=step.value,
        by=step.actor,
        machine=step.machine,
        at=step.at,
        version=register.version,
    )


def role_of(store: Store, actor: Actor) -> Role | None:
    """Return the role that counts for `actor`; None = none."""
    return store.database.read(lambda connection: effective_role(connection, actor))


def can(store: Store, actor: Actor, action: Action) -> bool:
    """Return whether `actor` may do this, to hide what they cannot; every change asks again."""
    role = role_of(store, actor)
    return role is not None and allows(role, action)


def study_entry(store: Store, kind: Kind, sample: str, scope: str) -> Entry:
    """Return a register of the study: adjudication, manual, criterion, role."""
    slot = Slot(kind, "", sample, scope)
    return Entry(slot, store.database.read(lambda connection: read_register(connection, slot)))


def gate_of(store: Store, version: str) -> Gate:
    """Return what a machine judge must reach, by this version of the form; as it is by default
    where nobody said so."""
    value = study_entry(store, "gate", "", version).register.value
    return Gate(**value) if value else Gate()


def judgements(
    store: Store, actor: Actor, kind: Kind, *, scope: str | None = None, sample: str | None = None
) -> list[Judgement]:
    """Return all values of `kind` in force, by sample and reviewer.

    Who may not see others' judgements gets their own only. Models' verdicts are among them,
    marked; keep them apart from people's.

    Args:
        scope: only of this form version, field, criterion.
        sample: only of this sample.
    """
    query = _in_force(kind, scope)
    if sample is not None:
        query = query.where(registers.c.sample == sample)

    def work(connection: Connection) -> list[Entry]:
        role = effective_role(connection, actor)
        is_own = role is None or not allows(role, "read_all")
        mine = registers.c.reviewer.in_((actor.name, ""))
        return read_entries(connection, query.where(mine) if is_own else query)

    return _judgements(store.database.read(work))


def all_judgements(connection: Connection, kind: Kind, scope: str) -> list[Judgement]:
    """Return what `judgements` does, to a transaction that asked for permission."""
    return _judgements(read_entries(connection, _in_force(kind, scope)))


def manual_choices(store: Store) -> dict[str, str]:
    """Return the samples put in or out by hand: id → "in" or "out"."""
    query = select(registers).where(registers.c.kind == "manual", registers.c.live)
    entries = store.database.read(lambda connection: read_entries(connection, query))
    chosen = {entry.slot.sample: (entry.register.value or {})["choice"] for entry in entries}
    return {sample: chosen[sample] for sample in sorted(chosen) if chosen[sample] != "auto"}


def people(store: Store) -> dict[str, str]:
    """Return who has which role; empty = one person on a laptop."""
    query = select(registers).where(registers.c.kind == "role")
    entries = store.database.read(lambda connection: read_entries(connection, query))
    given = {entry.slot.sample: (entry.register.value or {}).get("role") for entry in entries}
    return {name: role for name, role in sorted(given.items()) if role}


def log(store: Store, actor: Actor, *, after: int = 0, limit: int = 1000) -> list[Event]:
    """Return events in their order, from the one after number `after`.

    Raises:
        NotAllowed: the actor may not see others' judgements.
    """

    def work(connection: Connection) -> list[Event]:
        permit(effective_role(connection, actor), "read_all")
        query = select(events.c.payload).where(events.c.seq > after)
        found = connection.execute(query.order_by(events.c.seq).limit(limit))
        return [load(payload) for payload in found.scalars()]

    return store.database.read(work)


def log_head(store: Store) -> Head:
    """Return the head of the log, to be written down outside the database.

    Raises:
        BadFile: it is damaged.
    """
    return store.database.read(stored_head)


def read_entries(connection: Connection, query: Select[Any]) -> list[Entry]:
    rows = connection.execute(query)
    return [Entry(slot_of(row), register_of(row.content)) for row in rows]


def _in_force(kind: Kind, scope: str | None) -> Select[Any]:
    query = select(registers).where(registers.c.kind == kind, registers.c.live)
    return query if scope is None else query.where(registers.c.scope == scope)


def _judgements(entries: list[Entry]) -> list[Judgement]:
    found = [judgement_of(entry.slot, entry.register) for entry in entries]
    return sorted(found, key=lambda one: (one.sample, one.reviewer, one.scope))
