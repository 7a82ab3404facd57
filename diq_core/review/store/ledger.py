"""One change of the store: lock the log's end, ask for the role, append, keep the state in step."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, insert, or_, select, update

from diq_core.errors import BadSetting
from diq_core.review.log.audit import Head, chained
from diq_core.review.log.canonical import canonical, digest, verbatim
from diq_core.review.log.events import EMPTY, Event, Register, Slot, apply
from diq_core.review.log.transcript import load, payload_of
from diq_core.review.refusals import Conflict, NotAllowed
from diq_core.review.store import roles, tasking
from diq_core.review.store.roles import Action, Actor, Role
from diq_core.review.store.stored import stored_head
from diq_core.review.store.tables import events, head, registers

SIZE_LIMIT = 4_000_000
"""Most bytes of one event."""
_ID_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Saved:
    """What a change acknowledges: it is committed and on the disk.

    Attributes:
        seq: number of the event in the log.
        version: version of the changed register, to be sent with the next change of it.
        repeated: whether the same request had been saved before; nothing was added.
    """

    seq: int
    version: int
    repeated: bool = False


class Ledger:
    """The log within one writing transaction of `actor`, which nobody else can append to.

    Attributes:
        actor: who changes.
        role: the role that counts, see `effective_role`.
        now: the time of the change, in UTC.
    """

    def __init__(self, connection: Connection, actor: Actor, now: datetime) -> None:
        self.connection = connection
        if connection.dialect.name == "postgresql":
            # Writers pass in the order they came; readers are not held up. On SQLite the
            # transaction itself is the only writer.
            connection.exec_driver_sql("LOCK TABLE head IN EXCLUSIVE MODE")
        self._head = stored_head(connection)
        self.actor = actor
        self.now = now
        self.role = effective_role(connection, actor)
        self._known: dict[Slot, Register] = {}

    def permit(self, action: Action) -> None:
        """Pass if the actor may do this.

        Raises:
            NotAllowed: they may not.
        """
        roles.permit(self.role, action)

    def register(self, slot: Slot) -> Register:
        """Return the register of `slot`."""
        if slot not in self._known:
            self.look_up(slot)
        return self._known[slot]

    def look_up(self, *slots: Slot) -> None:
        """Read several registers in one go: every round trip is time the others wait."""
        wanted = [slot for slot in slots if slot not in self._known]
        self._known |= dict.fromkeys(wanted, EMPTY)
        rows = self.connection.execute(select(registers).where(or_(*map(_at, wanted))))
        self._known |= {slot_of(row): register_of(row.content) for row in rows}

    def set(self, slot: Slot, value: dict[str, Any], *, version: int, key: str) -> Saved:
        """Set a register.

        Args:
            slot: which one.
            value: its new value, JSON-able.
            version: the version the actor saw.
            key: names the request; the same key with the same value is saved once.

        Raises:
            Conflict: the register has another version, or `key` named another request.
        """
        value = json.loads(canonical(value))
        repeated = self._repeated(slot, key, lambda event: event.value == value, value)
        if repeated:
            return repeated
        register = self.register(slot)
        if register.version != version:
            raise Conflict(
                f"This was changed meanwhile (version {register.version}, you saw {version})",
                which=_named(slot),
                mine=value,
                theirs=register.value,
                version=register.version,
            )
        return self._append(slot, register, value, None, key)

    def undo(self, slot: Slot, *, target: int, key: str) -> Saved:
        """Take back the last change of a register, or its last undo.

        Args:
            slot: which one.
            target: ``Change.by`` of that change.
            key: names the request.

        Raises:
            Conflict: something was changed since, or `key` named another request.
        """
        repeated = self._repeated(slot, key, lambda event: event.undoes == target, target)
        if repeated:
            return repeated
        register = self.register(slot)
        if target not in {steps[-1].by for steps in (register.done, register.undone) if steps}:
            raise Conflict(
                "Only the last change can be undone, and this one is not the last any more",
                which=_named(slot),
                mine={"undo": target},
                theirs=register.value,
                version=register.version,
            )
        return self._append(slot, register, None, target, key)

    def seen(self, key: str) -> Event | None:
        """Return the event that the actor's request `key` made earlier, or None."""
        found = self.connection.execute(
            select(events.c.payload).where(events.c.key == self._own(key).encode("ascii"))
        ).scalar()
        return None if found is None else load(found)

    def _append(
        self,
        slot: Slot,
        register: Register,
        value: dict[str, Any] | None,
        undoes: int | None,
        key: str,
    ) -> Saved:
        check_slot(slot)
        assert self.role is not None
        event = Event(
            seq=self._head.seq + 1,
            at=self.now.isoformat(timespec="microseconds"),
            actor=self.actor.name,
            role=self.role,
            machine=self.actor.machine,
            key=self._own(key),
            slot=slot,
            value=value,
            undoes=undoes,
        )
        payload = payload_of(event)
        if len(payload) > SIZE_LIMIT:
            raise BadSetting(
                f"This is too large to be saved ({len(payload)} bytes)",
                which=_named(slot),
                todo=f"keep it below {SIZE_LIMIT} bytes",
            )
        self._head = write_event(self.connection, event, payload, self._head)
        after = apply(register, event)
        write_register(self.connection, event, after)
        self._known[slot] = after
        tasking.follow(self.connection, event, after)
        return Saved(event.seq, after.version)

    def _repeated(
        self, slot: Slot, key: str, same: Callable[[Event], bool], mine: Any
    ) -> Saved | None:
        event = self.seen(key)
        if event is None:
            return None
        register = self.register(slot)
        if event.slot != slot or not same(event):
            raise Conflict(
                "This request's key was used for another one",
                which=_named(slot),
                mine=mine,
                theirs=event.value,
                version=register.version,
            )
        return Saved(event.seq, register.version, repeated=True)

    def _own(self, key: str) -> str:
        # Nobody can take up, or guess at, somebody else's key.
        return digest([self.actor.name, key])


def effective_role(connection: Connection, actor: Actor) -> Role | None:
    """Return the role that counts; None = somebody without a role.

    Once a role has been given to anybody, only roles given in the store count; before that the
    store serves one person on a laptop, and the claimed role is taken.
    """
    register = read_register(connection, Slot("role", "", actor.name, ""))
    if register.value is not None:
        given = register.value["role"]
        return roles.checked_role(given) if given else None
    is_team = connection.execute(select(exists().where(registers.c.kind == "role"))).scalar()
    return None if is_team else actor.role


def read_register(connection: Connection, slot: Slot) -> Register:
    """Return the stored register of `slot`; an empty one where there is none."""
    row = connection.execute(select(registers.c.content).where(_at(slot))).scalar()
    return EMPTY if row is None else register_of(row)


def register_of(content: bytes) -> Register:
    """Return the register that a row of `registers` holds."""
    return Register.from_dict(json.loads(content))


def write_event(connection: Connection, event: Event, payload: bytes, last: Head) -> Head:
    """Append `payload` to the log after `last` and return the new head."""
    new = Head(event.seq, chained(last.hash, payload))
    connection.execute(
        insert(events).values(
            seq=event.seq,
            key=event.key.encode("ascii"),
            payload=payload,
            previous=last.hash,
            hash=new.hash,
        )
    )
    connection.execute(update(head).values(seq=new.seq, hash=new.hash))
    return new


def write_register(connection: Connection, event: Event, register: Register) -> None:
    """Store what `event` made of its register."""
    values = {
        "version": register.version,
        "live": register.value is not None,
        "seq": event.seq,
        "content": canonical(register.as_dict()),
    }
    if register.version > 1:
        connection.execute(update(registers).where(_at(event.slot)).values(**values))
    else:
        connection.execute(insert(registers).values(**event.slot._asdict(), **values))


def check_slot(slot: Slot) -> None:
    """Pass if all names in `slot` can be indexed by both databases.

    Raises:
        BadSetting: one is too long.
    """
    for field in ("reviewer", "sample", "scope"):
        text = getattr(slot, field)
        limit = roles.NAME_LIMIT if field != "sample" else _ID_LIMIT
        if len(verbatim(text)) > limit:
            raise BadSetting(
                "This name is too long for a review",
                which=field,
                todo=f"use at most {limit} characters (fewer in other scripts)",
            )


def refuse_unless(allowed: bool, what: str, *, which: str, todo: str) -> None:
    """Pass if `allowed`.

    Raises:
        NotAllowed: otherwise, with these words.
    """
    if not allowed:
        raise NotAllowed(what, which=which, todo=todo)


def slot_of(row: Row[Any]) -> Slot:
    """Return the slot of a row of `registers`."""
    return Slot(row.kind, row.reviewer, row.sample, row.scope)


def _at(slot: Slot) -> ColumnElement[bool]:
    columns = (registers.c.kind, registers.c.reviewer, registers.c.sample, registers.c.scope)
    return and_(*(column == part for column, part in zip(columns, slot, strict=True)))


def _named(slot: Slot) -> str:
    parts = [ascii(part) for part in slot[1:] if part]
    return f"{slot.kind} {', '.join(parts)}" if parts else slot.kind
