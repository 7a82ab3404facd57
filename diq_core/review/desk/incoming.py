"""What a reviewer's browser sends: a list of requests, each of which may arrive more than once.

The browser keeps every request until it has read the acknowledgement, and sends it again after
a lost connection, a killed server or a reload. Every request carries a key of its own, under
which the store saves it once; so nothing is lost and nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from diq_core.data.sample import Sample
from diq_core.data.steps import split_steps
from diq_core.errors import BadSetting, UserError
from diq_core.review.form.form import Form
from diq_core.review.log.events import Slot
from diq_core.review.queue import claiming as queues
from diq_core.review.queue.claiming import Task
from diq_core.review.queue.pairs import prefer, sides_of
from diq_core.review.refusals import Conflict, StoreUnavailable
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Saved
from diq_core.review.store.roles import Actor

EDITABLE = ("question", "reasoning", "answer")
"""The fields of a sample to which a reviewer may propose another text."""

_JUDGED = ("verdict", "preference")
_KEY_LIMIT = 100


def _none_unseen(_sample: Sample) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Desk:
    """Where one person reviews one queue.

    Attributes:
        find: returns the sample of an id, or raises NotFound.
        unseen: returns the names of a sample's images that cannot be shown.
    """

    store: Store
    actor: Actor
    form: Form
    queue: str
    find: Callable[[str], Sample]
    unseen: Callable[[Sample], Sequence[str]] = _none_unseen


@dataclass(slots=True)
class _Batch:
    desk: Desk
    seqs: dict[str, int] = field(default_factory=dict)


Request = Mapping[str, Any]


def take(desk: Desk, requests: Iterable[Request]) -> dict[str, dict[str, Any]]:
    """Carry out `requests` in their order; return for each key what became of it.

    An acknowledgement holds ``ok``; with True ``seq`` and ``version`` (a draft has only the
    latter), with False ``what``, ``which``, ``todo`` and, where somebody else was first,
    ``version``. When the database is out of reach the rest is left without one: the browser
    sends it again.
    """
    batch = _Batch(desk)
    done: dict[str, dict[str, Any]] = {}
    for request in requests:
        key = request.get("key") if isinstance(request, Mapping) else None
        if not isinstance(key, str) or not 8 <= len(key) <= _KEY_LIMIT:
            continue
        try:
            done[key] = _carry_out(batch, request, key)
        except StoreUnavailable:
            break
        except UserError as error:
            done[key] = _refusal(error)
    return done


def _carry_out(batch: _Batch, request: Request, key: str) -> dict[str, Any]:
    kind, sample = request.get("kind"), request.get("sample")
    work = _WORK.get(kind) if isinstance(kind, str) else None
    if work is None or not isinstance(sample, str):
        raise _unreadable(str(kind))
    try:
        saved = work(batch, request, sample, key)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(type(error).__name__) from error
    if isinstance(saved, Saved):
        batch.seqs[key] = saved.seq
        return {"ok": True, "seq": saved.seq, "version": saved.version}
    return {"ok": True, "version": saved}


def _verdict(batch: _Batch, request: Request, sample: str, key: str) -> Saved:
    desk = batch.desk
    text = _seen(desk, sample)
    return desk.store.submit(
        desk.actor,
        sample,
        request["values"],
        form=desk.form,
        version=int(request["version"]),
        key=key,
        steps=len(split_steps(text.reasoning)),
        seconds=_seconds(request),
    )


def _preference(batch: _Batch, request: Request, sample: str, key: str) -> Saved:
    desk = batch.desk
    for id in desk.store.database.read(lambda at: sides_of(at, desk.queue, sample)) or ():
        _seen(desk, id)
    task = Task(desk.queue, sample, None, blind=True, looks=0, until=0.0)
    return prefer(
        desk.store,
        desk.actor,
        task,
        request["values"],
        form=desk.form,
        version=int(request["version"]),
        key=key,
        seconds=_seconds(request),
    )


def _seen(desk: Desk, id: str) -> Sample:
    """Return a sample that is to be judged.

    Raises:
        BadSetting: one of its images cannot be shown, so nobody has seen all of it.
        NotFound: it is not there any more.
    """
    sample = desk.find(id)
    unseen = desk.unseen(sample)
    if unseen:
        raise BadSetting(
            f"An image of this sample cannot be shown, so it cannot be judged: {unseen[0][:80]!a}",
            which="the sample's images",
            todo="put it aside, and ask the curator to import the dataset with its images",
        )
    return sample


def _edit(batch: _Batch, request: Request, sample: str, key: str) -> Saved:
    name, text = request["field"], request["text"]
    if name not in EDITABLE or not isinstance(text, str):
        raise ValueError(name)
    desk = batch.desk
    return desk.store.edit(
        desk.actor,
        sample,
        name,
        original=getattr(desk.find(sample), name),
        text=text,
        version=int(request["version"]),
        key=key,
    )


def _undo(batch: _Batch, request: Request, sample: str, key: str) -> Saved:
    desk, what = batch.desk, request["what"]
    if what not in (*_JUDGED, "edit"):
        raise ValueError(what)
    # What was sent in the same breath has no number yet; its key stands for it.
    target = batch.seqs[request["of"]] if request.get("of") else int(request["target"])
    scope = request["field"] if what == "edit" else desk.form.version
    slot = Slot(what, desk.actor.name, sample, scope)
    return desk.store.undo(desk.actor, slot, target=target, key=key)


def _skip(batch: _Batch, request: Request, sample: str, key: str) -> Saved:  # noqa: ARG001
    desk = batch.desk
    return queues.skip(desk.store, desk.actor, desk.queue, sample, key=key)


def _draft(batch: _Batch, request: Request, sample: str, key: str) -> int:  # noqa: ARG001
    desk = batch.desk
    content = dict(request["values"])
    return desk.store.save_draft(
        desk.actor, sample, content, form=desk.form.version, version=int(request["version"])
    ).version


_WORK: dict[str, Callable[[_Batch, Request, str, str], Saved | int]] = {
    "verdict": _verdict,
    "preference": _preference,
    "edit": _edit,
    "undo": _undo,
    "skip": _skip,
    "draft": _draft,
}


def _seconds(request: Request) -> float | None:
    value = request.get("seconds")
    return None if value is None else float(value)


def _refusal(error: UserError) -> dict[str, Any]:
    told: dict[str, Any] = {"ok": False, "what": error.what, "which": error.which}
    told["todo"] = error.todo
    if isinstance(error, Conflict):
        told |= {"version": error.version, "conflict": True}
    return told


def _unreadable(what: str) -> BadSetting:
    return BadSetting(
        "The page sent something that cannot be read", which=what[:80], todo="reload the page"
    )
