"""What a person marks beside reviewing: a flag on a sample, or a note.

Both are that person's own, stand in the log with who and when, and can be taken back like a
verdict. They change nothing in a selection; whoever searches may ask for flagged samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from diq_core.errors import BadSetting
from diq_core.review.log.events import Kind, Slot
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Ledger
from diq_core.review.store.reading import Judgement, judgements, read_entries
from diq_core.review.store.roles import Actor
from diq_core.review.store.tables import registers

NOTE_LIMIT = 5_000
"""Most characters of a note."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What was changed, to be taken back.

    Attributes:
        slot: the register.
        target: see `Store.undo`.
    """

    slot: Slot
    target: int


def flag(store: Store, actor: Actor, samples: Sequence[str], on: bool, *, key: str) -> list[Marked]:
    """Flag samples, or take the actor's flags off; those that stand so already are left alone.

    Returns:
        What was changed, in the order of `samples`.

    Raises:
        NotAllowed: the role does not permit it.
    """
    return _mark(store, actor, "flag", {sample: {"flagged": on} for sample in samples}, key)


def note(store: Store, actor: Actor, sample: str, text: str, *, key: str) -> list[Marked]:
    """Write the actor's note on a sample, in the place of an earlier one; "" takes it away.

    Raises:
        BadSetting: it is too long.
        NotAllowed: the role does not permit it.
    """
    if len(text) > NOTE_LIMIT:
        raise BadSetting(
            f"The note has {len(text):,} characters", which=f"sample {sample!a}",
            todo=f"write at most {NOTE_LIMIT:,}",
        )  # fmt: skip
    return _mark(store, actor, "note", {sample: {"text": text.strip()}}, key)


def flags(store: Store, actor: Actor, *, sample: str | None = None) -> list[Judgement]:
    """Return the flags in force that the actor may see, by sample and person."""
    found = judgements(store, actor, "flag", sample=sample)
    return [each for each in found if each.value["flagged"]]


def notes(store: Store, actor: Actor, *, sample: str | None = None) -> list[Judgement]:
    """Return the notes in force that the actor may see, by sample and person."""
    found = judgements(store, actor, "note", sample=sample)
    return [each for each in found if each.value["text"]]


def flagged(store: Store) -> list[str]:
    """Return the samples that anybody has flagged, without who did."""
    query = select(registers).where(registers.c.kind == "flag", registers.c.live)
    found = store.database.read(lambda connection: read_entries(connection, query))
    return sorted({each.slot.sample for each in found if (each.register.value or {})["flagged"]})


def _mark(
    store: Store, actor: Actor, kind: Kind, values: dict[str, dict[str, object]], key: str
) -> list[Marked]:
    def work(ledger: Ledger) -> list[Marked]:
        ledger.permit("review")
        slots = {sample: Slot(kind, actor.name, sample, "") for sample in values}
        ledger.look_up(*slots.values())
        done = []
        for sample, value in values.items():
            register = ledger.register(slots[sample])
            nothing = {"flagged": False} if kind == "flag" else {"text": ""}
            if (register.value or nothing) == value:
                continue
            saved = ledger.set(
                slots[sample], value, version=register.version, key=f"{key} {sample}"
            )
            done.append(Marked(slots[sample], saved.seq))
        return done

    return store.change(actor, work)
