"""Which tasks of a queue a reviewer may be handed next, best first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, exists, select

from diq_core.review.queue.ordering import BLOCK, own_order
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.tables import assignments, registers, tasks


def next_tasks(
    connection: Connection, reviewer: str, queue: str, settings: QueueSettings, count: int
) -> list[str]:
    """Return up to `count` samples: new ones, then skipped ones, then unsure ones once more."""
    if count <= 0:
        return []
    found = _fresh(connection, reviewer, queue, settings, count)
    open_ = tasks.c.taken < tasks.c.wanted
    if len(found) < count:
        skipped = _mine(reviewer, queue, "skipped").where(open_, ~_judged(reviewer, settings))
        found += connection.execute(skipped.limit(count - len(found))).scalars()
    if len(found) < count:
        unsure = _mine(reviewer, queue, "unsure").where(assignments.c.looks == 0)
        found += connection.execute(unsure.limit(count - len(found))).scalars()
    return found


def _fresh(
    connection: Connection, reviewer: str, queue: str, settings: QueueSettings, count: int
) -> list[str]:
    met = exists().where(
        assignments.c.queue == tasks.c.queue,
        assignments.c.sample == tasks.c.sample,
        assignments.c.reviewer == reviewer,
        assignments.c.state != "expired",
    )
    rows = connection.execute(
        select(tasks.c.place, tasks.c.sample)
        .where(
            tasks.c.queue == queue,
            tasks.c.taken < tasks.c.wanted,
            ~met,
            ~_judged(reviewer, settings),
        )
        .order_by(tasks.c.place)
        .limit(count + BLOCK)
    ).all()
    if settings.order == "random":
        rows = sorted(
            rows, key=lambda row: own_order(settings.seed, reviewer, row.place, row.sample)
        )
    return [row.sample for row in rows[:count]]


def _judged(reviewer: str, settings: QueueSettings) -> Any:
    return exists().where(
        registers.c.kind.in_(("verdict", "preference")),
        registers.c.reviewer == reviewer,
        registers.c.sample == tasks.c.sample,
        registers.c.scope == settings.form,
        registers.c.live,
    )


def _mine(reviewer: str, queue: str, state: str) -> Select[Any]:
    return (
        select(tasks.c.sample)
        .join(
            assignments,
            (assignments.c.queue == tasks.c.queue) & (assignments.c.sample == tasks.c.sample),
        )
        .where(
            tasks.c.queue == queue,
            assignments.c.reviewer == reviewer,
            assignments.c.state == state,
        )
        .order_by(assignments.c.until, tasks.c.place)
    )
