"""The append-only log and the state it stands for. Nothing here knows a database.

Everything that is decided is the value of a *register*: one reviewer's verdict on one sample, one
edit of one field, the adjudication of a sample, and so on. An event sets a register or undoes
the last change of it. Adding all events to a `State` gives it again; the store keeps the same state
beside the log, and the verifier compares the two.

Undo: a register keeps what was done and what was undone. An undo names the event it takes back,
which must be the last change done (step back) or the last change undone (step forward); so the
undo of an undo restores exactly what was there, also in another session or years later.
Setting a value anew clears what was undone, as in any editor.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from diq_core.errors import BadSetting

Kind = Literal[
    "form",
    "role",
    "plan",
    "assign",
    "verdict",
    "critique",
    "preference",
    "edit",
    "criterion",
    "adjudication",
    "manual",
    "choice",
    "flag",
    "note",
    "certificate",
    "gate",
]
UNDOABLE: frozenset[Kind] = frozenset(
    {
        "verdict",
        "preference",
        "edit",
        "criterion",
        "adjudication",
        "manual",
        "choice",
        "flag",
        "note",
    }
)


class Slot(NamedTuple):
    """Names a register.

    Attributes:
        kind: what is decided.
        reviewer: whose it is; "" where it belongs to the study.
        sample: about which sample, pair or person, which samples (choice), or which part (plan,
            certificate); "" where about none.
        scope: form version (verdict, preference, adjudication, gate), field (edit), criterion's
            key, queue (plan, assign), name of the prompt (critique), digest of the samples
            (certificate) or "".
    """

    kind: Kind
    reviewer: str
    sample: str
    scope: str


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log.

    Attributes:
        seq: 1 for the first event, without gaps.
        at: when, ISO 8601 in UTC.
        actor: name of who did it.
        role: the role that permitted it.
        machine: whether a model did it.
        key: names the request, so that a repeated one is recognised.
        slot: the register.
        value: the new value; None for an undo.
        undoes: seq of the event that is undone; None when a value is set.
    """

    seq: int
    at: str
    actor: str
    role: str
    machine: bool
    key: str
    slot: Slot
    value: dict[str, Any] | None
    undoes: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the event as it is stored."""
        return {**asdict(self), "slot": list(self.slot)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Event:
        """Return the event of which `as_dict` made `values`."""
        return cls(**{**values, "slot": Slot(*values["slot"])})


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a register.

    Attributes:
        by: seq of the event that put it where it is now (a set, an undo or its undo).
        origin: seq of the event that set the value.
        at: when the value was set.
        actor: who set it.
        machine: whether a model set it.
        value: the value.
    """

    by: int
    origin: int
    at: str
    actor: str
    machine: bool
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Register:
    """The value of a slot, and how it came about.

    Attributes:
        version: how many events have changed it; 0 = none.
        done: changes in force, oldest first; the last one is the value.
        undone: changes taken back, the last one taken back last.
    """

    version: int = 0
    done: tuple[Change, ...] = ()
    undone: tuple[Change, ...] = ()

    @property
    def current(self) -> Change | None:
        """The change in force, or None."""
        return self.done[-1] if self.done else None

    @property
    def value(self) -> dict[str, Any] | None:
        """The value in force, or None."""
        return self.done[-1].value if self.done else None

    def as_dict(self) -> dict[str, Any]:
        """Return the register as it is stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Register:
        """Return the register of which `as_dict` made `values`."""
        done = tuple(Change(**step) for step in values["done"])
        undone = tuple(Change(**step) for step in values["undone"])
        return cls(values["version"], done, undone)


EMPTY = Register()


def apply(register: Register, event: Event) -> Register:
    """Return what `event` makes of `register`.

    Raises:
        BadSetting: it undoes something that is not the last change.
    """
    version = register.version + 1
    if event.undoes is not None:
        return _undo(register, event.seq, event.undoes, version)
    if event.value is None:
        raise BadSetting(
            "An event neither sets nor undoes anything",
            which=f"event {event.seq}",
            todo="restore the log from a backup",
        )
    step = Change(event.seq, event.seq, event.at, event.actor, event.machine, event.value)
    # What cannot be undone needs no past: the log has it.
    done = (*register.done, step) if event.slot.kind in UNDOABLE else (step,)
    return Register(version, done)


def _undo(register: Register, seq: int, target: int, version: int) -> Register:
    if register.done and register.done[-1].by == target:
        step = _moved(register.done[-1], seq)
        return Register(version, register.done[:-1], (*register.undone, step))
    if register.undone and register.undone[-1].by == target:
        step = _moved(register.undone[-1], seq)
        return Register(version, (*register.done, step), register.undone[:-1])
    raise BadSetting(
        "Only the last change can be undone, or the last undo",
        which=f"event {target}",
        todo="look at the present state and undo the changes one after the other",
    )


def _moved(step: Change, by: int) -> Change:
    return Change(by, step.origin, step.at, step.actor, step.machine, step.value)


class State:
    """All registers; what the log stands for."""

    def __init__(self) -> None:
        self.registers: dict[Slot, Register] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.registers == other.registers

    __hash__ = None  # type: ignore[assignment]

    def register(self, slot: Slot) -> Register:
        """Return the register of `slot`; an empty one if nothing happened yet."""
        return self.registers.get(slot, EMPTY)

    def add(self, event: Event) -> None:
        """Take in the next event.

        Raises:
            BadSetting: it undoes something that is not the last change.
        """
        self.registers[event.slot] = apply(self.register(event.slot), event)
