"""The places of a budget filled down an order while quotas are kept.

What at least so many must have comes first: the best of each such part. The other places go down
the order, past samples of parts that are full. With quotas on one column this is the best choice
that keeps them: it is what walking down the order gives where each sample is taken unless a quota
could not be met any more. With quotas on several columns the first of them is served first; where
that meets a dead end, an integer program finds out whether there is any way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diq_core.errors import BadSetting
from diq_core.selection.order import Order
from diq_core.selection.pool import Mask, Rows
from diq_core.selection.quotas import NO_LIMIT, Codes, Parts
from diq_core.selection.ranks import grouped

_FIRST = 4096


@dataclass(frozen=True, eq=False)
class Filled:
    """Which rows fill a budget.

    Attributes:
        reserved: those that quotas of at least so many asked for, as a set.
        walked: those that going down the order gave, as a set.
        full: for each of the parts bool[n], the samples of one that has as many as it may.
    """

    reserved: Rows
    walked: Rows
    full: tuple[Mask, ...] = ()

    @property
    def rows(self) -> Rows:
        """Both together."""
        return np.concatenate([self.reserved, self.walked])


def fill(order: Order, room: int, parts: Sequence[Parts], taken: Rows) -> Filled:
    """Return the rows that take `room` places; fewer where no more can be chosen.

    Args:
        taken: rows that have a place already; they count in the quotas.

    Raises:
        BadSetting: the quotas cannot be met together.
    """
    if not parts:
        return Filled(np.empty(0, dtype=np.intp), order.best(room))
    have = [np.bincount(each.code[taken], minlength=len(each.names)) for each in parts]
    reserved = _reserve(order, room, parts, have)
    for each, count in zip(parts, have, strict=True):
        count += np.bincount(each.code[reserved], minlength=len(count))
    free = order.candidates.copy()
    free[reserved] = False
    rest = _walk(order, np.flatnonzero(free), room - len(reserved), _left(parts, have), parts)
    for each, count in zip(parts, have, strict=True):
        count += np.bincount(each.code[rest], minlength=len(count))
    full = [(count >= each.most)[each.code] for each, count in zip(parts, have, strict=True)]
    return Filled(reserved, rest, tuple(full))


def _left(parts: Sequence[Parts], have: Sequence[Codes]) -> list[Codes]:
    """Return how many samples each part may still take."""
    return [
        np.where(each.most == NO_LIMIT, NO_LIMIT, np.maximum(0, each.most - count))
        for each, count in zip(parts, have, strict=True)
    ]


def _reserve(order: Order, room: int, parts: Sequence[Parts], have: Sequence[Codes]) -> Rows:
    """Return the rows that give each part at least what its quota asks for."""
    got: list[Rows] = [np.empty(0, dtype=np.intp)]
    counts = [count.copy() for count in have]
    free = order.candidates.copy()
    for each, count in zip(parts, counts, strict=True):
        for part in np.flatnonzero(count < each.least):
            missing = int(each.least[part] - count[part])
            rows = np.flatnonzero(free & (each.code == part))
            found = _walk(order, rows, missing, _left(parts, counts), parts)
            if len(found) < missing:
                return _by_program(order, room, parts, have)
            got.append(found)
            free[found] = False
            for other, number in zip(parts, counts, strict=True):
                number += np.bincount(other.code[found], minlength=len(number))
    rows = np.concatenate(got)
    return rows if len(rows) <= room else _by_program(order, room, parts, have)


def _walk(
    order: Order, rows: Rows, count: int, left: Sequence[Codes], parts: Sequence[Parts]
) -> Rows:
    """Return what going down the order takes of `rows`: at most `count`, past full parts."""
    limited = [(each.code, most) for each, most in zip(parts, left, strict=True)
               if (most < count).any()]  # fmt: skip
    if limited:
        # Of samples that are in the same parts only the best can be taken.
        cell = _cells([code[rows] for code, _ in limited])
        best = [
            order.best(int(min(count, *(most[code[rows[places[0]]]] for code, most in limited))),
                       rows[places])
            for _, places in grouped(cell, np.arange(len(rows)))
        ]  # fmt: skip
        rows = np.concatenate([rows[:0], *best])
    if len(limited) < 2:
        return order.best(count, rows)
    return _past_full(order.arranged(rows), count, limited)


def _cells(codes: Sequence[Codes]) -> Codes:
    """Return a number from 0 for each combination of codes."""
    cell = np.zeros(len(codes[0]), dtype=np.int64)
    for code in codes:
        cell = np.unique(cell * (code.max(initial=0) + 1) + code, return_inverse=True)[1]
    return cell if len(codes) > 1 else codes[0]


def _past_full(rows: Rows, count: int, limited: Sequence[tuple[Codes, Codes]]) -> Rows:
    """Return the first rows of `rows`, at most `count`, leaving out those of parts that are full.

    One stretch after the other: up to the first row of a part that is full, all are taken at once.
    """
    taken: list[Rows] = [rows[:0]]
    room = [most.copy() for _, most in limited]
    while count and len(rows):
        open_ = np.ones(len(rows), dtype=bool)
        for (code, _), most in zip(limited, room, strict=True):
            open_ &= most[code[rows]] > 0
        rows = rows[open_]
        ahead = rows[: max(count, _FIRST)]
        end = min([count, len(ahead), *(
            _first_over(code[ahead], most) for (code, _), most in zip(limited, room, strict=True)
        )])  # fmt: skip
        taken.append(ahead[:end])
        for (code, _), most in zip(limited, room, strict=True):
            most -= np.bincount(code[ahead[:end]], minlength=len(most))
        rows, count = rows[end:], count - end
    return np.concatenate(taken)


def _first_over(codes: Codes, most: Codes) -> int:
    """Return the first place at which a part has more than it may; the length where none has."""
    ordered = np.argsort(codes, kind="stable")
    ranked = codes[ordered]
    starts = np.flatnonzero(np.diff(ranked, prepend=-1))
    sizes = np.diff(starts, append=len(ranked))
    nth = np.arange(len(ranked)) - np.repeat(starts, sizes)
    over = ordered[nth >= most[ranked]]
    return int(over.min()) if len(over) else len(codes)


def _by_program(order: Order, room: int, parts: Sequence[Parts], have: Sequence[Codes]) -> Rows:
    """Return the fewest rows with which every part has at least what its quota asks for.

    Samples that are in the same parts differ by their order only, so the numbers to be found are
    few: how many of each combination of parts.
    """
    rows = np.flatnonzero(order.candidates)
    kind = _cells([each.code[rows] for each in parts])
    first = np.unique(kind, return_index=True)[1]
    kinds = np.column_stack([each.code[rows[first]] for each in parts])
    numbers = _program(kinds, np.bincount(kind, minlength=len(kinds)), room, parts, have)
    groups = grouped(kind, np.arange(len(rows)))
    found = [order.best(int(numbers[one]), rows[places]) for one, places in groups]
    return np.concatenate([rows[:0], *found])


def _program(
    kinds: Codes, there: Codes, room: int, parts: Sequence[Parts], have: Sequence[Codes]
) -> Codes:
    from scipy.optimize import Bounds, LinearConstraint, milp

    limits = [LinearConstraint(np.ones((1, len(kinds))), 0, room)]
    for at, (each, count) in enumerate(zip(parts, have, strict=True)):
        asked = np.flatnonzero((each.least > 0) | (each.most != NO_LIMIT))
        rows = (kinds[:, at] == asked[:, None]).astype(np.float64)
        low = np.maximum(0, each.least[asked] - count[asked])
        high = np.where(each.most[asked] == NO_LIMIT, np.inf,
                        np.maximum(low, each.most[asked] - count[asked]))  # fmt: skip
        limits.append(LinearConstraint(rows, low, high))
    found = milp(
        np.ones(len(kinds)), constraints=limits, bounds=Bounds(0, there),
        integrality=np.ones(len(kinds)),
    )  # fmt: skip
    if found.x is None:
        raise BadSetting(
            f"The quotas cannot be met together within a budget of {room:,} more samples",
            which="; ".join(_wish(each) for each in parts)[:300],
            todo="choose a larger budget, or change one of the quotas",
        )
    numbers: Codes = np.round(found.x).astype(np.int64)
    return numbers


def _wish(parts: Parts) -> str:
    told = []
    for part in np.flatnonzero((parts.least > 0) | (parts.most != NO_LIMIT))[:6]:
        least = f" at least {parts.least[part]:,}" if parts.least[part] else ""
        most = f" at most {parts.most[part]:,}" if parts.most[part] != NO_LIMIT else ""
        told.append(f"{parts.words(part)}{least}{most}")
    return "; ".join(told)
