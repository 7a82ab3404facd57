"""A rectangle or a lasso drawn on a map, and which points lie inside it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diq_core.errors import BadSetting
from diq_core.selection.pool import Mask, Rows
from diq_core.selection.scores import Floats

MAX_VERTICES = 5_000
_MAX_TEXT = 300_000
# Pieces small enough to stay in the processor's cache while all edges pass over them.
_PIECE = 1 << 15
_CELLS = 512
_INSIDE, _UNSURE = 1, 2
_FEW = 20_000
"""So many points are looked at one by one; among more, whole cells are settled first."""
_REDRAW = "Draw the region again"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its edges: left <= x <= right and bottom <= y <= top.

    Raises:
        BadSetting: a side is not a finite number, or the sides are the wrong way round.
    """

    left: float
    right: float
    bottom: float
    top: float

    def __post_init__(self) -> None:
        _refuse_endless((self.left, self.right, self.bottom, self.top))
        for low, high, axis in ((self.left, self.right, "x"), (self.bottom, self.top, "y")):
            if low > high:
                raise BadSetting(
                    f"The region begins at {axis} = {low:g} and ends before it, at {high:g}",
                    todo="Give the smaller number first",
                )

    def mask(self, x: Floats, y: Floats) -> Mask:
        """Return bool[n]: which points (x[i], y[i]) lie inside; a point with NaN never does."""
        return (x >= self.left) & (x <= self.right) & (y >= self.bottom) & (y <= self.top)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed outline; its last vertex is joined to the first.

    A point is inside when a ray from it towards larger x crosses the outline an odd number of
    times, so where a lasso crosses itself the doubly enclosed part is outside. A point on the
    outline counts as inside on the left and lower edges, outside on the right and upper ones:
    two polygons that share an edge never share a point. Vertices are rounded to 7 significant
    digits, so the outline and its text are the same region.

    Attributes:
        vertices: (x, y) pairs.

    Raises:
        BadSetting: fewer than 3 different vertices, too many, or one that is not finite.
    """

    vertices: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        _refuse_endless(value for vertex in self.vertices for value in vertex)
        rounded = tuple((float(f"{x:.7g}"), float(f"{y:.7g}")) for x, y in self.vertices)
        object.__setattr__(self, "vertices", rounded)
        if len(set(rounded)) < 3:
            raise BadSetting("A lasso needs at least 3 different points", todo=_REDRAW)
        if len(rounded) > MAX_VERTICES:
            raise BadSetting(
                f"The lasso has {len(rounded)} points, more than {MAX_VERTICES}",
                todo="Draw a simpler region",
            )

    def mask(self, x: Floats, y: Floats) -> Mask:
        """Return bool[n]: which points (x[i], y[i]) lie inside; a point with NaN never does."""
        corners = np.array(self.vertices)
        (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
        inside: Mask
        if len(x) > _FEW and 0 < right - left < math.inf and 0 < top - bottom < math.inf:
            sides = _by_cells(corners, x, y)
            inside, near = sides == _INSIDE, np.flatnonzero(sides == _UNSURE)
        else:
            inside = Box(left, right, bottom, top).mask(x, y)
            near = np.flatnonzero(inside)
        near = near[np.argsort(y[near])]
        inside[near] = _odd_crossings(_edges(corners), x[near], y[near])
        return inside


Region = Box | Polygon


def region_to_text(region: Region) -> str:
    """Return a region as compact JSON, short enough for the address of a page."""
    if isinstance(region, Box):
        body: Any = {"box": [region.left, region.right, region.bottom, region.top]}
    else:
        body = {"polygon": region.vertices}
    return json.dumps(body, separators=(",", ":"))


def region_from_text(text: str) -> Region:
    """Read what `region_to_text` wrote.

    Raises:
        BadSetting: it is no region, or a degenerate one.
    """
    unreadable = BadSetting("The region cannot be read", which=text[:60], todo=_REDRAW)
    if len(text) > _MAX_TEXT:
        raise unreadable
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise unreadable from None
    match body:
        case {"box": [left, right, bottom, top]} if _all_numbers(left, right, bottom, top):
            return Box(float(left), float(right), float(bottom), float(top))
        case {"polygon": [*points]} if all(map(_is_vertex, points)):
            return Polygon(tuple((float(x), float(y)) for x, y in points))
    raise unreadable


def _is_vertex(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _all_numbers(*value)


def _all_numbers(*values: Any) -> bool:
    # A JSON integer may be too long for a float; none that long is a coordinate.
    return all(
        isinstance(value, float) or (type(value) is int and abs(value) < 2**63) for value in values
    )


def _refuse_endless(values: Any) -> None:
    if not all(map(math.isfinite, values)):
        raise BadSetting("A corner of the region is not a finite number", todo=_REDRAW)


def _edges(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64[m, 4]: lower x, lower y, upper x, upper y of every edge not level."""
    ends = np.roll(corners, -1, axis=0)
    upward = (corners[:, 1] < ends[:, 1])[:, None]
    edges = np.hstack([np.where(upward, corners, ends), np.where(upward, ends, corners)])
    return edges[edges[:, 1] < edges[:, 3]]


def _by_cells(corners: NDArray[np.float64], x: Floats, y: Floats) -> NDArray[np.int8]:
    """Return int8[n]: on which side of the outline each point is, as far as its cell tells.

    The outline's box is cut into cells. All points of a cell that no edge comes near are on one
    side, that of its centre. Around the box lies a frame of cells outside.
    """
    low = corners.min(axis=0)
    # A trifle less than the cells, so that rounding moves no point of the box into the frame.
    scale = _CELLS * (1 - 1e-12) / (corners.max(axis=0) - low)
    outline = (corners - low) * scale
    table = np.zeros((_CELLS + 2, _CELLS + 2), dtype=np.int8)
    table[1:-1, 1:-1] = _odd_centres(_edges(outline))
    table[1:-1, 1:-1][_touched(outline)] = _UNSURE
    flat, sides = table.ravel(), np.empty(len(x), dtype=np.int8)
    for begin in range(0, len(x), _PIECE):
        part = slice(begin, begin + _PIECE)
        column, row = (_cell(values[part], low[n], scale[n]) for n, values in enumerate((x, y)))
        sides[part] = flat[row * (_CELLS + 2) + column]
    return sides


def _cell(values: Floats, low: float, scale: float) -> NDArray[np.int32]:
    """Return int32[n]: the column or row of each value, 0 or the last in the frame; NaN there."""
    place = values - low
    place *= scale
    place += 1
    np.fmin(place, _CELLS + 1, out=place)
    np.fmax(place, 0, out=place)
    return place.astype(np.int32)


def _touched(corners: NDArray[np.float64]) -> Mask:
    """Return bool[rows, columns]: which cells an edge touches, and those around them.

    Args:
        corners: of the outline, in cells.
    """
    steps = np.roll(corners, -1, axis=0) - corners
    # Points along the edges, at most half a cell apart: the next cell is as far as one can be off.
    counts = np.ceil(2 * np.abs(steps).max(axis=1)).astype(np.intp) + 1
    edge = np.repeat(np.arange(len(corners)), counts)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    along = corners[edge] + (place / counts[edge])[:, None] * steps[edge]
    column, row = np.clip(along, 0, _CELLS - 1).astype(np.intp).T
    touched = np.zeros((_CELLS + 2, _CELLS + 2), dtype=bool)
    touched[row + 1, column + 1] = True
    wide = touched[:, :-2] | touched[:, 1:-1] | touched[:, 2:]
    found: Mask = wide[:-2] | wide[1:-1] | wide[2:]
    return found


def _odd_centres(edges: NDArray[np.float64]) -> Mask:
    """Return bool[rows, columns]: an odd number of edges, in cells, lies right of the centre."""
    first, last = np.ceil(edges[:, 1] - 0.5), np.ceil(edges[:, 3] - 0.5)
    counts = (last - first).astype(np.intp)
    edge = np.repeat(np.arange(len(edges)), counts)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts - first.astype(int), counts)
    x0, y0, x1, y1 = edges[edge].T
    crossing = x0 + (row + 0.5 - y0) * (x1 - x0) / (y1 - y0)
    column = np.clip(np.ceil(crossing - 0.5), 0, _CELLS).astype(np.intp)
    size = (_CELLS, _CELLS + 1)
    ends = np.bincount(np.ravel_multi_index((row, column), size), minlength=size[0] * size[1])
    right = ends.reshape(size)[:, ::-1].cumsum(axis=1)[:, ::-1]
    odd: Mask = right[:, 1:] % 2 == 1
    return odd


def _odd_crossings(edges: NDArray[np.float64], x: Floats, y: Floats) -> Mask:
    """Return bool[n] for points in ascending y: an odd number of edges lies to the right.

    An edge matters only to the points between its ends, and these are neighbours: the cost is
    that of the crossings, not of vertices times points.
    """
    odd = np.zeros(len(x), dtype=bool)
    starts: Rows = np.searchsorted(y, edges[:, 1])
    stops: Rows = np.searchsorted(y, edges[:, 3])
    for begin in range(0, len(x), _PIECE):
        end = begin + _PIECE
        for index in np.flatnonzero((starts < end) & (stops > begin)):
            part = slice(max(starts[index], begin), min(stops[index], end))
            x0, y0, x1, y1 = edges[index]
            odd[part] ^= (x[part] - x0) * (y1 - y0) < (y[part] - y0) * (x1 - x0)
    return odd
