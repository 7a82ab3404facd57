"""How far raters agree, with intervals, and on how much that rests.

Intervals are bootstrap intervals over items, corrected for bias and skewness (BCa, Efron 1987):
items are drawn again with all their ratings. Raters are taken as given; the interval does not
speak about other raters. In simulations of three raters on five levels the 95 % intervals held
in 90 to 94 % with 30 items and in 92 to 95 % with 200.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from diq_core.statistics import coefficients
from diq_core.statistics.coefficients import Level, Weights
from diq_core.statistics.intervals import bca, check_interval
from diq_core.statistics.ratings import Ratings
from diq_core.statistics.resampling import DEFAULT, Bootstrap, blocks, drawn_rows

Floats = npt.NDArray[np.float64]
Coefficient = Callable[[Floats], Floats]

FEWEST_ITEMS = 10
"""Fewest items with two ratings for which an interval is given."""
_FEWEST_DEFINED = 0.95
# A coefficient has no least value that all kinds share; rounding may leave 1 by a little.
_POSSIBLE = (-float("inf"), 1 + 1e-9)
# Beyond this many items the skewness no longer moves an interval, but would take long to find.
_SKEW_ITEMS = 2000


@dataclass(frozen=True, slots=True)
class Agreement:
    """One coefficient.

    Attributes:
        name: e.g. "Krippendorff's alpha (ordinal)".
        value: at most 1; 1 = perfect, 0 = as good as chance (percent agreement: none); None
            where it cannot be computed.
        low, high: the interval; None where there is too little for one.
        confidence: of the interval.
        items: items with at least two ratings.
        raters: raters of these items.
        pairs: pairs of ratings of the same item.
        reason: why the value or the interval is missing; empty otherwise.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    confidence: float
    items: int
    raters: int
    pairs: int
    reason: str

    def __post_init__(self) -> None:
        check_interval(self.value, self.low, self.high, _POSSIBLE)


def percent_agreement(
    ratings: Ratings, weights: Weights = "identity", how: Bootstrap = DEFAULT
) -> Agreement:
    """Return the share of agreeing pairs of ratings, 0 to 1; weights give part credit."""
    compute = partial(coefficients.percent, ratings, weights)
    return _agreement(f"Percent agreement{_label(weights)}", ratings, compute, how)


def cohen_kappa(
    ratings: Ratings, weights: Weights = "quadratic", how: Bootstrap = DEFAULT
) -> Agreement:
    """Return Cohen's kappa, averaged over pairs of raters as `coefficients.kappa` says."""
    compute = partial(coefficients.kappa, ratings, weights)
    return _agreement(f"Cohen's kappa{_label(weights)}", ratings, compute, how)


def gwet_ac(
    ratings: Ratings, weights: Weights = "quadratic", how: Bootstrap = DEFAULT
) -> Agreement:
    """Return Gwet's AC2, or AC1 with identity weights."""
    compute = partial(coefficients.gwet, ratings, weights)
    plain = isinstance(weights, str) and weights == "identity"
    name = "Gwet's AC1" if plain else f"Gwet's AC2{_label(weights)}"
    return _agreement(name, ratings, compute, how)


def krippendorff_alpha(
    ratings: Ratings, level: Level = "ordinal", how: Bootstrap = DEFAULT
) -> Agreement:
    """Return Krippendorff's alpha."""
    compute = partial(coefficients.alpha, ratings, level)
    return _agreement(f"Krippendorff's alpha ({level})", ratings, compute, how)


def _label(weights: Weights) -> str:
    if not isinstance(weights, str):
        return " (own weights)"
    return "" if weights == "identity" else f" ({weights})"


def _agreement(name: str, ratings: Ratings, compute: Coefficient, how: Bootstrap) -> Agreement:
    rated = (ratings.codes >= 0).sum(axis=1)
    shared = rated >= 2
    items = int(shared.sum())
    raters = int((ratings.codes[shared] >= 0).any(axis=0).sum())
    pairs = int((rated * (rated - 1) // 2).sum())
    rests_on = partial(Agreement, name, confidence=how.confidence)
    if items < 2:
        reason = f"Only {items} of the samples has two ratings" if items else _NO_PAIRS
        return rests_on(None, None, None, items=items, raters=raters, pairs=pairs, reason=reason)
    point = float(compute(np.ones((1, len(rated))))[0])
    if np.isnan(point):
        return rests_on(None, None, None, items=items, raters=raters, pairs=pairs, reason=_SAME)
    low, high, reason = _interval(compute, point, rated > 0, items, how)
    return rests_on(point, low, high, items=items, raters=raters, pairs=pairs, reason=reason)


_NO_PAIRS = "No sample was rated by two people"
_SAME = "All ratings that could be compared are the same, so agreement beyond chance is undefined"


def _interval(
    compute: Coefficient, point: float, rated: npt.NDArray[np.bool_], items: int, how: Bootstrap
) -> tuple[float | None, float | None, str]:
    if items < FEWEST_ITEMS:
        reason = f"Only {items} samples have two ratings; an interval needs {FEWEST_ITEMS}"
        return None, None, reason
    places = np.flatnonzero(rated)
    found = np.concatenate([
        compute(_times(places[rows], len(rated)))
        for rows in drawn_rows(len(places), how, width=len(rated))
    ])  # fmt: skip
    found = found[~np.isnan(found)]
    if len(found) < _FEWEST_DEFINED * how.resamples:
        return None, None, "Too many resamples have no disagreement to measure"
    if np.ptp(found) < 1e-12:
        return None, None, "Every resample gives the same value, so none shows the doubt"
    low, high = bca(found, point, _without_each(compute, rated), how.confidence)
    return low, high, ""


def _without_each(compute: Coefficient, rated: npt.NDArray[np.bool_]) -> Floats:
    """Return the value with one item after the other left out; nothing where they are many."""
    places = np.flatnonzero(rated)
    if len(places) > _SKEW_ITEMS:
        return np.zeros(0)
    parts = []
    for block in blocks(len(places), len(rated)):
        draws = np.ones((len(block), len(rated)))
        draws[np.arange(len(block)), places[block.start : block.stop]] = 0
        parts.append(compute(draws))
    return np.concatenate(parts)


def _times(chosen: npt.NDArray[np.int64], items: int) -> Floats:
    """Return how often each item was drawn, shape (draws, items)."""
    count = len(chosen)
    cells = chosen + np.arange(count)[:, None] * items
    flat = np.bincount(cells.ravel(), minlength=count * items)
    return flat.reshape(count, items).astype(float)
