"""Who sees what next: queues with overlap, leases and a second look, each claim one transaction.

A queue is planned once and may be extended; its order, sides and settings are in the log, on the
server only. A reviewer is handed samples they have not judged yet, each to at most `overlap`
people at a time. What they see is a `Task`: no score, no quadrant, no source, nobody's ratings.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from diq_core.errors import NotFound
from diq_core.review.log.events import Slot
from diq_core.review.queue.candidates import next_tasks
from diq_core.review.queue.ordering import Item, is_swapped, own_order
from diq_core.review.queue.plans import QueueSettings, extend_queue, make_queue, queue_settings
from diq_core.review.store import tasking
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Ledger, Saved, refuse_unless
from diq_core.review.store.roles import Actor
from diq_core.review.store.tables import assignments, tasks


@dataclass(frozen=True, slots=True)
class Task:
    """What a reviewer is handed.

    Attributes:
        queue: name of the queue.
        sample: the sample's id, or the pair's name.
        pair: the references on the left and on the right, already in this reviewer's order; None
            where a single sample is judged. Never show a reference: it may tell which is which.
        blind: whether scores and others' ratings must stay hidden on the page.
        looks: 1 where it comes back after "unsure", else 0.
        until: end of the lease, seconds since 1970.
    """

    queue: str
    sample: str
    pair: tuple[str, str] | None
    blind: bool
    looks: int
    until: float


def plan(
    store: Store,
    actor: Actor,
    name: str,
    items: Sequence[Item],
    settings: QueueSettings,
    *,
    key: str,
) -> Saved:
    """Make the queue `name`.

    Raises:
        BadSetting: there is one of this name already, or an item occurs twice.
        NotAllowed: the role.
    """

    def work(ledger: Ledger) -> Saved:
        ledger.permit("plan")
        return make_queue(ledger, name, items, settings, key=key)

    return store.change(actor, work)


def extend(store: Store, actor: Actor, name: str, items: Sequence[Item], *, key: str) -> Saved:
    """Append `items` to a queue, e.g. the samples a certificate asks for next.

    Raises:
        BadSetting: an item is in the queue already.
        NotFound: there is no such queue.
    """

    def work(ledger: Ledger) -> Saved:
        ledger.permit("plan")
        return extend_queue(ledger, name, items, key=key)

    return store.change(actor, work)


def claim(store: Store, actor: Actor, name: str, *, ahead: int = 1) -> list[Task]:
    """Return the actor's next `ahead` tasks, first the ones they hold already; fewer at the end.

    Asking again (after a reload, a crash, a lost reply) gives the same tasks and renews their
    lease. New ones come first, then skipped ones, then a second look at unsure ones.

    Raises:
        NotFound: there is no such queue.
        NotAllowed: the role, or the queue is for other people.
    """
    keys = [uuid.uuid4().hex for _ in range(ahead)]

    def work(ledger: Ledger) -> list[Task]:
        ledger.permit("review")
        settings = queue_settings(ledger.connection, name)
        _refuse_outsider(settings, actor, name)
        now = ledger.now.timestamp()
        tasking.release_expired(ledger.connection, name, now)
        until = now + settings.lease
        _renew(ledger.connection, actor, name, until)
        held = _held(ledger.connection, actor, name, settings)
        missing = ahead - len(held)
        fresh = next_tasks(ledger.connection, actor.name, name, settings, missing)
        for sample, key in zip(fresh, keys, strict=False):
            _hand_out(ledger, name, sample, state="held", until=until, settings=settings, key=key)
        rows = held[:ahead] + _rows(ledger.connection, actor, name, fresh)
        return [_task(row, actor, settings) for row in rows]

    return store.change(actor, work)


def skip(store: Store, actor: Actor, name: str, sample: str, *, key: str) -> Saved:
    """Put a task aside: it is free for others, and comes back to the actor after all new ones.

    Raises:
        NotFound: the actor does not hold it.
    """

    def work(ledger: Ledger) -> Saved:
        ledger.permit("review")
        settings = queue_settings(ledger.connection, name)
        repeated = ledger.seen(key)
        rows = _rows(ledger.connection, actor, name, [sample])
        if repeated is None and not (rows and rows[0].state == "held"):
            raise NotFound(
                "You do not hold this sample",
                which=f"queue {name!a}, sample {sample!a}",
                todo="go on with the next one",
            )
        until = repeated.value["until"] if repeated and repeated.value else ledger.now.timestamp()
        return _hand_out(
            ledger, name, sample, state="skipped", until=until, settings=settings, key=key
        )

    return store.change(actor, work)


def _refuse_outsider(settings: QueueSettings, actor: Actor, name: str) -> None:
    refuse_unless(
        not settings.people or actor.name in settings.people,
        "This queue is for other people",
        which=f"queue {name!a}",
        todo="choose another queue, or ask the curator",
    )


def _hand_out(
    ledger: Ledger,
    name: str,
    sample: str,
    *,
    state: str,
    until: float,
    settings: QueueSettings,
    key: str,
) -> Saved:
    slot = Slot("assign", ledger.actor.name, sample, name)
    value = {"state": state, "until": until, "form": settings.form}
    return ledger.set(slot, value, version=ledger.register(slot).version, key=key)


def _renew(connection: Connection, actor: Actor, name: str, until: float) -> None:
    connection.execute(
        update(assignments)
        .where(
            assignments.c.queue == name,
            assignments.c.reviewer == actor.name,
            assignments.c.state == "held",
        )
        .values(until=until)
    )


def _held(
    connection: Connection, actor: Actor, name: str, settings: QueueSettings
) -> list[Row[Any]]:
    rows = connection.execute(
        _joined(name, actor).where(assignments.c.state == "held").order_by(tasks.c.place)
    ).all()
    if settings.order == "listed":
        return list(rows)
    return sorted(
        rows,
        key=lambda row: (
            row.looks,
            own_order(settings.seed, actor.name, row.place, row.sample),
        ),
    )


def _rows(
    connection: Connection, actor: Actor, name: str, samples: Sequence[str]
) -> list[Row[Any]]:
    found = connection.execute(_joined(name, actor).where(tasks.c.sample.in_(samples)))
    rows = {row.sample: row for row in found}
    return [rows[sample] for sample in samples if sample in rows]


def _joined(name: str, actor: Actor) -> Any:
    return (
        select(
            tasks.c.sample,
            tasks.c.place,
            tasks.c.first,
            tasks.c.second,
            assignments.c.state,
            assignments.c.until,
            assignments.c.looks,
        )
        .join(
            assignments,
            (assignments.c.queue == tasks.c.queue) & (assignments.c.sample == tasks.c.sample),
        )
        .where(tasks.c.queue == name, assignments.c.reviewer == actor.name)
    )


def _task(row: Row[Any], actor: Actor, settings: QueueSettings) -> Task:
    pair = None if row.first is None else (row.first, row.second)
    if pair and is_swapped(settings.seed, actor.name, row.sample):
        pair = pair[::-1]
    return Task(settings.name, row.sample, pair, settings.blind, row.looks, row.until)
