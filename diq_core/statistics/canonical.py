"""One order for scores, whoever hands them over: a result depends on no order of files or rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def canonical(first: Floats, second: Floats) -> tuple[Floats, Floats, int]:
    """Return both in an order that depends on neither the caller's nor the questions' order.

    The draws are laid over positions, so this makes the result exactly antisymmetric and
    independent of the order of questions and seeds. The sign is −1 where both were exchanged, 0
    where exchanging them changes nothing.
    """
    pairs = [_pair_sorted(one, other) for one, other in ((first, second), (second, first))]
    ways = [(len(one), np.vstack([one, other]).tolist()) for one, other in pairs]
    sign = 1 if ways[0] < ways[1] else 0 if ways[0] == ways[1] else -1
    return *pairs[1 if sign < 0 else 0], sign


def _pair_sorted(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    first, second = _rows_sorted(first), _rows_sorted(second)
    order = np.lexsort(np.vstack([first, second])[::-1])
    return first[:, order], second[:, order]


def columns_sorted(values: Floats) -> Floats:
    """Return the scores of one arm in an order of questions and seeds that is theirs alone."""
    values = _rows_sorted(values)
    return values[:, np.lexsort(values[::-1])]


def _rows_sorted(values: Floats) -> Floats:
    keys = [np.sort(row).tolist() for row in values]
    return values[sorted(range(len(values)), key=lambda row: keys[row])]
