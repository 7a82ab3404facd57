"""What a picture of very many points needs: how dense they lie, and which of them to draw."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from diq_core.selection.pool import Mask, Rows
from diq_core.selection.scores import Floats

Counts = NDArray[np.int64]

_DIRECTIONS: Final = 64
_CELLS: Final = 48
_SHARE_OF_CHOSEN: Final = 2 / 3


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


def representatives(x: Floats, y: Floats, chosen: Mask, limit: int, seed: int = 0) -> Rows:
    """Return the rows to draw where not all can be drawn, ascending.

    The outermost points are always among them. So are the chosen ones, while they are at most
    two thirds of the limit; beyond, a random part of them is, with their own outermost. Then
    comes at least one point of each occupied spot as far as there is room, then random ones.
    The same input gives the same rows; which of the others are drawn hardly changes when other
    samples are chosen.

    Args:
        x, y: float64[n]; a point with NaN is never drawn.
        chosen: bool[n].
        limit: most points to draw; the outermost (at most 128) are drawn even above it.
        seed: of the random part.
    """
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(rows) <= limit:
        return rows
    x, y, marked = _unit(x[rows]), _unit(y[rows]), chosen[rows]
    lot = np.random.default_rng(seed).permutation(len(rows))
    keep = np.zeros(len(rows), dtype=bool)
    keep[outermost(x, y)] = True
    picked = np.flatnonzero(marked)
    picked = picked[np.argsort(lot[picked])]
    if len(picked):
        room = max(0, int(limit * _SHARE_OF_CHOSEN))
        if len(picked) > room:
            keep[picked[outermost(x[picked], y[picked])]] = True
        _add(keep, picked, room - int(keep[picked].sum()))
    others = np.flatnonzero(~marked)
    others = others[np.argsort(lot[others])]
    _add(keep, others[_first_of_each_spot(x[others], y[others])], limit - int(keep.sum()))
    _add(keep, others, limit - int(keep.sum()))
    _add(keep, picked, limit - int(keep.sum()))
    return rows[keep]


def outermost(x: Floats, y: Floats) -> Rows:
    """Return the rows that lie furthest out in 64 directions, ascending and unique.

    Args:
        x, y: float64[n] without NaN, n >= 1, in comparable units.
    """
    angles = np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS)
    return np.unique([np.argmax(x * np.cos(a) + y * np.sin(a)) for a in angles])


def _add(keep: Mask, candidates: Rows, room: int) -> None:
    """Keep the first `room` candidates that are not kept yet."""
    fresh = candidates[~keep[candidates]]
    keep[fresh[: max(0, room)]] = True


def _first_of_each_spot(x: Floats, y: Floats) -> Rows:
    spots = _cell(y, (0.0, 1.0), _CELLS) * _CELLS + _cell(x, (0.0, 1.0), _CELLS)
    first: Rows = np.unique(spots, return_index=True)[1]
    return first


def _cell(values: Floats, ends: tuple[float, float], count: int) -> Counts:
    # floor, not int(): truncation would put what lies just below the start into the first cell.
    place = np.floor((values - ends[0]) * (count / (ends[1] - ends[0]))).astype(np.int64)
    return np.clip(place, 0, count - 1)


def _unit(values: Floats) -> Floats:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)
