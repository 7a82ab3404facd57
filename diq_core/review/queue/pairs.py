"""Pairs shown side by side: the key to which side is which stays on the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from diq_core.errors import BadSetting
from diq_core.review.form.answer import checked_comment, checked_preference
from diq_core.review.form.form import Form
from diq_core.review.log.events import Slot
from diq_core.review.queue.claiming import Task
from diq_core.review.queue.ordering import is_swapped
from diq_core.review.queue.plans import queue_settings
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Ledger, Saved
from diq_core.review.store.roles import Actor
from diq_core.review.store.rules import checked_seconds, pin_form
from diq_core.review.store.tables import tasks


def prefer(
    store: Store,
    actor: Actor,
    task: Task,
    values: Mapping[str, Any],
    *,
    form: Form,
    version: int,
    key: str,
    seconds: float | None = None,
) -> Saved:
    """Save which side of a pair is better; the server turns the side into the answer it stood for.

    Args:
        values: ``preference`` ("left", "same" or "right" in the shipped form) and ``comment``.

    Raises:
        BadSetting: no side is given, or the task is no pair.
        Conflict: the preference has another version.
    """
    side = checked_preference(form, values.get("preference"))
    comment = checked_comment(form, values.get("comment", ""))
    checked_seconds(seconds)

    def work(ledger: Ledger) -> Saved:
        ledger.permit("review")
        settings = queue_settings(ledger.connection, task.queue)
        stored = sides_of(ledger.connection, task.queue, task.sample)
        if stored is None:
            raise BadSetting("This is no pair", which=ascii(task.sample), todo="give a verdict")
        pin_form(ledger, form)
        shown = "ba" if is_swapped(settings.seed, actor.name, task.sample) else "ab"
        meant = {"left": shown[0], "right": shown[1]}.get(side, side)
        value = {
            "answer": {"preference": meant, "comment": comment},
            "pair": list(stored),
            "shown": shown,
            "seconds": seconds,
        }
        slot = Slot("preference", actor.name, task.sample, form.version)
        return ledger.set(slot, value, version=version, key=key)

    return store.change(actor, work)


def side_of(value: Mapping[str, Any]) -> str:
    """Return on which side a stored preference was seen: "left", "right", or as it is stored."""
    meant, shown = str(value["answer"]["preference"]), str(value["shown"])
    return {shown[0]: "left", shown[1]: "right"}.get(meant, meant)


def sides_of(connection: Connection, queue: str, sample: str) -> tuple[str, str] | None:
    """Return the two references of a pair, first the one the study calls "a"; None = no pair."""
    row = connection.execute(
        select(tasks.c.first, tasks.c.second).where(
            tasks.c.queue == queue, tasks.c.sample == sample
        )
    ).one_or_none()
    return None if row is None or row.first is None else (row.first, row.second)
