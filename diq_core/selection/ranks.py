"""Rows in groups and values in ranks: what several rules of choosing share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from diq_core.selection.scores import Floats


def grouped(
    code: NDArray[np.integer], rows: NDArray[np.intp]
) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield each code that occurs among `rows`, ascending, with its rows in their order.

    Args:
        code: integers, from 0, of n.
        rows: which of the n.
    """
    codes = code[rows]
    if codes.max(initial=0) < 2**15:
        codes = codes.astype(np.int16)  # numpy sorts 16-bit integers by radix
    ordered = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[ordered], prepend=-1))
    for group in np.split(rows[ordered], starts[1:]):
        if len(group):
            yield int(code[group[0]]), group


def doubled_rank(values: Floats) -> Floats:
    """Return twice the number of lower values plus the number of equal ones, itself included.

    Divided by 2n this is the percentile rank. The doubling keeps the average rank of an even
    number of ties whole.

    Args:
        values: float64[n] without NaN.
    """
    count = len(values)
    order = np.argsort(values)
    ordered = values[order]
    new = np.ones(count, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(new)
    ranks = np.empty(count)
    if len(starts) == count:
        ranks[order] = np.arange(1, 2 * count, 2, dtype=np.float64)
    else:
        sizes = np.diff(starts, append=count)
        ranks[order] = np.repeat(2.0 * starts + sizes, sizes)
    return ranks
