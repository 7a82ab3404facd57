"""How a queue hands out its samples, and how its plan gets into the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import Connection, select

from diq_core.errors import BadSetting, NotFound
from diq_core.review.log.events import Slot
from diq_core.review.queue.ordering import Item, as_listed, stratified
from diq_core.review.store.ledger import Ledger, Saved, read_register
from diq_core.review.store.tables import registers, tasks


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Fixed when the queue is planned.

    Attributes:
        name: the queue's name.
        form: version of the form its verdicts answer.
        overlap: how many people judge each sample; 1 or more.
        seed: of order and sides.
        order: "random" (stratified by quadrant and source, reviewers' orders differ within
            blocks) or "listed" (everybody follows the list: adjudication, certificates).
        blind: whether scores and others' ratings stay hidden.
        lease: seconds a sample stays with somebody who gives no sign; 60 or more.
        people: only these; empty = everybody who may review.
        samples: the artefact that holds its samples, as path within the study (see
            `Study.reference`); "" = not known, as in a plan of an older version.
        digest: of that artefact.
    """

    name: str
    form: str
    overlap: int = 1
    seed: int = 0
    order: Literal["random", "listed"] = "random"
    blind: bool = True
    lease: float = 1800.0
    people: tuple[str, ...] = ()
    samples: str = ""
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadSetting("The queue has no name", which="name", todo="give it one")
        if self.overlap < 1 or (self.people and self.overlap > len(set(self.people))):
            raise BadSetting(
                f"{self.overlap} people cannot judge each sample",
                which="overlap",
                todo="choose 1 or more, and at most as many as the queue is for",
            )
        if self.order not in ("random", "listed"):
            raise BadSetting("No such order", which="order", todo="use random or listed")
        if not 60 <= self.lease <= 30 * 86400:
            raise BadSetting(
                f"A lease of {self.lease} seconds is not possible",
                which="lease",
                todo="choose from 60 seconds to 30 days",
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as they are stored."""
        return {**asdict(self), "people": list(self.people)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> QueueSettings:
        """Return the settings of which `as_dict` made `values`."""
        return cls(**{**values, "people": tuple(values["people"])})


def queue_settings(connection: Connection, name: str) -> QueueSettings:
    """Return the settings of a queue.

    Raises:
        NotFound: there is no such queue.
    """
    value = read_register(connection, Slot("plan", "", "1", name)).value
    if value is None:
        raise NotFound(
            "There is no such queue", which=ascii(name), todo="plan it first, or name another one"
        )
    return QueueSettings.from_dict(value["settings"])


def make_queue(
    ledger: Ledger, name: str, items: Sequence[Item], settings: QueueSettings, *, key: str
) -> Saved:
    """Make the queue `name` within the caller's transaction, which asked for permission.

    Raises:
        BadSetting: there is one of this name already, or an item occurs twice.
    """
    slot = Slot("plan", "", "1", name)
    if ledger.seen(key) is None and ledger.register(slot).version:
        raise BadSetting(
            "There is a queue of this name already",
            which=ascii(name),
            todo="extend it, or choose another name",
        )
    return ledger.set(slot, _part(items, settings), version=0, key=key)


def extend_queue(ledger: Ledger, name: str, items: Sequence[Item], *, key: str) -> Saved:
    """Append `items` to a queue within the caller's transaction, which asked for permission.

    Raises:
        BadSetting: an item is in the queue already.
        NotFound: there is no such queue.
    """
    settings = queue_settings(ledger.connection, name)
    known = select(tasks.c.sample).where(tasks.c.queue == name)
    present = set(ledger.connection.execute(known).scalars())
    repeated = ledger.seen(key)
    for item in items:
        if item.sample in present and repeated is None:
            raise BadSetting(
                f"The sample {item.sample!a} is in this queue already",
                which=ascii(name),
                todo="leave it out",
            )
    part = repeated.slot.sample if repeated else str(_parts(ledger.connection, name) + 1)
    slot = Slot("plan", "", part, name)
    return ledger.set(slot, _part(items, settings), version=0, key=key)


def _part(items: Sequence[Item], settings: QueueSettings) -> dict[str, Any]:
    ordered = stratified(items, settings.seed) if settings.order == "random" else as_listed(items)
    return {
        "settings": settings.as_dict(),
        "overlap": settings.overlap,
        "items": [[item.sample, *(item.pair or (None, None))] for item in ordered],
    }


def _parts(connection: Connection, name: str) -> int:
    found = select(registers.c.sample).where(registers.c.kind == "plan", registers.c.scope == name)
    return len(connection.execute(found).all())
