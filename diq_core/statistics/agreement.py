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
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from diq_core.statistics import coefficients
from diq_core.statistics.coefficients import Level, Weights
from diq_core.statistics.ratings import Ratings

Floats = npt.NDArray[np.float64]
Coefficient = Callable[[Floats], Floats]

FEWEST_ITEMS = 10
"""Fewest items with two ratings for which an interval is given."""
_FEWEST_DEFINED = 0.95
_CELLS = 4_000_000
# Beyond this many items the skewness no longer moves an interval, but would take long to find.
_SKEW_ITEMS = 2000


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are made.

    Args:
        confidence: of the interval, e.g. 0.95.
        resamples: how many times the items are drawn again.
        seed: of the drawing.
    """

    confidence: float = 0.95
    resamples: int = 2000
    seed: int = 0


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


DEFAULT = Bootstrap()


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
    """Return Krippendorff's alpha; the value comes from the package krippendorff."""
    compute = partial(coefficients.alpha, ratings, level)
    name = f"Krippendorff's alpha ({level})"
    return _agreement(name, ratings, compute, how, value=partial(_packaged, ratings, level))


def _label(weights: Weights) -> str:
    if not isinstance(weights, str):
        return " (own weights)"
    return "" if weights == "identity" else f" ({weights})"


def _packaged(ratings: Ratings, level: Level) -> float:
    import krippendorff

    counts = ratings.counts()
    return float(
        krippendorff.alpha(
            value_counts=counts, value_domain=ratings.points(), level_of_measurement=level
        )
    )


def _agreement(
    name: str,
    ratings: Ratings,
    compute: Coefficient,
    how: Bootstrap,
    value: Callable[[], float] | None = None,
) -> Agreement:
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
    point = value() if value else point
    return rests_on(point, low, high, items=items, raters=raters, pairs=pairs, reason=reason)


_NO_PAIRS = "No sample was rated by two people"
_SAME = "All ratings that could be compared are the same, so agreement beyond chance is undefined"


def _interval(
    compute: Coefficient, point: float, rated: npt.NDArray[np.bool_], items: int, how: Bootstrap
) -> tuple[float | None, float | None, str]:
    if items < FEWEST_ITEMS:
        reason = f"Only {items} samples have two ratings; an interval needs {FEWEST_ITEMS}"
        return None, None, reason
    random = np.random.default_rng(how.seed)
    parts, block = [], max(1, _CELLS // len(rated))
    for start in range(0, how.resamples, block):
        draws = _draws(random, rated, min(block, how.resamples - start))
        parts.append(compute(draws))
    found = np.concatenate(parts)
    found = found[~np.isnan(found)]
    if len(found) < _FEWEST_DEFINED * how.resamples:
        return None, None, "Too many resamples have no disagreement to measure"
    if np.ptp(found) < 1e-12:
        return None, None, "Every resample gives the same value, so none shows the doubt"
    low, high = np.quantile(found, _tails(found, point, _skewness(compute, rated), how))
    return float(low), float(high), ""


def _tails(found: Floats, point: float, skewness: float, how: Bootstrap) -> list[float]:
    """Return which quantiles of the resamples end the interval."""
    normal, tail = NormalDist(), (1 - how.confidence) / 2
    below = np.mean(found < point) + np.mean(found == point) / 2
    bias = normal.inv_cdf(float(np.clip(below, 1 / len(found), 1 - 1 / len(found))))
    ends = [bias + normal.inv_cdf(share) for share in (tail, 1 - tail)]
    return [normal.cdf(bias + end / (1 - skewness * end)) for end in ends]


def _skewness(compute: Coefficient, rated: npt.NDArray[np.bool_]) -> float:
    """Return the acceleration: how the value changes as one item after the other is left out."""
    places = np.flatnonzero(rated)
    if len(places) > _SKEW_ITEMS:
        return 0.0
    parts, block = [], max(1, _CELLS // len(rated))
    for start in range(0, len(places), block):
        some = places[start : start + block]
        draws = np.ones((len(some), len(rated)))
        draws[np.arange(len(some)), some] = 0
        parts.append(compute(draws))
    without = np.concatenate(parts)
    apart = np.nanmean(without) - without[~np.isnan(without)]
    squares = float((apart**2).sum())
    return float((apart**3).sum()) / (6 * squares**1.5) if squares > 1e-24 else 0.0


def _draws(random: np.random.Generator, rated: npt.NDArray[np.bool_], count: int) -> Floats:
    """Draw the rated items again, shape (count, items)."""
    places = np.flatnonzero(rated)
    chosen = places[random.integers(len(places), size=(count, len(places)))]
    cells = chosen + np.arange(count)[:, None] * len(rated)
    flat = np.bincount(cells.ravel(), minlength=count * len(rated))
    return flat.reshape(count, len(rated)).astype(float)
