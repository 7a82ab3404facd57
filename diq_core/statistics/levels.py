"""Figures of agreement between predicted level distributions and raters, with intervals.

A question that several raters rated counts once: each of its ratings has an equal share. The
intervals are percentiles of a bootstrap over questions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEVELS = (1, 2, 3, 4, 5)
"""The levels of every Likert scale here."""
RESAMPLES = 1000
BINS = 10


def most_fitting_level(probabilities: Array) -> NDArray[np.int64]:
    """Return the expected level rounded to 1–5, halves up; shape (questions,)."""
    import numpy as np

    expected = probabilities @ np.array(LEVELS, dtype=np.float64)
    return np.floor(expected + 0.5).astype(np.int64)


def weighted_kappa(levels: NDArray[np.int64], targets: Array) -> float:
    """Return Cohen's kappa with quadratic weights: 1 = equal, 0 = as by chance, may be negative.

    Args:
        levels: predicted levels 1–5, shape (questions,).
        targets: share of raters at each level, shape (questions, 5).

    Returns:
        NaN where neither side varies.
    """
    import numpy as np

    from diq_core.statistics.coefficients import kappa_of_tables, named_weights

    tables = (np.eye(len(LEVELS))[levels - 1].T @ targets)[None]
    weights = named_weights("quadratic", np.array(LEVELS, dtype=np.float64))
    return float(kappa_of_tables(tables, weights)[0])


def rank_correlation(left: Array, right: Array) -> float:
    """Return Spearman's correlation, -1 to 1; NaN where a side does not vary."""
    import numpy as np
    from scipy.stats import rankdata

    if len(left) < 2 or np.ptp(left) == 0 or np.ptp(right) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(left), rankdata(right))[0, 1])


def exact_share(levels: NDArray[np.int64], targets: Array) -> float:
    """Return the share of ratings that the predicted level meets exactly, 0 to 1."""
    return float(targets[range(len(levels)), levels - 1].mean())


def calibration_error(probabilities: Array, targets: Array) -> float:
    """Return the expected calibration error of the likeliest level, 0 (best) to 1.

    Ten equal bins of its probability; the mean, weighted by size, of the distance between the
    mean probability and the share of ratings at that level.
    """
    import numpy as np

    likeliest = probabilities.argmax(1)
    rows = np.arange(len(probabilities))
    sure, right = probabilities[rows, likeliest], targets[rows, likeliest]
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [
        abs(sure[places == place].mean() - right[places == place].mean()) * (places == place).mean()
        for place in np.unique(places)
    ]
    return float(sum(gaps))


def separation(score: Array, positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve: how often a positive outranks a negative, 0 to 1.

    Returns:
        NaN where one of the two is missing.
    """
    from scipy.stats import rankdata

    ups, downs = int(positive.sum()), int((~positive).sum())
    if not ups or not downs:
        return float("nan")
    return float((rankdata(score)[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))


def with_interval(
    figure: Callable[..., float], *arrays: NDArray[Any], seed: int, resamples: int = RESAMPLES
) -> dict[str, float | None]:
    """Return a figure with its 95 % bootstrap interval: ``value``, ``low``, ``high``.

    Args:
        figure: a function of `arrays`, which have one row for each question.
    """
    import numpy as np

    from diq_core.statistics.intervals import percentile
    from diq_core.statistics.resampling import Bootstrap, drawn_rows

    how = Bootstrap(resamples, seed)
    draws = np.array([
        figure(*(array[rows] for array in arrays))
        for block in drawn_rows(len(arrays[0]), how)
        for rows in block
    ])  # fmt: skip
    known = draws[~np.isnan(draws)]
    low, high = percentile(known, how.confidence) if known.size else (float("nan"),) * 2
    return {
        "value": rounded(figure(*arrays)),
        "low": rounded(low),
        "high": rounded(high),
    }


def rounded(value: float) -> float | None:
    """Return `value` with four decimals; None where it is not defined."""
    return round(value, 4) if value == value else None
