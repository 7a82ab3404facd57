"""What a picture of very many points needs: how dense they lie, and which of them to draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from diq_core.selection.pool import Mask, Rows
from diq_core.selection.scores import Floats

Counts = NDArray[np.int64]

_DIRECTIONS: Final = 64
_CELLS: Final = 48
_SHARE_OF_CHOSEN: Final = 2 / 3
_MANY: Final = 5_000


def density(
    x: Floats, y: Floats, across: tuple[float, float], up: tuple[float, float],
    shape: tuple[int, int],
) -> Counts:  # fmt: skip
    """Count the points in each cell of a grid.

    The last cell of each axis includes its upper edge. Points outside the grid, or with NaN,
    are not counted.

    Args:
        x, y: float64[n].
        across, up: where the grid begins and ends along x and y; the end lies higher.
        shape: number of rows (along y) and columns (along x).

    Returns:
        int64[rows, columns]; row 0 is the lowest.
    """
    rows, columns = shape
    with np.errstate(invalid="ignore"):
        inside = (x >= across[0]) & (x <= across[1]) & (y >= up[0]) & (y <= up[1])
    cells = _cell(y[inside], up, rows) * columns + _cell(x[inside], across, columns)
    return np.bincount(cells, minlength=rows * columns).reshape(rows, columns)


def histogram(values: Floats, bins: int) -> tuple[list[float], list[int]]:
    """Return ``bins + 1`` edges from the least to the greatest value, and the counts between.

    Args:
        values: float64[n] without NaN, n >= 1.
    """
    low, high = float(values.min()), float(values.max())
    if high <= low:
        high = low + max(abs(low), 1.0) * 1e-3
    edges = np.linspace(low, high, bins + 1)
    counts = np.bincount(_cell(values, (low, high), bins), minlength=bins)
    return edges.tolist(), counts.tolist()


@dataclass(frozen=True, eq=False)
class Crowd:
    """Points of which not all can be drawn, with all that does not depend on which are chosen.

    Make it once with `Crowd.of`; asking it again for another choice then costs a few passes over
    the marks instead of several sorts.

    Attributes:
        x, y: float64[n], in any unit; a point with NaN is never drawn.
        across, up: the least and the greatest x and y of those that are drawn.
        rows: intp[m], the points without NaN, ascending.
        lot: intp[m], these in a random order.
        spots: int16[m], in which of the spots of a grid each of `lot` lies.
        ends: intp[k], the outermost, ascending.
    """

    x: Floats
    y: Floats
    across: tuple[float, float]
    up: tuple[float, float]
    rows: Rows
    lot: Rows
    spots: NDArray[np.int16]
    ends: Rows

    @classmethod
    def of(cls, x: Floats, y: Floats, seed: int = 0) -> Crowd:
        """Prepare points; the same input gives the same order."""
        rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if not len(rows):
            return cls(x, y, (0.0, 0.0), (0.0, 0.0), rows, rows, rows.astype(np.int16), rows)
        across, up = _ends(x[rows]), _ends(y[rows])
        left, low = _unit(x[rows], across), _unit(y[rows], up)
        spots = _cell(low, (0.0, 1.0), _CELLS) * _CELLS + _cell(left, (0.0, 1.0), _CELLS)
        order = np.argsort(np.random.default_rng(seed).permutation(len(rows)))
        drawn = rows[order], spots[order].astype(np.int16)
        return cls(x, y, across, up, rows, *drawn, rows[outermost(left, low)])

    def among(self, mask: Mask) -> Crowd:
        """Return those of the points for which bool[n] `mask` holds, in the same random order."""
        there = mask[self.lot]
        rows, lot, spots = self.rows[mask[self.rows]], self.lot[there], self.spots[there]
        x, y = (np.where(mask, axis, np.nan) for axis in (self.x, self.y))
        ends = rows[outermost(*self._units(rows))] if len(rows) else rows
        return replace(self, x=x, y=y, rows=rows, lot=lot, spots=spots, ends=ends)

    def drawn(self, chosen: Mask, limit: int) -> Rows:
        """Return the rows to draw, ascending; all of them where they are no more than `limit`.

        The outermost points are always among them. So are the chosen ones, while they are at most
        two thirds of the limit; beyond, a random part of them is, with their own outermost. Then
        comes at least one point of each occupied spot as far as there is room, then random ones.
        Which of the others are drawn hardly changes when other samples are chosen.

        Args:
            chosen: bool[n].
            limit: most points to draw; the outermost (at most 128) are drawn even above it.
        """
        if len(self.rows) <= limit:
            return self.rows
        keep = np.zeros(len(self.x), dtype=bool)
        keep[self.ends] = True
        marked = chosen[self.lot]
        picked, others, spots = self.lot[marked], self.lot[~marked], self.spots[~marked]
        if len(picked):
            room = max(0, int(limit * _SHARE_OF_CHOSEN))
            if len(picked) > room:
                keep[picked[outermost(*self._units(picked))]] = True
            _add(keep, picked, room - int(keep[picked].sum()))
        _add(keep, _first_of_each(others, spots), limit - int(keep.sum()))
        _add(keep, others, limit - int(keep.sum()))
        _add(keep, picked, limit - int(keep.sum()))
        return np.flatnonzero(keep)

    def _units(self, rows: Rows) -> tuple[Floats, Floats]:
        return _unit(self.x[rows], self.across), _unit(self.y[rows], self.up)


def _first_of_each(rows: Rows, spots: NDArray[np.int16]) -> Rows:
    """Return the first of `rows` in each of the `spots` they lie in."""
    first = np.full(_CELLS * _CELLS, -1, dtype=np.intp)
    # Of several values for one place the last is kept, so the first has to come last.
    first[spots[::-1]] = rows[::-1]
    return first[first >= 0]


def outermost(x: Floats, y: Floats) -> Rows:
    """Return the rows that lie furthest out in 64 directions, ascending and unique.

    Args:
        x, y: float64[n] without NaN, n >= 1, in comparable units.
    """
    angles = np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS)
    near = np.arange(len(x))
    if len(x) > _MANY:
        # What lies inside the outline of the furthest in a few directions is never outermost.
        near = np.flatnonzero(~_inside(x, y, _furthest(x, y, angles[::8])))
    found: Rows = np.unique(near[_furthest(x[near], y[near], angles)])
    return found


def _furthest(x: Floats, y: Floats, angles: NDArray[np.floating[Any]]) -> Rows:
    """Return the row that lies furthest out in each direction."""
    return np.array([np.argmax(x * np.cos(a) + y * np.sin(a)) for a in angles])


def _inside(x: Floats, y: Floats, corners: Rows) -> Mask:
    """Return bool[n]: what lies inside the outline through these rows, and not on it.

    Args:
        corners: of a convex outline, against the clock; neighbours may be the same.
    """
    # Where all lie in one place there is no inside.
    inside = np.full(len(x), len(set(corners.tolist())) > 1)
    for one, other in zip(corners, np.roll(corners, -1), strict=True):
        if x[one] != x[other] or y[one] != y[other]:
            along, up = x[other] - x[one], y[other] - y[one]
            inside &= along * (y - y[one]) > up * (x - x[one])
    return inside


def _add(keep: Mask, candidates: Rows, room: int) -> None:
    """Keep the first `room` candidates that are not kept yet."""
    room = max(0, room)
    # Of more than these at least so many are not kept.
    ahead = candidates[: room + int(keep.sum())]
    keep[ahead[~keep[ahead]][:room]] = True


def _cell(values: Floats, ends: tuple[float, float], count: int) -> Counts:
    # floor, not int(): truncation would put what lies just below the start into the first cell.
    place = np.floor((values - ends[0]) * (count / (ends[1] - ends[0]))).astype(np.int64)
    return np.clip(place, 0, count - 1)


def _unit(values: Floats, ends: tuple[float, float]) -> Floats:
    low, high = ends
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _ends(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())
