"""How far each queue is: what was planned, handed out and done."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from diq_core.review.queue.plans import QueueSettings, queue_settings
from diq_core.review.store.changes import Store
from diq_core.review.store.reading import read_entries
from diq_core.review.store.tables import assignments, registers, tasks


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """How far a queue is.

    Attributes:
        settings: of the queue.
        tasks: samples in it.
        wanted: judgements that are wanted in all.
        finished: samples judged by as many people as wanted.
        planned: when, ISO 8601 in UTC.
    """

    settings: QueueSettings
    tasks: int
    wanted: int
    finished: int
    planned: str


def queues(store: Store) -> dict[str, QueueProgress]:
    """Return all queues by name."""
    return store.database.read(_queues)


def judged_in(store: Store, sample: str) -> list[QueueSettings]:
    """Return the settings of the queues in which `sample` was judged; of all that hold it where
    none is known, since a model judges outside of queues.
    """
    judged = select(assignments.c.queue).where(
        assignments.c.sample == sample, assignments.c.state.in_(("done", "unsure"))
    )
    planned = select(tasks.c.queue).where(tasks.c.sample == sample)

    def work(connection: Connection) -> list[QueueSettings]:
        names = set(connection.execute(judged).scalars())
        names = names or set(connection.execute(planned).scalars())
        return [queue_settings(connection, name) for name in sorted(names)]

    return store.database.read(work)


def _queues(connection: Connection) -> dict[str, QueueProgress]:
    plans = select(registers).where(registers.c.kind == "plan", registers.c.sample == "1")
    found = {}
    for entry in read_entries(connection, plans):
        name = entry.slot.scope
        at_queue = tasks.c.queue == name
        size, wanted = connection.execute(
            select(func.count(), func.coalesce(func.sum(tasks.c.wanted), 0)).where(at_queue)
        ).one()
        judged = (
            select(assignments.c.sample)
            .where(assignments.c.queue == name, assignments.c.state.in_(("done", "unsure")))
            .group_by(assignments.c.sample)
            .having(func.count() >= (entry.register.value or {})["overlap"])
        )
        finished = connection.execute(
            select(func.count()).select_from(judged.subquery())
        ).scalar_one()
        found[name] = QueueProgress(
            QueueSettings.from_dict((entry.register.value or {})["settings"]),
            size,
            int(wanted),
            finished,
            entry.register.done[0].at,
        )
    return dict(sorted(found.items()))
