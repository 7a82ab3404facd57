"""One piece of work that waits for its turn: what it is, how it is read, where it stands.

The file that holds them, and every change of it, is `ledger`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diq_core.jobs.argument_list import read_command
from diq_core.jobs.order import Order, read_order
from diq_core.kinds import Kind
from diq_core.records import checked

EntryState = Literal["waiting", "running", "stopping", "done", "failed", "stopped", "skipped"]
OPEN: tuple[EntryState, ...] = ("waiting", "running", "stopping")


@dataclass(frozen=True)
class Entry:
    """One piece of work in the line.

    Attributes:
        number: its place; smaller ones are begun first. Never given twice.
        order: what is to be made.
        after: numbers of the entries that must be done before.
        state: "stopping" = a person asked it to stop; "stopped" = they got it; "skipped" = not
            run, because an entry it needs was not done.
        tries: how often it was begun.
        resumes: whether an earlier try got so far that the next one goes on from there.
        slot: which of the places beside each other it has, from 0; −1 = it does not run.
        parent: number of the entry whose job added this one; 0 = none.
        added: seconds since 1970.
        message: why it ended so, or why it waits again.
        signature: of the machine that wrote it; see `signing`.
    """

    number: int
    order: Order
    after: tuple[int, ...] = ()
    state: EntryState = "waiting"
    tries: int = 0
    resumes: bool = False
    slot: int = -1
    parent: int = 0
    added: float = 0.0
    message: str = ""
    signature: str = ""

    @property
    def kind(self) -> Kind:
        """Kind of what it makes."""
        return self.order.kind

    @property
    def name(self) -> str:
        """Name of what it makes."""
        return self.order.name

    @property
    def is_open(self) -> bool:
        """Whether it still has to be run, or runs."""
        return self.state in OPEN

    @property
    def facts(self) -> tuple[int, str, tuple[int, ...]]:
        """What is signed: everything that decides what is run."""
        return self.number, self.order.text, self.after

    @property
    def title(self) -> str:
        """What it makes, e.g. ``"run 'main'"``."""
        return self.order.title


@dataclass(frozen=True)
class Unread:
    """What stands in the line and is never run, because it cannot be understood.

    Attributes:
        value: as the file has it, so that it stays there.
        why: what is wrong with it.
    """

    value: dict[str, Any]
    why: str

    @property
    def number(self) -> int:
        """Its number, so that it is not given again; 0 = it has none."""
        number = self.value.get("number")
        return number if type(number) is int else 0


def find_open(found: Sequence[Entry], kind: str, name: str) -> Entry | None:
    """Return the entry that waits or runs for that artefact; there is at most one."""
    return next((one for one in found if one.is_open and (one.kind, one.name) == (kind, name)),
                None)  # fmt: skip


def place(found: Sequence[Entry], entry: Entry) -> int:
    """Return how many entries wait up to this one; 1 = it is the next."""
    return sum(one.state == "waiting" and one.number <= entry.number for one in found)


def why_it_waits(found: Sequence[Entry], entry: Entry) -> str:
    """Return what an entry waits for, e.g. ``"Waiting: 2nd in line, after the run 'a'"``."""
    needed = [one.title for one in found if one.number in entry.after and one.is_open]
    after = f", after the {' and the '.join(needed)}" if needed else ""
    said = f". {entry.message}" if entry.message else ""
    return f"Waiting: {_ordinal(place(found, entry))} in line{after}{said}"


def read_entry(value: dict[str, Any], which: str) -> Entry:
    """Return the entry that stands in the file as `value`.

    Raises:
        BadFile: it is none; the message begins with `which`.
    """
    todo = "take this entry out with: diq queue cancel NUMBER"
    if "order" not in value:
        # As earlier versions wrote it.
        old = checked(_Old, value, which=which, todo=todo)
        value = {**value, "order": read_command(old.kind, old.name, old.command)}
    else:
        value = {**value, "order": read_order(value["order"], which=which)}
    return checked(Entry, value, which=which, todo=todo)


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


@dataclass(frozen=True)
class _Old:
    kind: Kind
    name: str
    command: tuple[str, ...]
