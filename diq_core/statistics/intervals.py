"""Intervals: from draws, of means and of shares; none reaches beyond what its quantity can be."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ends = tuple[float, float]

Quantity = Literal["share", "loss", "score"]
"""What a number is: a share of something, a loss (never negative), or any other score."""

RANGES: dict[Quantity, Ends] = {
    "share": (0.0, 1.0),
    "loss": (0.0, float("inf")),
    "score": (-float("inf"), float("inf")),
}
_ROUNDING = 1e-9


def range_of(quantity: Quantity, *, difference: bool = False) -> Ends:
    """Return the least and the greatest possible value, of the quantity or of a difference."""
    low, high = RANGES[quantity]
    return (low - high, high - low) if difference else (low, high)


def within(ends: Ends, possible: Ends) -> Ends:
    """Return `ends` without what is impossible: the truth lies in neither part cut off."""
    low, high = (float(np.clip(end, *possible)) for end in ends)
    return low, high


def check_interval(
    value: float | None, low: float | None, high: float | None, possible: Ends
) -> None:
    """Refuse numbers that cannot be: every type that holds an interval calls this when it is made.

    Raises:
        ValueError: something lies outside `possible`, the ends are exchanged, or one is missing.
    """
    for number in (value, low, high):
        if number is not None and not possible[0] <= number <= possible[1]:
            raise ValueError(f"{number} lies outside {possible[0]} to {possible[1]}")
    if (low is None) != (high is None):
        raise ValueError("an interval has two ends or none")
    if value is None or low is None or high is None:
        return
    if not low - _ROUNDING <= value <= high + _ROUNDING:
        raise ValueError(f"{value} lies outside its interval {low} to {high}")


def percentile(draws: Floats, confidence: float) -> Ends:
    """Return the quantiles that leave out equally many draws on either side."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def bca(draws: Floats, value: float, without: Floats, confidence: float) -> Ends:
    """Return the interval corrected for bias and skewness.

    Args:
        draws: the figure in each draw; no NaN.
        value: the figure of what was seen.
        without: the figure with one item after the other left out; empty = no skewness.

    Source: Efron 1987, Better Bootstrap Confidence Intervals.
    """
    normal, tail = NormalDist(), (1 - confidence) / 2
    below = np.mean(draws < value) + np.mean(draws == value) / 2
    bias = normal.inv_cdf(float(np.clip(below, 1 / len(draws), 1 - 1 / len(draws))))
    skewness = _acceleration(without)
    ends = [bias + normal.inv_cdf(share) for share in (tail, 1 - tail)]
    places = [normal.cdf(bias + end / (1 - skewness * end)) for end in ends]
    low, high = np.quantile(draws, places)
    return float(low), float(high)


def _acceleration(without: Floats) -> float:
    if not without.size:
        return 0.0
    apart = np.nanmean(without) - without[~np.isnan(without)]
    squares = float((apart**2).sum())
    return float((apart**3).sum()) / (6 * squares**1.5) if squares > 1e-24 else 0.0


def student(values: Floats, confidence: float) -> Ends:
    """Return Student's interval of the mean of at least two values."""
    from scipy.special import stdtrit

    error = float(values.std(ddof=1)) / np.sqrt(len(values))
    half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * error
    return float(values.mean()) - half, float(values.mean()) + half


def wilson(share: float, count: float, confidence: float) -> Ends:
    """Return Wilson's interval of a share, 0 to 1.

    Args:
        count: of how many; may be an effective number and then needs not be whole.

    Source: Wilson 1927.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    spread = share * (1 - share) / count + z**2 / (4 * count**2)
    half = z / (1 + z**2 / count) * np.sqrt(spread)
    # Rounding leaves an end that is 0 or 1, or the share itself, beside it by 1e-17.
    low = 0.0 if share == 0 else max(0.0, min(share, float(centre - half)))
    high = 1.0 if share == 1 else min(1.0, max(share, float(centre + half)))
    return low, high


def combined(
    values: Sequence[float], ends: Sequence[Ends], weights: Sequence[float],
    correlation: float = 0.0,
) -> Ends:  # fmt: skip
    """Return the interval of a weighted sum of estimates, from the interval of each (MOVER).

    Of two shares weighed +1 and −1 this is Newcombe's interval of their difference; it stays
    within −1 to 1, as the sum never reaches beyond the sum of the single ends.

    Args:
        correlation: of the estimates, −1 to 1; only where there are two.

    Source: Newcombe 1998, Improved confidence intervals for the difference between binomial
    proportions based on paired data, methods 8 and 10; Zou and Donner 2008.
    """
    total = sum(weight * value for weight, value in zip(weights, values, strict=True))
    sides = []
    for downwards in (True, False):
        # How far each part can move the sum this way.
        reach = [
            weight * ((low if downwards == (weight > 0) else high) - value)
            for weight, value, (low, high) in zip(weights, values, ends, strict=True)
        ]
        squares = sum(part**2 for part in reach)
        if len(reach) == 2:
            turned = 1.0 if weights[0] * weights[1] > 0 else -1.0
            squares += 2 * turned * correlation * reach[0] * reach[1]
        sides.append(float(np.sqrt(max(squares, 0.0))))
    return total - sides[0], total + sides[1]
