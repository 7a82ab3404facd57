"""Agreement coefficients of many resamples of the items at once.

Every function takes ``draws``, shape (resamples, items): how often each item occurs in each
resample (all ones = the ratings as they are). It returns one value a resample, NaN where the
coefficient is undefined, e.g. because all ratings are the same.
"""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from diq_core.statistics.ratings import Ratings

Floats = npt.NDArray[np.float64]
WeightName = Literal["identity", "linear", "quadratic", "ordinal"]
Weights = WeightName | Floats
Level = Literal["nominal", "ordinal", "interval"]


def weight_matrix(weights: Weights, ratings: Ratings) -> Floats:
    """Return how far two categories count as agreement: 1 on the diagonal, 0 = not at all.

    Raises:
        ValueError: a given matrix has another shape, or a diagonal other than 1.
    """
    points = ratings.points()
    if not isinstance(weights, str):
        if weights.shape != (len(points), len(points)) or not (np.diag(weights) == 1).all():
            raise ValueError("Weights need one row and column a category and a diagonal of 1")
        return weights
    return named_weights(weights, points)


def named_weights(name: WeightName, points: Floats) -> Floats:
    """Return the weights of categories that lie at `points` of their scale."""
    if name == "identity" or len(points) < 2:
        return np.eye(len(points))
    apart = np.abs(points[:, None] - points[None, :])
    if name == "ordinal":
        steps = np.abs(np.subtract.outer(np.arange(len(points)), np.arange(len(points)))) + 1
        apart = steps * (steps - 1) / 2.0
    share = apart / apart.max()
    return np.asarray(1 - (share**2 if name == "quadratic" else share))


def percent(ratings: Ratings, weights: Weights, draws: Floats) -> Floats:
    """Return the mean over items of the share of agreeing pairs of ratings."""
    matrix = weight_matrix(weights, ratings)
    counts = ratings.counts().astype(float)
    rated = counts.sum(axis=1)
    agreeing = (counts * (counts @ matrix.T - 1)).sum(axis=1)
    shared = rated >= 2
    each = np.divide(agreeing, rated * (rated - 1), out=np.zeros(len(rated)), where=shared)
    return _ratio(draws @ each, draws @ shared.astype(float))


def gwet(ratings: Ratings, weights: Weights, draws: Floats) -> Floats:
    """Return Gwet's AC2; with identity weights this is AC1.

    Source: Gwet 2008, and the Handbook of Inter-Rater Reliability, 4th edition 2014.
    """
    matrix = weight_matrix(weights, ratings)
    counts = ratings.counts().astype(float)
    rated = counts.sum(axis=1)
    some, size = rated > 0, len(ratings.categories)
    shares = np.divide(counts, rated[:, None], out=np.zeros_like(counts), where=some[:, None])
    used = _ratio(draws @ shares, (draws @ some.astype(float))[:, None])
    if size < 2:
        return np.full(len(draws), np.nan)
    chance = matrix.sum() * (used * (1 - used)).sum(axis=1) / (size * (size - 1))
    return _beyond(percent(ratings, weights, draws), chance)


def kappa(ratings: Ratings, weights: Weights, draws: Floats) -> Floats:
    """Return Cohen's kappa, the mean over all pairs of raters where there are more than two.

    A pair counts by the number of items both rated; with complete ratings this is Light's
    kappa. A pair with fewer than two items in common, or whose kappa is undefined, is left out.

    Source: Cohen 1960 and 1968; Light 1971; the weighting of pairs is our own decision.
    """
    matrix = weight_matrix(weights, ratings)
    total, weight = np.zeros(len(draws)), np.zeros(len(draws))
    for first, second in combinations(range(ratings.codes.shape[1]), 2):
        pair = ratings.codes[:, [first, second]]
        both = (pair >= 0).all(axis=1)
        if both.sum() < 2:
            continue
        value, size = _kappa_of_pair(pair[both], matrix, draws[:, both])
        defined = ~np.isnan(value)
        total += np.where(defined, value * size, 0.0)
        weight += np.where(defined, size, 0.0)
    return _ratio(total, weight)


def alpha(ratings: Ratings, level: Level, draws: Floats) -> Floats:
    """Return Krippendorff's alpha from the coincidences of values within items.

    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability.
    """
    counts = ratings.counts().astype(float)
    shared = counts.sum(axis=1) >= 2
    counts, draws, size = counts[shared], draws[:, shared], counts.shape[1]
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(size)
    pairs /= (counts.sum(axis=1) - 1)[:, None, None]
    seen = (draws @ pairs.reshape(len(counts), size * size)).reshape(-1, size, size)
    used = seen.sum(axis=2)
    distance = _distance(level, ratings.points(), used)
    observed = (seen * distance).sum(axis=(1, 2))
    expected = np.einsum("bi,bj,bij->b", used, used, distance)
    ratio = _ratio(observed * (used.sum(axis=1) - 1), expected)
    return np.asarray(1 - ratio)


def kappa_of_tables(tables: Floats, matrix: Floats) -> Floats:
    """Return the weighted kappa of each table: the one definition of Cohen's kappa here.

    Args:
        tables: shape (resamples, categories, categories), ratings by the category of either
            side; they need not be whole, where a rating is shared among categories.
        matrix: as of `weight_matrix`.
    """
    total = tables.sum(axis=(1, 2))
    observed = _ratio((tables * matrix).sum(axis=(1, 2)), total)
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    chance = _ratio(np.einsum("bi,ij,bj->b", rows, matrix, columns), total**2)
    return _beyond(observed, chance)


def _kappa_of_pair(
    pair: npt.NDArray[np.int64], matrix: Floats, draws: Floats
) -> tuple[Floats, Floats]:
    size = len(matrix)
    cells: Floats = np.eye(size * size)[pair[:, 0] * size + pair[:, 1]]
    tables: Floats = (draws @ cells).reshape(-1, size, size)
    return kappa_of_tables(tables, matrix), tables.sum(axis=(1, 2))


def _distance(level: Level, points: Floats, used: Floats) -> Floats:
    """Return squared distances of categories, shape (resamples or 1, categories, categories)."""
    if level == "nominal":
        return 1 - np.eye(len(points))[None]
    if level == "interval":
        return np.asarray((points[:, None] - points[None, :])[None] ** 2)
    # Ordinal: the number of ratings between two categories, the ends counted by half.
    middle = np.cumsum(used, axis=1) - used / 2
    return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)


def _beyond(observed: Floats, chance: Floats) -> Floats:
    return _ratio(observed - chance, 1 - chance)


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    # Rounding leaves a zero denominator at about 1e-16.
    defined = np.broadcast_to(np.abs(below) > 1e-12, ratio.shape)
    np.divide(above, below, out=ratio, where=defined)
    return ratio
