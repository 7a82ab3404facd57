"""How scores are laid along an axis of the map, and back.

An axis places each value at a position and finds the value at a position. Regions are kept in
values, so they mean the same on every axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from diq_core.maps.region import Box, Polygon, Region
from diq_core.selection.scores import Floats

_Map = Callable[[Floats], Floats]
Ticks = tuple[tuple[float, float], ...]
"""(position, value) of each mark along an axis, ascending."""


class Axis(Protocol):
    """A strictly monotonic map between values and positions; rising but for `Flipped`."""

    def place(self, values: Floats) -> Floats:
        """Return the position of each value; NaN stays NaN."""
        ...

    def value(self, positions: Floats) -> Floats:
        """Return the value at each position."""
        ...

    def ticks(self) -> Ticks:
        """Return where to write which values."""
        ...


@dataclass(frozen=True)
class Plain:
    """Positions are the values themselves, between `low` and `high`."""

    low: float
    high: float

    def place(self, values: Floats) -> Floats:
        return values

    def value(self, positions: Floats) -> Floats:
        return positions

    def ticks(self) -> Ticks:
        return tuple((mark, mark) for mark in _round_marks(self.low, self.high))


@dataclass(frozen=True)
class Squeezed:
    """Even between `low` and `high`, logarithmic beyond, so that far outliers stay in sight.

    Influence has heavy tails: on an even axis a handful of samples would press all others into
    a line. Positions are values in the even part.

    Attributes:
        low, high: ends of the even part; low < high.
        below, above: how far out, in lengths of the even part, a value must lie to be drawn at
            0.69 of its distance; the smaller, the stronger the squeeze. Above 0.
        least, most: the outermost values there are, marked on the axis if they lie far out.
    """

    low: float
    high: float
    below: float
    above: float
    least: float
    most: float

    @classmethod
    def of(cls, ordered: Floats, *, even: float = 0.99, tail: float = 0.14) -> Squeezed:
        """Fit an axis to ascending values: the middle share `even` is even, and each part
        beyond takes at most the share `tail` of the even part's length.

        Args:
            ordered: float64[n], ascending, without NaN, n >= 1.
        """
        low, high = np.quantile(ordered, [(1 - even) / 2, (1 + even) / 2])
        if not low < high:
            # Nearly all values are equal: centre the even part on them.
            reach = max(float(ordered[-1] - ordered[0]), abs(float(low)), 1e-12)
            low, high = low - reach, high + reach
        length = float(high - low)
        below = _squeeze((low - ordered[0]) / length, tail)
        above = _squeeze((ordered[-1] - high) / length, tail)
        ends = float(ordered[0]), float(ordered[-1])
        return cls(float(low), float(high), below, above, *ends)

    def place(self, values: Floats) -> Floats:
        length = self.high - self.low
        over = np.maximum(values - self.high, 0.0) / length
        under = np.maximum(self.low - values, 0.0) / length
        drawn = self.above * np.log1p(over / self.above)
        drawn -= self.below * np.log1p(under / self.below)
        placed: Floats = np.clip(values, self.low, self.high) + length * drawn
        return placed

    def value(self, positions: Floats) -> Floats:
        length = self.high - self.low
        # A position far outside the picture must not overflow.
        over = np.clip((positions - self.high) / (length * self.above), 0.0, 50.0)
        under = np.clip((self.low - positions) / (length * self.below), 0.0, 50.0)
        beyond = self.above * np.expm1(over) - self.below * np.expm1(under)
        found: Floats = np.clip(positions, self.low, self.high) + length * beyond
        return found

    def ticks(self) -> Ticks:
        marks = [(mark, mark) for mark in _round_marks(self.low, self.high)]
        space = (self.high - self.low) / 16
        ends = np.array([self.least, self.most])
        for position, end in zip(self.place(ends).tolist(), ends.tolist(), strict=True):
            if all(abs(position - mark) > space for mark, _ in marks):
                marks.append((position, float(f"{end:.2g}")))
        return tuple(sorted(marks))

    @property
    def squeezed(self) -> tuple[float, ...]:
        """Where the even part ends, at those ends beyond which there are values."""
        return tuple(
            edge
            for edge, beyond in (
                (self.low, self.least < self.low),
                (self.high, self.most > self.high),
            )
            if beyond
        )


@dataclass(frozen=True, eq=False)
class Ranked:
    """Positions are percentiles, 0 = the lowest value of the pool, 100 = the highest.

    Attributes:
        marks: float64[m], different values, ascending.
        places: float64[m], their positions.
    """

    marks: Floats
    places: Floats

    @classmethod
    def of(cls, ordered: Floats) -> Ranked:
        """Fit an axis to ascending values; equal values share the middle of their places.

        Args:
            ordered: float64[n], ascending, without NaN, n >= 1.
        """
        marks, first, number = np.unique(ordered, return_index=True, return_counts=True)
        middle = first + (number - 1) / 2
        last = len(ordered) - 1
        places = 100 * middle / last if last else np.full(1, 50.0)
        return cls(marks, places)

    def place(self, values: Floats) -> Floats:
        return np.interp(values, self.marks, self.places)

    def value(self, positions: Floats) -> Floats:
        inside = np.interp(positions, self.places, self.marks)
        # Beyond the ends the values go on, so that a box drawn around all holds all.
        margin = float(self.marks[-1] - self.marks[0]) or 1.0
        below = np.minimum(positions - self.places[0], 0.0) * margin / 100
        above = np.maximum(positions - self.places[-1], 0.0) * margin / 100
        found: Floats = inside + below + above
        return found

    def ticks(self) -> Ticks:
        return tuple((float(mark), float(mark)) for mark in range(0, 101, 10))


@dataclass(frozen=True)
class Flipped:
    """An axis on which lower values lie further right or up, for a score whose lowest is best.

    Attributes:
        inner: the axis of the values with their sign turned.
    """

    inner: Axis

    def place(self, values: Floats) -> Floats:
        return self.inner.place(-values)

    def value(self, positions: Floats) -> Floats:
        found: Floats = -self.inner.value(positions)
        return found

    def ticks(self) -> Ticks:
        if isinstance(self.inner, Ranked):
            return self.inner.ticks()  # Percentiles are counted from the worse end in any case.
        return tuple((position, -value) for position, value in self.inner.ticks())


def to_values(region: Region, across: Axis, up: Axis) -> Region:
    """Return the region in values that is drawn as `region` in positions."""
    return _mapped(region, across.value, up.value)


def to_positions(region: Region, across: Axis, up: Axis) -> Region:
    """Return the region in positions that shows `region`, given in values."""
    return _mapped(region, across.place, up.place)


def _mapped(region: Region, across: _Map, up: _Map) -> Region:
    if isinstance(region, Box):
        left, right = sorted(across(np.array([region.left, region.right])).tolist())
        bottom, top = sorted(up(np.array([region.bottom, region.top])).tolist())
        return Box(left, right, bottom, top)
    corners = np.array(region.vertices)
    x, y = across(corners[:, 0]).tolist(), up(corners[:, 1]).tolist()
    return Polygon(tuple(zip(x, y, strict=True)))


def _squeeze(furthest: float, tail: float) -> float:
    """Return the number for which a value `furthest` beyond is drawn `tail` beyond."""
    if furthest <= tail:
        return 1e3  # As good as even.
    low, high = 1e-9, 1e3
    for _ in range(80):
        middle = float(np.sqrt(low * high))
        if middle * np.log1p(furthest / middle) > tail:
            high = middle
        else:
            low = middle
    return low


def _round_marks(low: float, high: float, about: int = 6) -> list[float]:
    """Return round numbers between `low` and `high`, about so many."""
    step = 10.0 ** np.floor(np.log10((high - low) / about))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= about)
    first, last = np.ceil(low / step), np.floor(high / step)
    return [float(f"{number * step:.12g}") for number in np.arange(first, last + 1)]
