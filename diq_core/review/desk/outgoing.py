"""What a reviewer's browser is given: the next samples, blind, and their own last verdicts.

Texts are made visible (no hidden or direction-changing characters), and cut where they are giant;
the browser shows them as text and as nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, func, select

from diq_core.data.sample import Sample
from diq_core.data.steps import split_steps
from diq_core.data.text import visible
from diq_core.errors import NotFound
from diq_core.review.desk.incoming import EDITABLE, Desk
from diq_core.review.form.form import Choice, Form
from diq_core.review.log.events import Kind, Slot
from diq_core.review.queue.claiming import Task, claim
from diq_core.review.queue.pairs import side_of
from diq_core.review.store.drafting import read_draft
from diq_core.review.store.ledger import read_register
from diq_core.review.store.reading import Entry
from diq_core.review.store.rules import live_criteria
from diq_core.review.store.tables import assignments, registers, tasks

AHEAD = 20
"""Samples handed out at a time: what a reviewer can go on with when the connection is gone."""

LONG = 20_000
MANY_STEPS = 300
_LAST = 8

Images = Callable[[Sample], list[dict[str, Any]]]


def to_browser(desk: Desk, images: Images, *, ahead: int = AHEAD) -> dict[str, Any]:
    """Hand out the next samples; return them, what was judged last, and how far it has got.

    Raises:
        NotAllowed: the actor may not review, or not in this queue.
        NotFound: there is no such queue.
    """
    held = claim(desk.store, desk.actor, desk.queue, ahead=ahead)

    def work(connection: Connection) -> dict[str, Any]:
        return {
            "cards": [_card(connection, desk, task, images) for task in held],
            "history": [_past(entry) for entry in _history(connection, desk)],
            **_progress(connection, desk),
        }

    return desk.store.database.read(work)


def form_values(form: Form) -> dict[str, Any]:
    """Return the form as the browser reads it."""
    return {
        "version": form.version,
        "scales": [
            {
                "key": scale.key,
                "title": scale.title,
                "question": scale.question,
                "of_reasoning": scale.of_reasoning,
                "levels": [
                    {"level": one.level, "label": one.label, "anchor": one.anchor}
                    for one in scale.levels
                ],
            }
            for scale in form.scales
        ],
        "verdicts": _choices(form.verdicts),
        "flags": _choices(form.flags),
        "marks": _choices(form.marks),
        "preferences": _choices(form.preferences),
        "comment_limit": form.comment_limit,
    }


def _choices(choices: tuple[Choice, ...]) -> list[dict[str, Any]]:
    return [
        {
            "key": one.key,
            "label": one.label,
            "help": one.help,
            "excuses": one.excuses_scales,
            "contradicts": list(one.contradicts),
        }
        for one in choices
    ]


def _card(connection: Connection, desk: Desk, task: Task, images: Images) -> dict[str, Any]:
    me, version = desk.actor.name, desk.form.version
    kind: Kind = "preference" if task.pair else "verdict"
    entry = _entry(connection, Slot(kind, me, task.sample, version))
    draft = read_draft(connection, me, task.sample, version)
    card: dict[str, Any] = {
        "sample": task.sample,
        "kind": kind,
        "blind": task.blind,
        "looks": task.looks,
        "version": entry.register.version,
        "answer": _answer(entry),
        "draft": {"version": draft.version, "values": draft.content},
    }
    if task.pair:
        return card | {"sides": [_text(desk, id, task, images) for id in task.pair]}
    edits = {name: _entry(connection, Slot("edit", me, task.sample, name)) for name in EDITABLE}
    return card | {
        "text": _text(desk, task.sample, task, images),
        "criteria": [
            {"key": one.key, "text": visible(one.text)}
            for one in live_criteria(connection, task.sample)
        ],
        "edits": {
            name: {
                "version": one.register.version,
                "text": (one.register.value or {}).get("text"),
                "target": one.undo_target,
            }
            for name, one in edits.items()
            if one.register.version
        },
    }


def _text(desk: Desk, id: str, task: Task, images: Images) -> dict[str, Any]:
    try:
        sample = desk.find(id)
    except NotFound:
        return {"gone": True}
    steps = [step.strip() for step in split_steps(sample.reasoning[:LONG])]
    shown = {
        "question": _cut(sample.question),
        "context": _cut(sample.context),
        "system": _cut(sample.system),
        "history": [
            {"role": visible(turn.role[:40]), "text": _cut(turn.content)} for turn in sample.history
        ],
        "tools": [
            {"role": visible(turn.role[:40]), "text": _cut(turn.content)}
            for turn in sample.tool_turns
        ],
        "options": [
            {
                "label": visible(one.label[:20]),
                "text": _cut(one.text),
                "right": bool(sample.answer_label) and one.label == sample.answer_label,
            }
            for one in sample.options
        ],
        "steps": [visible(step) for step in steps[:MANY_STEPS]],
        "more": max(0, len(sample.reasoning) - sum(map(len, steps[:MANY_STEPS])))
        if len(sample.reasoning) > LONG or len(steps) > MANY_STEPS
        else 0,
        "label": visible(sample.answer_label[:20]),
        "answer": _cut(sample.answer),
        "images": images(sample),
        "original": {
            name: getattr(sample, name)
            for name in EDITABLE
            if task.pair is None and len(getattr(sample, name)) <= LONG
        },
    }
    if not task.blind:
        shown["id"] = visible(id)
    return shown


def _cut(text: str) -> str:
    more = len(text) - LONG
    note = f"\n⟦{more:,} more characters are not shown⟧" if more > 0 else ""
    return visible(text[:LONG]) + note


def _answer(entry: Entry) -> dict[str, Any] | None:
    """Return the answer in force, or else the one that was taken back last."""
    register = entry.register
    steps = register.done[-1:] or register.undone[-1:]
    if not steps:
        return None
    answer = dict(steps[-1].value["answer"])
    if entry.slot.kind == "preference":
        answer["preference"] = side_of(steps[-1].value)
    return answer


def _entry(connection: Connection, slot: Slot) -> Entry:
    return Entry(slot, read_register(connection, slot))


def _history(connection: Connection, desk: Desk) -> list[Entry]:
    """Return the last verdicts in force, newest first."""
    query = (
        select(registers.c.kind, registers.c.sample)
        .where(
            registers.c.reviewer == desk.actor.name,
            registers.c.kind.in_(("verdict", "preference")),
            registers.c.scope == desk.form.version,
            registers.c.live,
        )
        .order_by(registers.c.seq.desc())
        .limit(_LAST)
    )
    slots = [
        Slot(row.kind, desk.actor.name, row.sample, desk.form.version)
        for row in connection.execute(query)
    ]
    return [_entry(connection, slot) for slot in slots]


def _past(entry: Entry) -> dict[str, Any]:
    answer = _answer(entry) or {}
    step = entry.register.done[-1]
    return {
        "sample": entry.slot.sample,
        "kind": entry.slot.kind,
        "choice": answer.get("verdict") or answer.get("preference"),
        "answer": answer,
        "at": step.at,
        "target": entry.undo_target,
        "version": entry.register.version,
    }


def _progress(connection: Connection, desk: Desk) -> dict[str, int]:
    """Return how many of the queue the actor judged, and how many are still open to them."""
    mine = (assignments.c.queue == desk.queue) & (assignments.c.reviewer == desk.actor.name)
    states = select(assignments.c.state, func.count()).where(mine).group_by(assignments.c.state)
    counts: dict[str, int] = dict(connection.execute(states).tuples().all())
    met = select(assignments.c.sample).where(mine, assignments.c.state != "expired")
    free = connection.execute(
        select(func.count()).where(
            tasks.c.queue == desk.queue,
            tasks.c.taken < tasks.c.wanted,
            tasks.c.sample.not_in(met),
        )
    ).scalar_one()
    skipped = counts.get("skipped", 0)
    return {
        "done": counts.get("done", 0) + counts.get("unsure", 0),
        "left": counts.get("held", 0) + free + skipped,
        "skipped": skipped,
    }
