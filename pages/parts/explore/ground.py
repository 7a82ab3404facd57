"""Where the samples lie on each map, whatever is chosen: laid out once, kept by digest.

Turning a knob changes colours only, so all that costs several passes over a million samples is
done here, when a map is drawn for the first time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from diq_core.maps.axis import Axis, Flipped, Plain, Ranked, Squeezed
from diq_core.maps.density import Counts, Crowd, density
from diq_core.maps.region import Box
from diq_core.score import Axes, Score
from diq_core.selection.pool import Mask, Rows
from diq_core.selection.scores import Floats
from pages.parts.explore.data import BY_INPUTS, Inputs, load_coordinates, load_pool
from pages.parts.explore.picture import Span

DRAWN = 8_000
"""Points drawn at most; beyond, the density of all lies beneath."""
_GRID = (90, 140)
_BINS = 60


@dataclass(frozen=True, eq=False)
class Ground:
    """One map without its colours.

    Attributes:
        axes: how values are laid along it, across and up.
        spans: where it begins and ends, across and up.
        crowd: the samples in positions.
        shade: int64[rows, columns], how dense all of them lie; None where all are drawn.
        margins: int64[bins] each, how many lie where along it, across and up.
    """

    axes: tuple[Axis, Axis]
    spans: tuple[Span, Span]
    crowd: Crowd
    shade: Counts | None
    margins: tuple[Counts, Counts]
    _last: dict[bytes, Ground] = field(default_factory=dict)

    @classmethod
    def of(cls, axes: tuple[Axis, Axis], x: Floats, y: Floats, room: float = 0.03) -> Ground:
        """Lay out samples.

        Args:
            x, y: float64[n], positions; NaN = it has none.
            room: share of the height that is left free above and below.
        """
        crowd, spans = Crowd.of(x, y), (_span(x), _span(y, room))
        shade = density(x, y, *spans, _GRID) if len(crowd.rows) > DRAWN else None
        return cls(axes, spans, crowd, shade, margins_of(x, y, spans))

    def among(self, mask: Mask) -> Ground:
        """Return the same map with these samples only, bool[n]; its ends stay where they are."""
        name = np.packbits(mask).tobytes()
        if name not in self._last:
            crowd = self.crowd.among(mask)
            is_crowded = len(crowd.rows) > DRAWN
            shade = density(crowd.x, crowd.y, *self.spans, _GRID) if is_crowded else None
            # Turning a knob asks for the same again and again; another filter for another one.
            self._last.clear()
            self._last[name] = Ground(
                self.axes, self.spans, crowd, shade, margins_of(crowd.x, crowd.y, self.spans)
            )
        return self._last[name]

    def drawn(self, chosen: Mask, looked: Box | None = None) -> Rows:
        """Return the rows to draw, ascending: see `Crowd.drawn`.

        Args:
            chosen: bool[n].
            looked: a part of the map, in positions; of the samples there as many again are drawn.
        """
        rows = self.crowd.drawn(chosen, DRAWN)
        if looked is None or len(rows) == len(self.crowd.rows):
            return rows
        near = self.crowd.among(looked.mask(*self.places))
        return np.union1d(rows, near.drawn(chosen, DRAWN))

    @property
    def places(self) -> tuple[Floats, Floats]:
        """float64[n] each: the positions of all samples; NaN = it has none."""
        return self.crowd.x, self.crowd.y


def margins_of(x: Floats, y: Floats, spans: tuple[Span, Span]) -> tuple[Counts, Counts]:
    """Return int64[bins] each: how many samples that have both positions lie where along x and
    along y."""
    there = np.isfinite(x) & np.isfinite(y)
    across, up = (
        np.histogram(axis[there], _BINS, span)[0] for axis, span in zip((x, y), spans, strict=True)
    )
    return across, up


def scores_ground(inputs: Inputs, aspect: str, names: Axes, scale: str) -> Ground:
    """Return the map of two scores; at least one sample has both.

    Args:
        names: of the two scores.
        scale: "values" or "ranks".
    """
    return _scores_ground(inputs.scored, aspect, names, scale)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_INPUTS)
def _scores_ground(inputs: Inputs, aspect: str, names: Axes, scale: str) -> Ground:
    pool = load_pool(inputs, aspect, names)
    across, up = (
        _axis_of(pool.scores.describe(name), ordered, scale)
        for name, ordered in zip(names, (pool.sorted_across, pool.sorted_up), strict=True)
    )
    x, y = across.place(pool.given[0]), up.place(pool.given[1])
    # Above and below there is room for the quadrants' names, so that they cover no point.
    return Ground.of((across, up), x, y, 0.13)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_INPUTS)
def meaning_ground(inputs: Inputs) -> Ground | None:
    """Return the map of meaning of the samples that are not left out; None = there is none."""
    places = load_coordinates(inputs)
    if places is None:
        return None
    included = load_pool(inputs, "overall").included
    x, y = (np.where(included, axis, np.nan) for axis in places)
    return Ground.of((Plain(*_span(x)), Plain(*_span(y))), x, y)


def _axis_of(score: Score, ordered: Floats, scale: str) -> Axis:
    """Return an axis for oriented values, ascending; what has no bounds may have far outliers."""
    axis: Axis
    if scale == "ranks":
        axis = Ranked.of(ordered)
    elif score.least is None or score.most is None:
        axis = Squeezed.of(ordered)
    else:
        axis = Plain(*_with_room(float(ordered[0]), float(ordered[-1]), 0.0))
    return axis if score.best == "high" else Flipped(axis)


def _span(values: Floats, room: float = 0.03) -> Span:
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    return _with_room(float(known.min()), float(known.max()), room)


def _with_room(low: float, high: float, share: float) -> Span:
    room = (high - low) * share
    # One sample, or many with one and the same score, still need an axis with a length.
    if high <= low:
        room = max(abs(low), 1.0) * 0.5
    return low - room, high + room
