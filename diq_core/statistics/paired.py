"""Two models on the same questions: the difference, and how far it can be trusted.

Questions are paired: both models answered the same ones, so what makes a question hard for both
cancels. The interval is a bootstrap interval over questions; where an arm was trained with several
seeds, seeds and questions are drawn again, both at once.

Plain bootstrap intervals are too narrow for small numbers. So the deviations of the draws are
widened by √(n/(n−1)) for questions and for seeds, and the quantiles by Student's t over the normal
quantile, with Satterthwaite's degrees of freedom. Whoever drew 2 or 3 seeds gets a wide interval.

Source: two-way bootstrap with independent draws of rows and columns, Owen 2007, "The pigeonhole
bootstrap": its variance is never too small on average. Widening: Hesterberg 2015, "What teachers
should know about the bootstrap".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diq_core.errors import BadSetting

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are made.

    Attributes:
        resamples: how many times questions and seeds are drawn again.
        seed: of the drawing.
        confidence: of the interval.
    """

    resamples: int = 2000
    seed: int = 0
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean score of one arm over its seeds and questions.

    Attributes:
        low, high: bootstrap interval.
    """

    value: float
    low: float
    high: float
    questions: int
    seeds: int


@dataclass(frozen=True, slots=True)
class Difference:
    """First minus second, on the same questions.

    Attributes:
        value: difference of the means.
        low, high: bootstrap interval.
        p: probability of so large a difference, either way, were there none.
        test: "mcnemar" = exact, for right and wrong answers of one seed each; "bootstrap" = from
            the draws: below 0.05 exactly where the 95 % interval leaves out zero, but for ties.
        seeds: of first and second.
        only_first, only_second: questions that one answered right and the other did not; None
            where the scores are not right and wrong of one seed each.
    """

    value: float
    low: float
    high: float
    p: float
    test: Literal["mcnemar", "bootstrap"]
    questions: int
    seeds: tuple[int, int]
    only_first: int | None = None
    only_second: int | None = None

    @property
    def told_apart(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def paired(first: Floats, second: Floats, how: Bootstrap = Bootstrap()) -> Difference:
    """Return the difference of two models, one score for each question.

    Args:
        first, second: float64[n], question i in both at position i; right = 1, wrong = 0, or any
            other score such as a loss. No NaN.

    Raises:
        BadSetting: fewer than two questions.
        ValueError: the lengths differ, or a score is missing.
    """
    return paired_many(np.atleast_2d(first), np.atleast_2d(second), how)


def paired_many(first: Floats, second: Floats, how: Bootstrap = Bootstrap()) -> Difference:
    """Return the difference of two arms that were each trained with one or more seeds.

    Args:
        first, second: float64[seeds, n]; the numbers of seeds may differ. See `paired`.
    """
    one, other = _checked(first), _checked(second)
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"{one.shape[1]} questions against {other.shape[1]}")
    one, other, sign = _canonical(one, other)
    value = float(one.mean() - other.mean())
    deviations = _deviations(((1.0, one), (-1.0, other)), how)
    low, high = _interval(value, deviations, how)
    p = _p_value(value, deviations)
    if sign < 0:
        value, low, high = -value, -high, -low
    if sign == 0:
        low, high = (low - high) / 2, (high - low) / 2
    # Adding zero turns −0.0 into 0.0.
    value, low, high = value + 0.0, low + 0.0, high + 0.0
    found = Difference(value, low, high, p, "bootstrap", one.shape[1], (len(first), len(second)))
    return _with_mcnemar(found, np.atleast_2d(first), np.atleast_2d(second))


def mean_many(values: Floats, how: Bootstrap = Bootstrap()) -> Mean:
    """Return the mean score of an arm: float64[seeds, n]; see `paired`."""
    values = _sorted(_checked(values))
    value = float(values.mean())
    low, high = _interval(value, _deviations(((1.0, values),), how), how)
    return Mean(value, low, high, values.shape[1], len(values))


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test; 1 where the models never differ."""
    from scipy.stats import binomtest

    differing = only_first + only_second
    return float(binomtest(only_first, differing, 0.5).pvalue) if differing else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number, in their order (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def _checked(values: Floats) -> Floats:
    found = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if found.shape[1] < 2:
        raise BadSetting(
            f"A comparison needs at least two questions, there are {found.shape[1]}",
            which="questions",
            todo="evaluate on more questions",
        )
    if not np.isfinite(found).all():
        raise ValueError("a score is missing")
    return found


def _canonical(first: Floats, second: Floats) -> tuple[Floats, Floats, int]:
    """Return both in an order that depends on neither the caller's nor the questions' order.

    The draws are laid over positions, so this makes the result exactly antisymmetric and
    independent of the order of questions and seeds. The sign is −1 where both were exchanged, 0
    where exchanging them changes nothing.
    """
    pairs = [_columns_sorted(one, other) for one, other in ((first, second), (second, first))]
    ways = [(len(one), np.vstack([one, other]).tolist()) for one, other in pairs]
    sign = 1 if ways[0] < ways[1] else 0 if ways[0] == ways[1] else -1
    return *pairs[1 if sign < 0 else 0], sign


def _columns_sorted(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    first, second = _rows_sorted(first), _rows_sorted(second)
    order = np.lexsort(np.vstack([first, second])[::-1])
    return first[:, order], second[:, order]


def _sorted(values: Floats) -> Floats:
    values = _rows_sorted(values)
    return values[:, np.lexsort(values[::-1])]


def _rows_sorted(values: Floats) -> Floats:
    keys = [np.sort(row).tolist() for row in values]
    return values[sorted(range(len(values)), key=lambda row: keys[row])]


def _deviations(parts: Sequence[tuple[float, Floats]], how: Bootstrap) -> Floats:
    """Return how far the drawn statistics are from the observed one: float64[resamples].

    Args:
        parts: sign and scores of each arm; the statistic is the signed sum of their means.
    """
    questions = _weights(parts[0][1].shape[1], how.resamples, how.seed, 0)
    total = np.zeros(how.resamples)
    for stream, (sign, values) in enumerate(parts, start=1):
        # Centred, so that a part without spread adds exactly nothing.
        centred = values - values.mean()
        if len(values) == 1:
            total += sign * (questions @ centred[0])
            continue
        seeds = _weights(len(values), how.resamples, how.seed, stream)
        total += sign * np.einsum("bn,bn->b", seeds @ centred, questions)
    return total * _widening(parts, how.confidence)


@lru_cache(maxsize=8)
def _weights(count: int, resamples: int, seed: int, stream: int) -> Floats:
    """Return the weight of each item in each draw: float64[resamples, count], rows sum to 1."""
    chooser = np.random.default_rng((seed, stream, count))
    drawn = chooser.multinomial(count, np.full(count, 1 / count), size=resamples) / count
    weights: Floats = 1 / count + (drawn - 1 / count) * np.sqrt(count / (count - 1))
    weights.flags.writeable = False
    return weights


def _widening(parts: Sequence[tuple[float, Floats]], confidence: float) -> float:
    """Return Student's over the normal quantile, by Satterthwaite's degrees of freedom."""
    from scipy.special import ndtri, stdtrit

    across = sum(sign * values.mean(axis=0) for sign, values in parts)
    variances = [(float(np.var(across, ddof=1)) / len(across), len(across) - 1)]
    for _, values in parts:
        if len(values) > 1:
            spread = float(np.var(values.mean(axis=1), ddof=1)) / len(values)
            variances.append((spread, len(values) - 1))
    total = sum(variance for variance, _ in variances)
    if total <= 0:
        return 1.0
    freedom = total**2 / sum(variance**2 / degrees for variance, degrees in variances)
    level = (1 + confidence) / 2
    return float(stdtrit(freedom, level) / ndtri(level))


def _interval(value: float, deviations: Floats, how: Bootstrap) -> tuple[float, float]:
    tail = (1 - how.confidence) / 2
    low, high = np.quantile(deviations, [tail, 1 - tail])
    return value + float(low), value + float(high)


def _p_value(value: float, deviations: Floats) -> float:
    """Return the two-sided share of draws that lie on the other side of zero, never 0 itself."""
    below = int((value + deviations <= 0).sum())
    above = int((value + deviations >= 0).sum())
    return float(min(1.0, 2 * (min(below, above) + 1) / (len(deviations) + 1)))


def _with_mcnemar(found: Difference, first: Floats, second: Floats) -> Difference:
    binary = all(np.isin(each, (0.0, 1.0)).all() for each in (first, second))
    if not binary or found.seeds != (1, 1):
        return found
    only_first = int(((first == 1) & (second == 0)).sum())
    only_second = int(((first == 0) & (second == 1)).sum())
    return Difference(
        found.value, found.low, found.high, mcnemar(only_first, only_second), "mcnemar",
        found.questions, found.seeds, only_first, only_second,
    )  # fmt: skip
