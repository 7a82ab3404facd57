"""A language model in the review store: its name, its queue, what it said and how it was asked.

A model is a rater of its own, marked as a machine in every event, in a queue of its own; so it
never takes a place that a person should have, and its verdicts are never counted as a person's.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from diq_core.asking.replies import Missing
from diq_core.review.form.answer import Answer, Criterion
from diq_core.review.form.form import Form
from diq_core.review.log.canonical import digest
from diq_core.review.log.events import Slot
from diq_core.review.machine.critique import Critique
from diq_core.review.queue import claiming as queues
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Ledger, Saved, register_of
from diq_core.review.store.reading import judgements
from diq_core.review.store.roles import Actor
from diq_core.review.store.rules import live_criteria, pin_form
from diq_core.review.store.tables import registers, tasks

PREFIX = "machine:"


@dataclass(frozen=True)
class Bench:
    """Where one model reviews: its name as a rater, its queue and the form.

    Attributes:
        actor: the rater; each repeat is a rater of its own.
    """

    store: Store
    actor: Actor
    form: Form

    @property
    def queue(self) -> str:
        """Name of the model's own queue."""
        return f"{self.actor.name} (form {self.form.version})"


def rater(model: str, repeat: int = 1) -> Actor:
    """Return the rater that `model` is; its second repeat is called ``machine:<model>#2``.

    Raises:
        BadSetting: the model's name is blank or too long.
    """
    name = PREFIX + model.strip() if model.strip() else ""
    return Actor(name and (name if repeat == 1 else f"{name}#{repeat}"), "reviewer", machine=True)


def raters(store: Store) -> list[str]:
    """Return the names of all models that were asked in this study, answers or not."""
    query = (
        select(registers.c.reviewer)
        .where(registers.c.kind == "assign", registers.c.reviewer.startswith(PREFIX))
        .distinct()
        .order_by(registers.c.reviewer)
    )
    return store.database.read(lambda connection: list(connection.execute(query).scalars()))


def asked(messages: Sequence[Mapping[str, str]]) -> str:
    """Return the digest of everything a model was asked: prompt, form, sample and criteria."""
    return digest([dict(message) for message in messages])


def enlist(bench: Bench, person: Actor, items: Sequence[Item]) -> int:
    """Put `items` into the model's queue, which is planned if need be; return how many are new.

    Raises:
        NotAllowed: `person` may not plan queues.
    """
    present = _in_queue(bench)
    new = [item for item in items if item.sample not in present]
    key = uuid.uuid4().hex
    if new and present:
        queues.extend(bench.store, person, bench.queue, new, key=key)
    elif new:
        settings = QueueSettings(
            bench.queue, bench.form.version, order="listed", people=(bench.actor.name,)
        )
        queues.plan(bench.store, person, bench.queue, new, settings, key=key)
    return len(new)


def verdicts_of(bench: Bench) -> dict[str, dict[str, Any]]:
    """Return what the model's verdicts in force hold, by sample: answer, seconds, judge."""
    found = judgements(bench.store, bench.actor, "verdict", scope=bench.form.version)
    return {one.sample: one.value for one in found if one.reviewer == bench.actor.name}


def missing_of(bench: Bench) -> dict[str, dict[str, Any]]:
    """Return, by sample, the record of those the model gave no usable answer to: reason, judge."""
    query = select(registers.c.sample, registers.c.content).where(
        registers.c.kind == "assign",
        registers.c.reviewer == bench.actor.name,
        registers.c.scope == bench.queue,
    )
    rows = bench.store.database.read(lambda connection: connection.execute(query).all())
    values = {row.sample: register_of(row.content).value or {} for row in rows}
    return {id: values[id] for id in sorted(values) if values[id].get("reason")}


def critiques_of(bench: Bench, prompt: str) -> dict[str, dict[str, Any]]:
    """Return the model's critiques by this prompt, by sample: critique or reason, and judge."""
    found = judgements(bench.store, bench.actor, "critique", scope=prompt)
    return {one.sample: one.value for one in found if one.reviewer == bench.actor.name}


def save_verdict(
    bench: Bench, sample: str, answer: Answer, how: Mapping[str, Any], *, seconds: float
) -> Saved:
    """Save the model's verdict, the first one or one by another prompt, with how it was asked.

    Unlike a person's, "accept with edit" needs no edit: the comment names it (see `read_answer`).

    Raises:
        NotAllowed: roles were given in this study, and none to this model.
    """
    return _save(bench, sample, {"state": "held"}, answer, how, seconds)


def save_missing(bench: Bench, sample: str, why: Missing, how: Mapping[str, Any]) -> None:
    """Record that the model gave no usable answer, and why; a verdict of old stays in force.

    Raises:
        NotAllowed: roles were given in this study, and none to this model.
    """
    _save(bench, sample, {"state": "skipped", "reason": why.reason, "judge": dict(how)}, None, how,
          0.0)  # fmt: skip


def save_critique(
    bench: Bench, sample: str, prompt: str, found: Critique | Missing, how: Mapping[str, Any]
) -> Saved:
    """Save the model's critique of `sample`, or why there is none.

    Raises:
        NotAllowed: roles were given in this study, and none to this model.
    """
    read = isinstance(found, Critique)
    value = {
        "critique": found.as_dict() if isinstance(found, Critique) else None,
        "judge": dict(how),
        **({} if read else {"reason": getattr(found, "reason", "")}),
    }

    def work(ledger: Ledger) -> Saved:
        ledger.permit("review")
        slot = Slot("critique", bench.actor.name, sample, prompt)
        return _set(ledger, slot, value)

    return bench.store.change(bench.actor, work)


def criteria_of(store: Store, samples: Sequence[str]) -> dict[str, list[Criterion]]:
    """Return the criteria in force of each of `samples`, in one look."""
    return store.database.read(
        lambda connection: {sample: live_criteria(connection, sample) for sample in samples}
    )


def _save(
    bench: Bench,
    sample: str,
    state: Mapping[str, Any],
    answer: Answer | None,
    how: Mapping[str, Any],
    seconds: float,
) -> Saved:
    def work(ledger: Ledger) -> Saved:
        ledger.permit("review")
        form = bench.form.version
        handed = {**state, "until": ledger.now.timestamp(), "form": form}
        place = Slot("assign", bench.actor.name, sample, bench.queue)
        saved = _set(ledger, place, handed)
        if answer is None:
            return saved
        pin_form(ledger, bench.form)
        slot = Slot("verdict", bench.actor.name, sample, form)
        value = {"answer": answer.as_dict(), "seconds": seconds, "judge": dict(how)}
        return _set(ledger, slot, value)

    return bench.store.change(bench.actor, work)


def _set(ledger: Ledger, slot: Slot, value: dict[str, Any]) -> Saved:
    # One process at a time judges with one model (the job's lock), so nobody else's is replaced.
    return ledger.set(slot, value, version=ledger.register(slot).version, key=uuid.uuid4().hex)


def _in_queue(bench: Bench) -> set[str]:
    query = select(tasks.c.sample).where(tasks.c.queue == bench.queue)
    return bench.store.database.read(lambda connection: set(connection.execute(query).scalars()))
