"""Whether a reviewer's judgement changes over time, and how long a sample takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from diq_core.statistics.intervals import percentile
from diq_core.statistics.resampling import DEFAULT, Bootstrap, drawn_rows

Floats = npt.NDArray[np.float64]

FEWEST_REVIEWS = 20
"""Fewest comparable reviews of one reviewer for which a trend is given."""
_INTERRUPTED = 900.0


class Review(NamedTuple):
    """One rating on one scale; ``at`` orders a reviewer's reviews (any unit of time)."""

    sample: str
    reviewer: str
    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Trend:
    """How a quantity changes with every 100 comparable reviews of this reviewer.

    Attributes:
        mean: over all comparable reviews; None where there is none.
        slope: change per 100 reviews (least squares); None where there are too few.
        low, high: bootstrap interval of the slope, over reviews.
    """

    mean: float | None = None
    slope: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """A reviewer beside the others who rated the same samples.

    Attributes:
        closeness: 1 = the same rating as the others, 0 = the far ends of the scale.
        lean: rating minus the others' mean rating, in points: positive = milder or higher.
        reviews: reviews that another person rated too.
        alone: reviews that nobody else rated; they say nothing here.
        reason: why trends are missing; empty otherwise.
    """

    reviewer: str
    closeness: Trend
    lean: Trend
    reviews: int
    alone: int
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """Seconds a sample, over uninterrupted reviews.

    Attributes:
        count: reviews that count.
        median, quarter, three_quarters, slow: percentiles 50, 25, 75 and 90; None without any.
        interrupted: reviews longer than the limit, left out.
        unknown: reviews without a time.
    """

    count: int
    median: float | None
    quarter: float | None
    three_quarters: float | None
    slow: float | None
    interrupted: int
    unknown: int


def drift(
    reviews: Iterable[Review],
    reviewer: str,
    *,
    scale: tuple[float, float],
    how: Bootstrap = DEFAULT,
) -> Drift:
    """Compare a reviewer with the others over the course of their reviews.

    The consensus of a sample is the others' ratings, never the reviewer's own.

    Args:
        scale: lowest and highest possible rating; (0, 1) for a flag.
    """
    others: dict[str, list[float]] = {}
    own: list[Review] = []
    for review in reviews:
        if review.reviewer == reviewer:
            own.append(review)
        else:
            others.setdefault(review.sample, []).append(review.value)
    own.sort(key=lambda review: (review.at, review.sample))
    shared = [review for review in own if review.sample in others]
    apart = [review.value - np.array(others[review.sample]) for review in shared]
    width = scale[1] - scale[0]
    close = np.array([1 - np.abs(one).mean() / width for one in apart])
    lean = np.array([one.mean() for one in apart])
    few = len(shared) < FEWEST_REVIEWS
    reason = f"A trend needs {FEWEST_REVIEWS} reviews that others rated too; {len(shared)} so far"
    return Drift(
        reviewer,
        closeness=_trend(close, how),
        lean=_trend(lean, how),
        reviews=len(shared),
        alone=len(own) - len(shared),
        confidence=how.confidence,
        reason=reason if few else "",
    )


def time_spent(seconds: Sequence[float | None], *, longest: float = _INTERRUPTED) -> TimeSpent:
    """Summarise the time a sample takes.

    Args:
        longest: a review that took more seconds counts as interrupted.
    """
    known = np.array([value for value in seconds if value is not None], dtype=float)
    kept = known[known <= longest]

    def share(part: float) -> float | None:
        return float(np.quantile(kept, part)) if len(kept) else None

    return TimeSpent(
        count=len(kept),
        median=share(0.5),
        quarter=share(0.25),
        three_quarters=share(0.75),
        slow=share(0.9),
        interrupted=len(known) - len(kept),
        unknown=len(seconds) - len(known),
    )


def _trend(values: Floats, how: Bootstrap) -> Trend:
    if not len(values):
        return Trend()
    if len(values) < FEWEST_REVIEWS:
        return Trend(float(values.mean()))
    count = len(values)
    draws = [_slope(rows, values[rows]) for rows in drawn_rows(count, how)]
    slope = float(_slope(np.arange(count)[None], values[None])[0])
    return Trend(float(values.mean()), slope, *percentile(np.concatenate(draws), how.confidence))


def _slope(place: npt.NDArray[np.int64], values: Floats) -> Floats:
    """Return the least-squares slope of each row, per 100 places."""
    centred = place - place.mean(axis=1, keepdims=True)
    above = (centred * values).sum(axis=1)
    return np.asarray(100 * above / (centred**2).sum(axis=1))
