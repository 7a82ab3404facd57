"""What was chosen beside what it was chosen from: means, counts by source, shares below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diq_core.selection.pool import Mask, Pool
from diq_core.selection.scores import Floats

NO_SOURCE = "not stated"
"""What samples of an unknown source are counted as."""


@dataclass(frozen=True, slots=True)
class Means:
    """Mean of each score over those samples that have it; NaN where none has."""

    samples: int
    of: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SourceCount:
    """How many samples of one source there are, and how many of them are chosen."""

    source: str
    pool: int
    chosen: int


def means(columns: Mapping[str, Floats], mask: Mask) -> Means:
    """Return the means over the samples in `mask`.

    Args:
        columns: name of a score → float64[n]; NaN = missing, left out of its mean.
        mask: bool[n].
    """
    found = {name: _mean(column[mask]) for name, column in columns.items()}
    return Means(int(np.count_nonzero(mask)), found)


def by_source(pool: Pool, chosen: Mask, among: Mask | None = None) -> list[SourceCount]:
    """Return the composition by source: the largest in the pool first, equal ones by name.

    Args:
        chosen: bool[n], what is chosen of the samples that are not excluded.
        among: bool[n], what counts as the pool; None = the samples that are not excluded.
    """
    names, codes = pool.sources
    there = pool.size_of_sources
    if among is not None:
        there = np.bincount(codes[among], minlength=len(names))
    taken = np.bincount(codes[chosen & pool.included], minlength=len(names))
    counts = [
        SourceCount(name or NO_SOURCE, int(all_), int(few))
        for name, all_, few in zip(names, there, taken, strict=True)
        if all_
    ]
    return sorted(counts, key=lambda entry: (-entry.pool, entry.source))


def percent_below(values: Floats, ordered: Floats) -> NDArray[np.int64]:
    """Return for each value how many percent of `ordered` lie strictly below it, rounded down.

    Args:
        values: float64[n] without NaN.
        ordered: float64[m], ascending, without NaN, m >= 1.
    """
    below = np.searchsorted(ordered, values, side="left").astype(np.int64)
    return 100 * below // len(ordered)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
