"""Tests of a difference, exact where that can be, and what can be told at all.

Sign flips: if two models do equally well, the difference on a question could as well have had the
other sign. All signs are tried up to 20 differing questions, else `FLIPS` drawn ones, and the
observed ones count among them. For right and wrong answers this is McNemar's exact test.

Source: Fisher 1935; adding one to drawn counts: Phipson and Smyth 2010, "Permutation p-values
should never be zero".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from diq_core.statistics.resampling import blocks

Floats = NDArray[np.float64]

ALPHA = 0.05
"""Two models count as told apart where the corrected p-value is below this."""
FEWEST_QUESTIONS = 10
"""Fewest common questions from which anything is concluded. With 5 no exact p-value can be below
0.05, and with 6 to 9 only where nearly every question points the same way."""
MOST_ENUMERATED = 20
"""Most differing questions for which every combination of signs is tried: a million."""
FLIPS = 9_999


def sign_flip(differences: Floats, seed: int = 0) -> float:
    """Return the two-sided p-value of the mean difference: above 0, at most 1.

    Args:
        differences: float64[n], first minus second on each question. Their order counts where
            signs are drawn.
    """
    values = differences[differences != 0]
    if not values.size:
        return 1.0
    # Sums that are equal but for rounding are ties, and ties count against a difference.
    least = abs(float(values.sum())) - 1e-9 * float(np.abs(values).sum())
    if len(values) <= MOST_ENUMERATED:
        return float((np.abs(_all_sums(values)) >= least).mean())
    random = np.random.default_rng((seed, len(values)))
    as_large = 0
    for block in blocks(FLIPS, len(values)):
        # Eight signs a byte: drawing them is what takes the time.
        octets = random.integers(256, size=(len(block), -(-len(values) // 8)), dtype=np.uint8)
        signs = np.unpackbits(octets, axis=1, count=len(values))
        as_large += int((np.abs(2.0 * (signs @ values) - values.sum()) >= least).sum())
    return (as_large + 1) / (FLIPS + 1)


def _all_sums(values: Floats) -> Floats:
    """Return the sum for every combination of signs but the first: the rest mirrors these."""
    sums = values[:1]
    for value in values[1:]:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def finest_p(questions: int, *, binary: bool = False) -> float:
    """Return the smallest p-value that so many questions can give, whatever the answers are.

    Args:
        binary: right and wrong answers, whose test needs no draws.
    """
    exact = 2.0 ** (1 - questions)
    return exact if binary or questions <= MOST_ENUMERATED else 1 / (FLIPS + 1)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test; 1 where the models never differ."""
    from scipy.stats import binomtest

    differing = only_first + only_second
    return float(binomtest(only_first, differing, 0.5).pvalue) if differing else 1.0


def share_p(hits: int, count: int, expected: float) -> float:
    """Return the exact two-sided p-value of `hits` of `count`, were the share `expected`."""
    from scipy.stats import binomtest

    return float(binomtest(hits, count, expected).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number, in their order (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected
