"""What verdicts change in a selection: the same rule, with samples taken out or put in by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from diq_core.artefact import Artefact
from diq_core.config import SelectSettings, build
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores
from diq_core.stages.pool import load_scores
from diq_core.stages.selecting import choose
from diq_core.study import Study

TAKEN_OUT = "taken out after review"


@dataclass(frozen=True, slots=True)
class Change:
    """A selection before and after what was set by hand.

    Attributes:
        before, after: how many samples are kept.
        out: kept before, taken out by hand.
        put_in: not kept before, put in by hand.
        entered: take the free places, in the order of the rule.
        displaced: gave way to what was put in.
        quadrants: quadrant → (kept before, kept after); "unscored" too.
    """

    before: int
    after: int
    out: tuple[str, ...]
    put_in: tuple[str, ...]
    entered: tuple[str, ...]
    displaced: tuple[str, ...]
    quadrants: dict[str, tuple[int, int]]


def change_by_hand(study: Study, selection: Artefact, manual: Mapping[str, str]) -> Change:
    """Choose again as `selection` did, with `manual` (id → "in" or "out") respected.

    Raises:
        NotFound: an input of the selection is gone.
    """
    settings = build(SelectSettings, selection.manifest["settings"])
    scores = load_scores(
        study.resolve(selection, "dataset"),
        study.resolve(selection, "difficulty") if selection.input("difficulty") else None,
        study.resolve(selection, "influence") if selection.input("influence") else None,
        settings.aspect,
    )
    return change(scores, settings, manual)


def change(scores: Scores, settings: SelectSettings, manual: Mapping[str, str]) -> Change:
    """Return what `manual` changes; what is put in counts towards the budget."""
    before = choose(scores, settings)
    known = set(scores.ids)
    put_in = {id for id, where in manual.items() if where == "in" and id in known}
    out = {id for id, where in manual.items() if where == "out" and id in known}
    reason = [TAKEN_OUT if id in out | put_in else why
              for id, why in zip(scores.ids, scores.excluded, strict=True)]  # fmt: skip
    rest = replace(scores, excluded=np.array(reason, dtype=object))
    room = before.asked - len(put_in)
    kept_after = set(put_in)
    after = None
    if room > 0 and any(why is None for why in reason):
        after = choose(rest, settings.model_copy(update={"budget": str(room)}))
        kept_after |= set(after.ids[after.kept])
    kept_before = set(before.ids[before.kept])
    return Change(
        before=len(kept_before),
        after=len(kept_after),
        out=tuple(sorted(kept_before & out)),
        put_in=tuple(sorted(put_in - kept_before)),
        entered=tuple(sorted(kept_after - kept_before - put_in)),
        displaced=tuple(sorted(kept_before - kept_after - out)),
        quadrants=_quadrants(before, kept_before, kept_after),
    )


def _quadrants(before: Selection, first: set[str], then: set[str]) -> dict[str, tuple[int, int]]:
    names = np.array(["unscored", "Q1", "Q2", "Q3", "Q4"])[before.quadrant]
    found = {}
    for name in ("Q1", "Q2", "Q3", "Q4", "unscored"):
        ids = set(before.ids[names == name])
        if counts := (len(ids & first), len(ids & then)):
            found[name] = counts
    return found
