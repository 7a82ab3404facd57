"""Near neighbours skipped: going down an order, what is too much like an earlier one is left out.

A sample is skipped if it is a near neighbour of one that comes before it and is not skipped
itself. So the first of two that are alike stays, ties are those of the order, and a larger budget
keeps all that a smaller one keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from diq_core.selection.contents import Pairs
from diq_core.selection.order import Order, RuledOut
from diq_core.selection.pool import Rows

_MORE = 1.25
_AT_LEAST = 256


def skip_near(
    order: Order, near: Callable[[Rows, float], Pairs], similarity: float, first: Rows,
    wanted: int | None,
) -> Order:  # fmt: skip
    """Return the order without the near neighbours of what comes earlier.

    Args:
        near: see `Contents.near`.
        similarity: from which two samples are near, in (0, 1].
        first: rows that are kept in any case and so come before all others.
        wanted: how many places there are: no more samples are looked at than it takes to fill
            them; None = all.
    """
    arranged = order.arranged()
    size = len(arranged) if wanted is None else int(wanted * _MORE) + _AT_LEAST
    while True:
        rows = np.concatenate([first, arranged[:size]])
        stays = _stays(len(rows), len(first), near(rows, similarity))[len(first) :]
        if size >= len(arranged) or (wanted is not None and stays.sum() >= wanted):
            break
        size *= 2
    seen = arranged[: len(stays)]
    if wanted is not None and wanted:
        # What comes after the last place is over the budget, near or not.
        last = np.flatnonzero(stays)[:wanted]
        end = int(last[-1]) + 1 if len(last) == wanted else len(stays)
        seen, stays = seen[:end], stays[:end]
    skipped = np.zeros(len(order.ids), dtype=bool)
    skipped[seen[~stays]] = True
    why = f"its question is like that of one ranked higher (similarity {similarity:g} or more)"
    return replace(
        order,
        candidates=order.candidates & ~skipped,
        tier=None if order.tier is None else np.where(skipped, np.int8(0), order.tier),
        ruled_out=(*order.ruled_out, RuledOut(skipped, why)),
    )


def _stays(size: int, first: int, pairs: Pairs) -> np.ndarray:
    """Return bool[size]: which places stay; the first ones do in any case."""
    stays = np.ones(size, dtype=bool)
    ordered = np.lexsort(pairs[::-1])
    # An earlier place is settled before the pairs in which it comes first are looked at.
    for one, other in zip(pairs[0][ordered].tolist(), pairs[1][ordered].tolist(), strict=True):
        if other >= first and stays[one]:
            stays[other] = False
    return stays
