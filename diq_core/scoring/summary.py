"""What score tables say as a whole: the numbers behind the pages' charts and sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVELS = (1, 2, 3, 4, 5)
BANDS, BAND_LEAST = 8, 30
"""Most bands of length, and fewest samples of one: the median of fewer says little."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of values between edges.

    Attributes:
        edges: n + 1 rising bounds; a bin holds its lower bound, the last one both.
        counts: n counts.
        below, above: how many values lie outside the edges.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int = 0
    above: int = 0


@dataclass(frozen=True, slots=True)
class AspectSummary:
    """One aspect of difficulty.

    Attributes:
        scored: samples with a score.
        mean, median: expected level, 1 to 5; NaN without a score.
        histogram: of the expected level, in steps of a quarter.
        levels: for level 1 to 5, how many samples have it as their likeliest level.
    """

    aspect: str
    scored: int
    mean: float
    median: float
    histogram: Histogram
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InfluenceSummary:
    """Influence of a dataset as a whole.

    Attributes:
        scored: samples with a score.
        negative: samples whose influence is below zero: a step on them raises the loss.
        median: NaN without a score.
        histogram: the middle 98 %; the rest is counted as below and above.
        length_correlation: Spearman, -1 to 1, of influence with response tokens; None when
            fewer than three samples are scored or one of the two never changes.
    """

    scored: int
    negative: int
    median: float
    histogram: Histogram
    length_correlation: float | None


@dataclass(frozen=True, slots=True)
class LengthBand:
    """Samples of similar length.

    Attributes:
        low, high: smallest and largest number of response tokens.
        count: how many samples.
        median: of their influence.
    """

    low: int
    high: int
    count: int
    median: float


def aspect_summary(scores: pa.Table, aspect: str) -> AspectSummary:
    """Summarise one aspect of a difficulty table (columns `aspect` and ``p_<aspect>_<level>``)."""
    values = _known(scores[aspect])
    chances = np.stack([_floats(scores[f"p_{aspect}_{level}"]) for level in LEVELS], axis=1)
    chances = chances[~np.isnan(chances).any(axis=1)]
    likeliest = np.argmax(chances, axis=1) if len(chances) else np.zeros(0, dtype=np.int64)
    counted = np.bincount(likeliest, minlength=len(LEVELS))
    return AspectSummary(
        aspect,
        len(values),
        float(values.mean()) if len(values) else float("nan"),
        float(np.median(values)) if len(values) else float("nan"),
        histogram(values, bins=16, low=1.0, high=5.0),
        tuple(int(number) for number in counted),
    )


def extremes(scores: pa.Table, column: str, number: int) -> tuple[list[str], list[str]]:
    """Return the ids with the highest and with the lowest values, the most extreme first.

    Equal values are ordered by id. No id is in both lists.
    """
    values, ids = _floats(scores[column]), np.array(scores["id"].to_pylist(), dtype=object)
    known = ~np.isnan(values)
    values, ids = values[known], ids[known]
    number = min(number, len(ids) // 2)
    highest = np.lexsort((ids, -values))[:number]
    lowest = np.lexsort((ids, values))[:number]
    return [str(id) for id in ids[highest]], [str(id) for id in ids[lowest]]


def influence_summary(scores: pa.Table) -> InfluenceSummary:
    """Summarise an influence table (columns influence, response_tokens)."""
    values, tokens = _scored_with_length(scores)
    if not len(values):
        return InfluenceSummary(0, 0, float("nan"), Histogram((), ()), None)
    low, high = np.percentile(values, [1, 99])
    # Rice's rule: few samples in many bins would look like noise.
    bins = min(40, max(8, int(np.ceil(2 * len(values) ** (1 / 3)))))
    return InfluenceSummary(
        len(values),
        int((values < 0).sum()),
        float(np.median(values)),
        histogram(values, bins=bins, low=float(low), high=float(high)),
        _spearman(values, tokens),
    )


def band_number(samples: int) -> int:
    """Return into how many bands of length so many samples are cut; 0 = too few for two."""
    number = min(BANDS, samples // BAND_LEAST)
    return number if number > 1 else 0


def length_bands(scores: pa.Table) -> list[LengthBand]:
    """Cut the scored samples into groups of equal size by response length (see `band_number`)."""
    values, tokens = _scored_with_length(scores)
    order = np.argsort(tokens, kind="stable")
    number = band_number(len(order))
    parts = np.array_split(order, number) if number else []
    return [
        LengthBand(
            int(tokens[part].min()),
            int(tokens[part].max()),
            len(part),
            float(np.median(values[part])),
        )
        for part in parts
    ]


def spread_points(scores: pa.Table, *, limit: int = 2000) -> pa.Table:
    """Return at most `limit` scored rows for a scatter: the extremes, and evenly between them."""
    values = _floats(scores["influence"])
    order = np.argsort(values, kind="stable")[: int((~np.isnan(values)).sum())]
    if len(order) > limit:
        order = order[np.unique(np.linspace(0, len(order) - 1, limit).round().astype(np.int64))]
    return scores.take(pa.array(order))


def missing_by_reason(scores: pa.Table) -> dict[str, int]:
    """Return how many samples have no score, by reason, the commonest first."""
    counted = Counter(reason for reason in scores["reason"].to_pylist() if reason)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def histogram(values: Floats, *, bins: int, low: float, high: float) -> Histogram:
    """Count `values` in `bins` equal steps from `low` to `high`; if these are equal, in one."""
    if high <= low:
        inside = int((values == low).sum())
        return Histogram((low, high), (inside,), int((values < low).sum()), 0)
    edges = np.linspace(low, high, bins + 1)
    counts, _ = np.histogram(values, edges)
    return Histogram(
        tuple(float(edge) for edge in edges),
        tuple(int(number) for number in counts),
        int((values < low).sum()),
        int((values > high).sum()),
    )


def _scored_with_length(scores: pa.Table) -> tuple[Floats, Floats]:
    values, tokens = _floats(scores["influence"]), _floats(scores["response_tokens"])
    known = ~np.isnan(values) & ~np.isnan(tokens)
    return values[known], tokens[known]


def _known(column: pa.ChunkedArray) -> Floats:
    values = _floats(column)
    return values[~np.isnan(values)]


def _floats(column: pa.ChunkedArray) -> Floats:
    floats: Floats = column.cast(pa.float64()).to_numpy()
    return floats


def _spearman(first: Floats, second: Floats) -> float | None:
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    from scipy.stats import spearmanr

    return float(spearmanr(first, second).statistic)
