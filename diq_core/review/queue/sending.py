"""Samples that somebody picked by hand, sent to review: appended to a queue of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from diq_core.review.log.events import Slot
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings, extend_queue, make_queue
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Ledger
from diq_core.review.store.roles import Actor
from diq_core.review.store.tables import tasks

PICKED = "Picked by hand"
"""The queue's name; further ones, of other datasets, are numbered."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of samples that were sent.

    Attributes:
        queue: its name.
        added: how many are new in it.
        present: how many were in it already.
    """

    queue: str
    added: int
    present: int


def send(
    store: Store, actor: Actor, items: Sequence[Item], settings: QueueSettings, *, key: str
) -> Sent:
    """Append `items` to the queue of picked samples of the dataset that `settings` name.

    The queue is made where there is none. It only grows: what was sent stays in it.

    Raises:
        NotAllowed: the role does not permit it.
    """

    def work(ledger: Ledger) -> Sent:
        ledger.permit("plan")
        name, is_new = _queue_for(ledger, settings)
        known = select(tasks.c.sample).where(tasks.c.queue == name)
        present = set(ledger.connection.execute(known).scalars())
        added = [item for item in items if item.sample not in present]
        if added and is_new:
            make_queue(ledger, name, added, replace(settings, name=name), key=key)
        elif added:
            extend_queue(ledger, name, added, key=key)
        return Sent(name, len(added), len(items) - len(added))

    return store.change(actor, work)


def _queue_for(ledger: Ledger, settings: QueueSettings) -> tuple[str, bool]:
    """Return the name of the queue for these settings, and whether it is still to be made."""
    number = 1
    while True:
        name = settings.name if number == 1 else f"{settings.name} {number}"
        plan = ledger.register(Slot("plan", "", "1", name)).value
        if plan is None:
            return name, True
        found = QueueSettings.from_dict(plan["settings"])
        if (found.digest, found.form) == (settings.digest, settings.form):
            return name, False
        number += 1
