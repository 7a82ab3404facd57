"""Choices among samples that ask the same, or nearly the same: which of them stay, and why.

A sample is named by what it says (`content_id`), so that a choice holds in every dataset of the
study that has these very samples, and in no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from diq_core.errors import BadSetting
from diq_core.review.log.canonical import digest
from diq_core.review.log.events import Register, Slot
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Ledger, Saved
from diq_core.review.store.reading import read_entries
from diq_core.review.store.roles import Actor
from diq_core.review.store.tables import registers

Stays = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice in force.

    Attributes:
        stays: `content_id` of each sample of the group → "in" or "out".
        why: in the words of whoever chose.
        by: who that is.
        at: when, ISO 8601 in UTC.
        version: of the register.
        target: what to undo to take it back.
    """

    stays: Mapping[str, Stays]
    why: str
    by: str
    at: str
    version: int
    target: int


def slot_of_group(contents: Mapping[str, Stays]) -> Slot:
    """Return the register of the choice among these samples, whatever their order."""
    return Slot("choice", "", digest(sorted(contents)), "")


def choose(
    store: Store,
    actor: Actor,
    stays: Mapping[str, Stays],
    *,
    why: str,
    version: int,
    key: str,
) -> Saved:
    """Say which samples of a group stay; an earlier choice among the same ones is replaced.

    Args:
        stays: `content_id` of each sample of the group → "in" or "out".

    Raises:
        BadSetting: it is no group, or no reason is given.
        Conflict: somebody else chose meanwhile.
        NotAllowed: the role does not permit it.
    """
    if len(stays) < 2 or not set(stays.values()) <= {"in", "out"}:
        raise BadSetting(
            "There is nothing to choose among", which="samples", todo="name two samples or more"
        )
    if not why.strip():
        raise BadSetting("A reason is missing", which="why", todo="say why in a few words")

    def work(ledger: Ledger) -> Saved:
        ledger.permit("curate")
        value = {"stays": dict(sorted(stays.items())), "why": why}
        return ledger.set(slot_of_group(stays), value, version=version, key=key)

    return store.change(actor, work)


def choices(store: Store) -> list[Choice]:
    """Return the choices in force, the earliest first."""
    query = select(registers).where(registers.c.kind == "choice", registers.c.live)
    found = store.database.read(lambda connection: read_entries(connection, query))
    made = [_choice(entry.register) for entry in found]
    return sorted(made, key=lambda one: (one.at, sorted(one.stays)))


def _choice(register: Register) -> Choice:
    step = register.done[-1]
    value = step.value
    return Choice(value["stays"], value["why"], step.actor, step.at, register.version, step.by)
