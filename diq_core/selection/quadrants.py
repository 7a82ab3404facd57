"""The two cuts and the four quadrants of difficulty and influence.

Source: quadrants, their order and the median cut on influence come from a reading note of the
DIQ paper (arXiv 2508.01450), not confirmed against its text; that a score equal to the cut
counts as high, and the difficulty cut at the 50th percentile, are our own decisions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from diq_core.errors import BadSetting
from diq_core.score import AXES, KNOWN, quadrant_words
from diq_core.selection.nth import nth, nth_and_next
from diq_core.selection.scores import Floats

Quadrants = NDArray[np.int8]

QUADRANTS = (1, 2, 3, 4)
UNSCORED = 0


QUADRANT_WORDS = quadrant_words(*(KNOWN[name] for name in AXES))
"""What they are called unless other scores are the axes."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """The values at which the two scores become good; a value at the cut is good.

    Attributes:
        across, up: of the first and the second score, oriented (see `Pool`): at the cut and above.
        derived: the cut on the second score is one of a column that the strategy derived of it
            (see `Pool.by_length`); as a value of the score itself it differs from sample to
            sample.
    """

    across: float
    up: float
    derived: bool = False


def percentile_value(values: Floats, percent: float) -> float:
    """Return the value at a percentile of numbers in any order.

    The position is ``(n - 1) * percent / 100``, counted from 0. Between two neighbours the
    value is interpolated in proportion, so 50 is the ordinary median: the middle value, or
    for even n the mean of the two middle ones. Equal neighbours give that very value, so ties
    at the cut are all high. 0 is the smallest value, 100 the largest.

    Args:
        values: float64[n], without NaN, n >= 1.
        percent: 0 to 100.
    """
    # Multiplying before dividing keeps whole positions whole; 0.3 * 10 would miss by an ulp and
    # push the sample that defines the cut below it.
    position = (len(values) - 1) * percent / 100
    below = math.floor(position)
    share = position - below
    if not share:
        return nth(values, below)
    low, high = nth_and_next(values, below)
    if low == high:
        return low
    return min(max(low * (1 - share) + high * share, low), high)


def check_percentile(name: str, percent: float) -> None:
    """Refuse what is no percentile.

    Raises:
        BadSetting: ``percent`` is outside 0 to 100.
    """
    if not 0 <= percent <= 100:
        raise BadSetting(
            f"The {name} cut is {percent:g}, which is no percentile",
            todo="Give a number from 0 to 100; 50 is the median",
        )


def cuts_of(
    across: Floats,
    up: Floats,
    difficulty_cut: float = 50.0,
    influence_cut: float = 50.0,
) -> Cuts:
    """Return the cuts at two percentiles of the scores of one and the same pool.

    Args:
        across: float64[n], in any order, the first score of the samples that have both.
        up: float64[n], in any order, the second score of the same samples.
        difficulty_cut: percentile of the first score, 0 to 100.
        influence_cut: percentile of the second score, 0 to 100.

    Raises:
        BadSetting: a percentile is outside 0 to 100, or there are no samples.
    """
    check_percentile("difficulty", difficulty_cut)
    check_percentile("influence", influence_cut)
    if len(across) == 0:
        raise BadSetting(
            "There is no sample with both scores, so there are no cuts",
            todo="Score difficulty and influence first",
        )
    return Cuts(percentile_value(across, difficulty_cut), percentile_value(up, influence_cut))


def quadrant_of(across: Floats, up: Floats, cuts: Cuts) -> Quadrants:
    """Return int8[n]: the quadrant 1 to 4, or 0 where a score is missing (NaN).

    1 = hard and influential, 2 = easy and influential, 3 = hard and weak, 4 = easy and weak.

    Args:
        across, up: float64[n], oriented: higher is better.
    """
    quadrant: Quadrants = (up >= cuts.up).view(np.int8)
    quadrant *= -2
    quadrant += 4
    quadrant -= (across >= cuts.across).view(np.int8)
    # Only NaN differs from itself.
    known = across == across
    known &= up == up
    quadrant *= known.view(np.int8)
    return quadrant


def count_quadrants(quadrant: Quadrants) -> dict[str, int]:
    """Count the samples of Q1 to Q4 and the unscored ones; the counts add up to n."""
    counts = {f"Q{number}": int(np.count_nonzero(quadrant == number)) for number in (1, 2, 3, 4)}
    return {**counts, "unscored": len(quadrant) - sum(counts.values())}


def quadrant_names(quadrant: Quadrants) -> pa.Array:
    """Return "Q1" to "Q4" of each sample, null where a score is missing."""
    return pa.array([None, "Q1", "Q2", "Q3", "Q4"], type=pa.string()).take(pa.array(quadrant))
