"""What placements change in a selection: the same rule, with samples taken out or put in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from diq_core.artefact import Artefact
from diq_core.config import SelectSettings, build
from diq_core.selection.contents import NOTHING, Contents
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores
from diq_core.stages.choosing import without_chosen
from diq_core.stages.joining import load_scores
from diq_core.stages.reviewed import sorted_out
from diq_core.stages.searching import contents
from diq_core.stages.selection import choose, inputs_of
from diq_core.study import Study


@dataclass(frozen=True, slots=True)
class Change:
    """A selection before and after what people placed.

    Attributes:
        before, after: how many samples are kept.
        out: kept before, taken out by hand, rejected, or left out by a choice among samples that
            ask the same.
        put_in: not kept before, put in by hand.
        entered: take the free places, in the order of the rule.
        displaced: gave way to what was put in.
        quadrants: quadrant → (kept before, kept after); "unscored" too.
        passed_over: id → why what a hand placed is not followed.
    """

    before: int
    after: int
    out: tuple[str, ...]
    put_in: tuple[str, ...]
    entered: tuple[str, ...]
    displaced: tuple[str, ...]
    quadrants: dict[str, tuple[int, int]]
    passed_over: dict[str, str] = field(default_factory=dict)


def without_placements(selection: Artefact) -> SelectSettings:
    """Return the rule of `selection`: its settings without what people placed."""
    settings = build(SelectSettings, selection.settings)
    return settings.model_copy(
        update={"put_in": (), "taken_out": (), "rejected": (), "set_aside": ()}
    )


def change_by_hand(
    study: Study, selection: Artefact, manual: Mapping[str, str], rejected: Collection[str] = ()
) -> Change:
    """Return how `selection` differs from what its rule chooses with these placements: what
    ``diq select --from-review`` would make of it.

    Args:
        manual: id → "in" or "out".
        rejected: ids that are left out too, unless they are in `manual`.

    Raises:
        NotFound: an input of the selection is gone.
        BadSetting: nothing would be left, or more is put in than the budget keeps.
    """
    settings = build(SelectSettings, selection.settings)
    scores = load_scores(
        **inputs_of(study, selection), aspect=settings.aspect, length=settings.length
    )
    dataset = study.resolve(selection, "dataset")
    rule, _ = without_chosen(study, dataset, without_placements(selection))
    placed = sorted_out(scores, manual, rejected, rule.set_aside)
    found = change(scores, settings, placed.over(rule), contents(study, dataset))
    return replace(found, passed_over=placed.passed_over)


def change(
    scores: Scores, before: SelectSettings, after: SelectSettings, told: Contents = NOTHING
) -> Change:
    """Return what differs between two choices from the same scores.

    Args:
        told: what filters and quotas may look at.

    Raises:
        BadSetting: one of them is not possible.
    """
    first, then = choose(scores, before, told), choose(scores, after, told)
    kept_before, kept_after = (set(one.ids[one.kept]) for one in (first, then))
    out = {*after.taken_out, *after.rejected, *after.set_aside}
    put_in = set(after.put_in)
    return Change(
        before=len(kept_before),
        after=len(kept_after),
        out=tuple(sorted(kept_before & out)),
        put_in=tuple(sorted(put_in - kept_before)),
        entered=tuple(sorted(kept_after - kept_before - put_in)),
        displaced=tuple(sorted(kept_before - kept_after - out)),
        quadrants=_quadrants(first, kept_before, kept_after),
    )


def _quadrants(before: Selection, first: set[str], then: set[str]) -> dict[str, tuple[int, int]]:
    names = np.array(["unscored", "Q1", "Q2", "Q3", "Q4"])[before.quadrant]
    found = {}
    for name in ("Q1", "Q2", "Q3", "Q4", "unscored"):
        ids = set(before.ids[names == name])
        if counts := (len(ids & first), len(ids & then)):
            found[name] = counts
    return found
