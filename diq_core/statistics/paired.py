"""Two models on the same questions: the difference, and how far it can be trusted.

Questions are paired: both models answered the same ones, so what makes a question hard for both
cancels. What a test says is exact where that can be (`significance`); where an arm was trained
with several seeds, a difference has to stand out among the seeds too.

Intervals of shares, such as accuracies, are Wilson's, with the effective number of questions where
there are several seeds, and Newcombe's for differences: both stay within what a share can be.
Intervals of losses and other scores are bootstrap intervals over questions and seeds, drawn again
both at once. Plain bootstrap intervals are too narrow for small numbers. So the deviations of the
draws are widened by √(n/(n−1)) for questions and for seeds, and the quantiles by Student's t over
the normal quantile, with Satterthwaite's degrees of freedom. Whoever drew 2 or 3 seeds gets a wide
interval. No loss is negative, so no interval of one is.

Source: two-way bootstrap with independent draws of rows and columns, Owen 2007, "The pigeonhole
bootstrap": its variance is never too small on average. Widening: Hesterberg 2015, "What teachers
should know about the bootstrap". Effective number: Korn and Graubard 1998, "Confidence intervals
for proportions with small expected number of positive counts estimated from survey data".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diq_core.errors import BadSetting
from diq_core.statistics.canonical import canonical, columns_sorted
from diq_core.statistics.intervals import (
    Ends,
    Quantity,
    check_interval,
    combined,
    percentile,
    range_of,
    wilson,
    within,
)
from diq_core.statistics.resampling import Bootstrap, drawn_weights
from diq_core.statistics.significance import ALPHA, mcnemar, sign_flip
from diq_core.statistics.variance import freedom, seeds_p, total_of, variances_of

Floats = NDArray[np.float64]
DEFAULT = Bootstrap()


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean score of one arm over its seeds and questions.

    Attributes:
        low, high: interval.
        quantity: what was averaged; nothing reaches beyond its range.
    """

    value: float
    low: float
    high: float
    questions: int
    seeds: int
    quantity: Quantity = "score"

    def __post_init__(self) -> None:
        check_interval(self.value, self.low, self.high, range_of(self.quantity))


@dataclass(frozen=True, slots=True)
class Difference:
    """First minus second, on the same questions.

    Attributes:
        value: difference of the means.
        low, high: interval.
        p: probability of so large a difference, either way, were there none.
        test: "mcnemar" = exact, for right and wrong answers of one seed each; "sign-flip" = for
            other scores of one seed each; "seeds" = with several seeds, the larger one of the sign
            flips' over questions and that of Student's t over questions and seeds.
        seeds: of first and second.
        only_first, only_second: questions that one answered right and the other did not; None
            where the scores are not right and wrong of one seed each.
        quantity: what is compared; no difference reaches beyond its range.
    """

    value: float
    low: float
    high: float
    p: float
    test: Literal["mcnemar", "sign-flip", "seeds"]
    questions: int
    seeds: tuple[int, int]
    only_first: int | None = None
    only_second: int | None = None
    quantity: Quantity = "score"

    def __post_init__(self) -> None:
        check_interval(self.value, self.low, self.high, range_of(self.quantity, difference=True))

    @property
    def told_apart(self) -> bool:
        """Whether test and interval both speak against no difference."""
        return self.p < ALPHA and (self.low > 0 or self.high < 0)


def paired(
    first: Floats, second: Floats, how: Bootstrap = DEFAULT, quantity: Quantity = "score"
) -> Difference:
    """Return the difference of two models, one score for each question.

    Args:
        first, second: float64[n], question i in both at position i; right = 1, wrong = 0, or any
            other score such as a loss. No NaN.

    Raises:
        BadSetting: fewer than two questions.
        ValueError: the lengths differ, a score is missing, or lies outside its range.
    """
    return paired_many(np.atleast_2d(first), np.atleast_2d(second), how, quantity)


def paired_many(
    first: Floats, second: Floats, how: Bootstrap = DEFAULT, quantity: Quantity = "score"
) -> Difference:
    """Return the difference of two arms that were each trained with one or more seeds.

    Args:
        first, second: float64[seeds, n]; the numbers of seeds may differ. See `paired`.
    """
    one, other = _checked(first, quantity), _checked(second, quantity)
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"{one.shape[1]} questions against {other.shape[1]}")
    one, other, sign = canonical(one, other)
    value = float(one.mean() - other.mean())
    ends = (_of_shares if quantity == "share" else _of_scores)(one, other, how)
    low, high = within(ends, range_of(quantity, difference=True))
    if sign < 0:
        value, low, high = -value, -high, -low
    if sign == 0:
        low, high = (low - high) / 2, (high - low) / 2
    # Adding zero turns −0.0 into 0.0.
    value, low, high = value + 0.0, low + 0.0, high + 0.0
    seeds = (len(first), len(second))
    found = Difference(value, low, high, 1.0, "seeds", one.shape[1], seeds, quantity=quantity)
    if seeds == (1, 1) and all(np.isin(each, (0.0, 1.0)).all() for each in (one, other)):
        return _with_mcnemar(found, np.atleast_2d(first), np.atleast_2d(second))
    p = sign_flip(one.mean(axis=0) - other.mean(axis=0), how.seed)
    if seeds == (1, 1):
        return replace(found, p=p, test="sign-flip")
    return replace(found, p=max(p, seeds_p(((1.0, one), (-1.0, other)))))


def mean_many(values: Floats, how: Bootstrap = DEFAULT, quantity: Quantity = "score") -> Mean:
    """Return the mean score of an arm: float64[seeds, n]; see `paired`."""
    values = columns_sorted(_checked(values, quantity))
    value = float(values.mean())
    if quantity == "share":
        ends = wilson(value, _effective_number(values, how.confidence), how.confidence)
    else:
        low, high = percentile(_deviations(((1.0, values),), how), how.confidence)
        ends = (value + low, value + high)
    low, high = within(ends, range_of(quantity))
    return Mean(value, low, high, values.shape[1], len(values), quantity)


def _checked(values: Floats, quantity: Quantity) -> Floats:
    found = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if found.shape[1] < 2:
        raise BadSetting(
            f"A comparison needs at least two questions, there are {found.shape[1]}",
            which="questions",
            todo="evaluate on more questions",
        )
    if not np.isfinite(found).all():
        raise ValueError("a score is missing")
    low, high = range_of(quantity)
    if found.min() < low or found.max() > high:
        raise ValueError(f"a {quantity} lies outside {low:g} to {high:g}")
    return found


def _of_shares(one: Floats, other: Floats, how: Bootstrap) -> Ends:
    """Return Newcombe's interval of a difference, with effective numbers of questions."""
    shares = [float(each.mean()) for each in (one, other)]
    ends = [
        wilson(share, _effective_number(each, how.confidence), how.confidence)
        for share, each in zip(shares, (one, other), strict=True)
    ]
    return combined(shares, ends, (1.0, -1.0), _correlation(one, other))


def _correlation(one: Floats, other: Floats) -> float:
    """Return how far the means of two arms go together, over draws of questions, −1 to 1.

    A positive one narrows the interval, so it is corrected for continuity, as in Newcombe's
    method 10; what seeds add to a variance the arms do not share.
    """
    count = one.shape[1]
    covariance = float(np.cov(one.mean(axis=0), other.mean(axis=0))[0, 1])
    if covariance > 0:
        covariance = max(0.0, covariance - 1 / (2 * (count - 1)))
    first, second = (total_of(variances_of(((1.0, each),))) for each in (one, other))
    if not first * second:
        return 0.0
    found: float = covariance / count / math.sqrt(first * second)
    return max(-1.0, min(1.0, found))


def _effective_number(values: Floats, confidence: float) -> float:
    """Return how many independent questions would leave as much doubt about a share."""
    from scipy.special import stdtrit

    seeds, count = values.shape
    share = float(values.mean())
    variances = variances_of(((1.0, values),))
    total = total_of(variances)
    if seeds == 1 or total <= 0 or not 0 < share < 1:
        return float(count)
    level = (1 + confidence) / 2
    wider = float(stdtrit(count - 1, level) / stdtrit(freedom(variances), level))
    effective: float = share * (1 - share) / total * count / (count - 1) * wider**2
    return float(min(effective, count * seeds))


def _of_scores(one: Floats, other: Floats, how: Bootstrap) -> Ends:
    value = float(one.mean() - other.mean())
    low, high = percentile(_deviations(((1.0, one), (-1.0, other)), how), how.confidence)
    return value + low, value + high


def _deviations(parts: Sequence[tuple[float, Floats]], how: Bootstrap) -> Floats:
    """Return how far the drawn statistics are from the observed one: float64[resamples].

    Args:
        parts: sign and scores of each arm; the statistic is the signed sum of their means.
    """
    questions = drawn_weights(parts[0][1].shape[1], how.resamples, how.seed, 0)
    total = np.zeros(how.resamples)
    for stream, (sign, values) in enumerate(parts, start=1):
        # Centred, so that a part without spread adds exactly nothing.
        centred = values - values.mean()
        if len(values) == 1:
            total += sign * (questions @ centred[0])
            continue
        seeds = drawn_weights(len(values), how.resamples, how.seed, stream)
        total += sign * np.einsum("bn,bn->b", seeds @ centred, questions)
    return total * _widening(parts, how.confidence)


def _widening(parts: Sequence[tuple[float, Floats]], confidence: float) -> float:
    """Return Student's over the normal quantile, by Satterthwaite's degrees of freedom."""
    from scipy.special import ndtri, stdtrit

    variances = variances_of(parts)
    if total_of(variances) <= 0:
        return 1.0
    level = (1 + confidence) / 2
    return float(stdtrit(freedom(variances), level) / ndtri(level))


def _with_mcnemar(found: Difference, first: Floats, second: Floats) -> Difference:
    only_first = int(((first == 1) & (second == 0)).sum())
    only_second = int(((first == 0) & (second == 1)).sum())
    return replace(
        found, p=mcnemar(only_first, only_second), test="mcnemar",
        only_first=only_first, only_second=only_second,
    )  # fmt: skip
