"""Tasks and assignments follow from the log: what each event means for them.

States of an assignment: ``held`` (handed out, until its lease ends), ``done``, ``unsure`` (a
verdict "unsure" was given; it comes back once), ``skipped`` (comes back last), ``expired`` (the
lease ended without a verdict). A task is taken by whoever holds it or has judged it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from diq_core.review.form.answer import UNSURE
from diq_core.review.log.events import Change, Event, Register
from diq_core.review.store.tables import assignments, tasks

TAKEN = ("held", "done", "unsure")
LEASE = 1800.0
"""Seconds for which a sample that was undone stays with its reviewer."""


def follow(connection: Connection, event: Event, register: Register) -> None:
    """Bring tasks and assignments in step with `event`, which made `register`."""
    kind = event.slot.kind
    if kind == "plan":
        assert event.value is not None
        add_tasks(connection, event.slot.scope, event.value)
    elif kind == "assign":
        assert event.value is not None
        _assign(connection, event, event.value)
    elif kind in ("verdict", "preference"):
        _judge(connection, event, register.current)


def add_tasks(connection: Connection, queue: str, plan: dict[str, Any]) -> None:
    """Append the tasks of one part of a queue's plan."""
    start = connection.execute(
        select(func.coalesce(func.max(tasks.c.place) + 1, 0)).where(tasks.c.queue == queue)
    ).scalar_one()
    rows = [
        {
            "queue": queue,
            "place": start + number,
            "sample": sample,
            "first": first,
            "second": second,
            "wanted": plan["overlap"],
            "taken": 0,
        }
        for number, (sample, first, second) in enumerate(plan["items"])
    ]
    if rows:
        connection.execute(insert(tasks), rows)


def release_expired(connection: Connection, queue: str, now: float) -> None:
    """Free the tasks of `queue` whose lease ended before `now`."""
    ended = connection.execute(
        select(assignments).where(
            assignments.c.queue == queue,
            assignments.c.state == "held",
            assignments.c.until < now,
        )
    ).all()
    for row in ended:
        # A second look that was not taken leaves the verdict that is there.
        _set_state(connection, row, state="done" if row.looks else "expired")
        recount(connection, queue, row.sample)


def recount(connection: Connection, queue: str, sample: str) -> None:
    """Count anew by how many people a task is taken."""
    count = (
        select(func.count())
        .where(
            assignments.c.queue == queue,
            assignments.c.sample == sample,
            assignments.c.state.in_(TAKEN),
        )
        .scalar_subquery()
    )
    connection.execute(
        update(tasks).where(tasks.c.queue == queue, tasks.c.sample == sample).values(taken=count)
    )


def _assign(connection: Connection, event: Event, value: dict[str, Any]) -> None:
    _, reviewer, sample, queue = event.slot
    row = connection.execute(
        select(assignments).where(
            assignments.c.queue == queue,
            assignments.c.sample == sample,
            assignments.c.reviewer == reviewer,
        )
    ).one_or_none()
    if row is None:
        connection.execute(
            insert(assignments).values(
                queue=queue,
                sample=sample,
                reviewer=reviewer,
                form=value["form"],
                state=value["state"],
                until=value["until"],
                looks=0,
            )
        )
    else:
        looks = int(row.state == "unsure") or row.looks
        _set_state(connection, row, state=value["state"], until=value["until"], looks=looks)
    recount(connection, queue, sample)


def _judge(connection: Connection, event: Event, current: Change | None) -> None:
    _, reviewer, sample, form = event.slot
    found = connection.execute(
        select(assignments).where(
            assignments.c.reviewer == reviewer,
            assignments.c.sample == sample,
            assignments.c.form == form,
        )
    ).all()
    for row in found:
        if current is None:
            until = datetime.fromisoformat(event.at).timestamp() + LEASE
            state: dict[str, Any] = {"state": "held", "until": until, "looks": 0}
        elif row.looks == 0 and current.value["answer"].get("verdict") == UNSURE:
            state = {"state": "unsure"}
        else:
            state = {"state": "done"}
        _set_state(connection, row, **state)
        if row.state not in TAKEN:
            recount(connection, row.queue, sample)


def _set_state(connection: Connection, row: Row[Any], **values: Any) -> None:
    connection.execute(
        update(assignments)
        .where(
            assignments.c.queue == row.queue,
            assignments.c.sample == row.sample,
            assignments.c.reviewer == row.reviewer,
        )
        .values(**values)
    )
