"""What the review store says at one moment: placements for a selection, verdicts for an export."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from diq_core.config import SelectSettings
from diq_core.data.sample import Sample
from diq_core.data.text import mend
from diq_core.errors import NotFound
from diq_core.export.verdicts import Verdicts
from diq_core.review.desk.incoming import EDITABLE
from diq_core.review.form.form import load_form
from diq_core.review.log.audit import Head
from diq_core.review.refusals import StoreUnavailable
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import Judgement, judgements, log_head, manual_choices, role_of
from diq_core.review.store.roles import Actor, permit
from diq_core.review.verdicts.outcomes import outcomes
from diq_core.review.verdicts.overview import FILE
from diq_core.review.verdicts.rulings import Ruling, rulings
from diq_core.selection.scores import Scores
from diq_core.study import Study

T = TypeVar("T")

OTHER_TEXT = "the correction was written for another text than this dataset's"
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Placed:
    """What people placed, of the samples of one dataset; each list is sorted.

    Attributes:
        put_in, taken_out, rejected: see `SelectSettings`.
        passed_over: id → why its placement cannot be used.
    """

    put_in: tuple[str, ...]
    taken_out: tuple[str, ...]
    rejected: tuple[str, ...]
    passed_over: dict[str, str]

    def over(self, settings: SelectSettings) -> SelectSettings:
        """Return `settings` with these placements added to their own."""
        lists = {
            name: (*getattr(settings, name), *getattr(self, name))
            for name in ("put_in", "taken_out", "rejected")
        }
        return SelectSettings.model_validate({**settings.model_dump(), **lists})


def sorted_out(
    scores: Scores,
    manual: Mapping[str, str],
    rejected: Collection[str] = (),
    set_aside: Collection[str] = (),
) -> Placed:
    """Return the placements that mean something for the samples of `scores`.

    Args:
        manual: id → "in" or "out", as people set it; it comes before a rejection.
        rejected: ids that are to be left out because their reviewers rejected them.
        set_aside: ids that were left out by a choice among samples that ask the same.
    """
    excluded = dict(zip(scores.ids, scores.excluded, strict=True))
    passed_over = {id: "not in this dataset" for id in sorted(manual) if id not in excluded}
    passed_over |= {
        id: f"left out at import: {excluded[id]}"
        for id, where in sorted(manual.items())
        if where == "in" and excluded.get(id)
    }
    passed_over |= {
        id: "left out by a choice among samples that ask the same"
        for id, where in sorted(manual.items())
        if where == "in" and id in set_aside
    }
    usable = {id: where for id, where in manual.items() if id not in passed_over}
    return Placed(
        put_in=tuple(sorted(id for id, where in usable.items() if where == "in")),
        taken_out=tuple(sorted(id for id, where in usable.items() if where == "out")),
        rejected=tuple(sorted(id for id in rejected if id in excluded and id not in manual)),
        passed_over=passed_over,
    )


def placements(
    study: Study,
    scores: Scores,
    actor: Actor,
    *,
    by_hand: bool,
    drop_rejected: bool,
    set_aside: Collection[str] = (),
) -> tuple[Placed, dict[str, Any]]:
    """Read what people placed, and return it with the facts that a manifest keeps of it.

    Args:
        actor: who asks; needed for `drop_rejected` only.
        by_hand: whether to read what was put in or out by hand.
        drop_rejected: whether to leave out what `outcomes` calls rejected.
        set_aside: see `sorted_out`.

    Raises:
        NotFound: nothing was reviewed in this study.
        NotAllowed: the actor may not see others' judgements.
        StoreUnavailable: the store cannot be read.
    """
    with opened(study) as store:

        def read() -> tuple[dict[str, str], list[str]]:
            manual = manual_choices(store)
            if not drop_rejected:
                return manual, []
            found = outcomes(*_verdicts(store, actor, load_form().version))
            return manual, [one.sample for one in found.values() if one.rejected]

        (manual, rejected), head = _at_one_moment(store, read)
    # A rejected sample that somebody put in by hand stays where they put it.
    placed = sorted_out(scores, manual, rejected, set_aside)
    if not by_hand:
        placed = Placed((), (), placed.rejected, {})
    return placed, {"head": str(head), "passed_over": placed.passed_over}


def frozen_verdicts(
    study: Study, samples: Sequence[Sample], actor: Actor, *, names: bool
) -> Verdicts:
    """Return all verdicts on `samples` by the form in force, and the corrections they come to.

    Args:
        names: whether reviewers are named; False numbers them, the one who judged first is 1.

    Raises:
        NotFound: nothing was reviewed in this study.
        NotAllowed: the actor may not see others' judgements.
        StoreUnavailable: the store cannot be read.
    """
    form = load_form().version
    with opened(study) as store:
        (given, settled, edits, manual), head = _at_one_moment(
            store,
            lambda: (
                *_verdicts(store, actor, form),
                judgements(store, actor, "edit"),
                manual_choices(store),
            ),
        )
    wanted = {sample.id for sample in samples}
    given, settled = ([one for one in each if one.sample in wanted] for each in (given, settled))
    found = rulings(given, settled, [one for one in edits if one.scope in EDITABLE])
    called = _names([*given, *settled], names)
    by_sample: dict[str, list[dict[str, Any]]] = {}
    for third_person, each in ((False, given), (True, settled)):
        for one in sorted(each, key=lambda one: list(called).index((one.by, one.machine))):
            row = _row(one, called, found.get(one.sample), third_person)
            by_sample.setdefault(one.sample, []).append(row)
    ruled = [(sample, found[sample.id]) for sample in samples if sample.id in found]
    return Verdicts(
        head=str(head),
        form=form,
        verdicts=tuple(row for sample in samples for row in by_sample.get(sample.id, ())),
        corrections=tuple(row for sample, ruling in ruled for row in _corrections(sample, ruling)),
        taken_out=tuple(sorted(id for id in wanted if manual.get(id) == "out")),
    )


def has_reviews(study: Study) -> bool:
    """Return whether there is a review store; opening one would make an empty one."""
    return bool(study.facts.get("store")) or study.inside(FILE).is_file()


@contextmanager
def opened(study: Study) -> Iterator[Store]:
    """Open the review store of a study that has one, and close it again.

    Raises:
        NotFound: nothing was reviewed in this study.
        StoreUnavailable: the store cannot be read.
    """
    if not has_reviews(study):
        raise NotFound(
            "Nothing was reviewed in this study yet",
            which=str(study.path),
            todo="review samples first, or leave the option away",
        )
    store = open_store(study)
    try:
        yield store
    finally:
        store.close()


def _at_one_moment(store: Store, read: Callable[[], T]) -> tuple[T, Head]:
    """Return what `read` returns, and the head of the log, which did not move meanwhile."""
    for _ in range(_TRIES):
        before = log_head(store)
        found = read()
        if log_head(store) == before:
            return found, before
    raise StoreUnavailable(
        "Reviewers were faster than the reading of their verdicts",
        which=store.database.shown,
        todo="try again in a quieter moment",
    )


def _verdicts(store: Store, actor: Actor, form: str) -> tuple[list[Judgement], list[Judgement]]:
    # Without the role they would be the actor's own only, and the outcome a wrong one.
    permit(role_of(store, actor), "read_all")
    return (
        judgements(store, actor, "verdict", scope=form),
        judgements(store, actor, "adjudication", scope=form),
    )


def _names(given: Sequence[Judgement], names: bool) -> dict[tuple[str, bool], str]:
    """Return (who, whether a machine) → what they are called; a model is no secret."""
    called: dict[tuple[str, bool], str] = {}
    people = 0
    for one in sorted(given, key=lambda one: (one.at, one.by)):
        if (one.by, one.machine) in called:
            continue
        people += not one.machine
        shown = names or one.machine
        called[one.by, one.machine] = mend(one.by)[0] if shown else f"reviewer {people}"
    return called


def _row(
    one: Judgement,
    called: Mapping[tuple[str, bool], str],
    ruling: Ruling | None,
    third_person: bool,
) -> dict[str, Any]:
    answer = one.value["answer"]
    return {
        "id": one.sample,
        "form": one.scope,
        "reviewer": called[one.by, one.machine],
        "machine": one.machine,
        "third_person": third_person,
        "scales": answer["scales"],
        "verdict": answer["verdict"],
        "flags": answer["flags"],
        "outcome": ruling.standing if ruling else None,
        "settled": ruling.settled if ruling else False,
    }


def _corrections(sample: Sample, ruling: Ruling) -> list[dict[str, Any]]:
    why = ruling.open
    for one in ruling.corrections:
        if one.field not in EDITABLE:
            why = f"there is no text called {one.field!a} to correct"
        elif one.original is not None and one.original != getattr(sample, one.field):
            why = OTHER_TEXT
    if why:
        return [{"id": sample.id, "applied": False, "reason": why}]
    return [
        {"id": sample.id, "applied": True, "field": one.field,
         "original": getattr(sample, one.field), "text": mend(one.text)[0]}
        for one in ruling.corrections
    ]  # fmt: skip
