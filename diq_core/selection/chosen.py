"""What a strategy, a budget and people made of the scores: the plain facts of a selection."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diq_core.selection.order import Order
from diq_core.selection.placements import Placements
from diq_core.selection.pool import Mask, Pool
from diq_core.selection.quadrants import Cuts, Quadrants, count_quadrants
from diq_core.selection.quotas import Parts
from diq_core.selection.scores import Floats, Texts
from diq_core.selection.strategies import find_strategy


@dataclass(frozen=True, eq=False)
class Chosen:
    """Which samples are kept, in which order and why; row i belongs to ``ids[i]``.

    Attributes:
        ids: str[n].
        kept: bool[n].
        rank: int32[n], 1 = chosen first, 0 = not kept.
        quadrant: int8[n], 1 to 4, 0 = excluded or without both scores.
        priority: float64[n], the number the strategy orders by (inside the quadrant, where
            quadrants are filled in turn), higher first; NaN = the strategy cannot choose it.
        cuts: the two cuts, or None where no sample has both scores.
        asked: how many samples the budget asks for.
        per_source: most samples of one source, or None = no limit.
        settings: everything `select` was told, JSON-able.
        counts: samples = kept + over_budget + over_source_limit + taken_out + unscored +
            excluded (+ ruled_out, over_quota and not_asked_for, where there is such a rule, a
            quota and a filter); what reviewers rejected is counted as taken out.
        notes: sentences the user must see, e.g. that fewer are kept than were asked for.
        pool: the scores it was made of.
        order: the order of all candidates; what people placed is none.
        placed: what people placed.
        phrase: by what the order ranks, e.g. "by difficulty".
        last: place of the last candidate that going down the order kept, 1 = first; 0 = none
            is. What is kept beyond it has its place by a quota of at least so many.
        parts: the quotas; where there is a limit per source, it is the first.
        full: for each of them bool[n], the samples of a part that has as many as it may.
    """

    ids: Texts
    kept: Mask
    rank: NDArray[np.int32]
    quadrant: Quadrants
    priority: Floats
    cuts: Cuts | None
    asked: int
    per_source: int | None
    settings: dict[str, Any]
    counts: dict[str, int]
    notes: tuple[str, ...]
    pool: Pool = field(repr=False)
    order: Order = field(repr=False)
    placed: Placements = field(repr=False)
    phrase: str
    last: int
    parts: tuple[Parts, ...] = ()
    full: tuple[Mask, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The scores without which the strategy never chooses a sample."""
        return find_strategy(self.settings["strategy"]).needed(self.pool.axes)

    @cached_property
    def quadrant_counts(self) -> dict[str, dict[str, int]]:
        """{"pool": ..., "kept": ...}, each with the counts of Q1 to Q4 and "unscored": over all
        samples that a filter does not leave out, and over the kept ones."""
        return {
            "pool": count_quadrants(self.quadrant[~self.placed.not_asked_for]),
            "kept": count_quadrants(self.quadrant[self.kept]),
        }

    @cached_property
    def by_quota(self) -> int:
        """How many are kept only because a quota asks for at least so many."""
        kept = np.flatnonzero(self.kept & self.order.candidates)
        if not any(part.least.any() for part in self.parts):
            return 0
        return int(np.count_nonzero(self.positions[kept] > self.last))

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """int64[n]: the place among all candidates, 1 = first, 0 = no candidate. Sorts once."""
        ordered = self.order.arranged()
        places = np.zeros(len(self.ids), dtype=np.int64)
        places[ordered] = np.arange(1, len(ordered) + 1)
        return places
