"""What a map shows, in positions, whichever library draws it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diq_core.maps.axis import Ticks
from diq_core.maps.density import Counts
from diq_core.selection.pool import Mask
from diq_core.selection.scores import Floats, Texts

Span = tuple[float, float]
MISSING = -1


@dataclass(frozen=True)
class Scale:
    """One axis of the picture: what it is called, its ends, and its marks."""

    title: str
    span: Span
    ticks: Ticks = ()


@dataclass(frozen=True)
class Line:
    """A line across the picture: at x or at y, with a word at its end."""

    label: str
    x: float | None = None
    y: float | None = None
    faint: bool = False


@dataclass(frozen=True)
class Label:
    """A text in a corner: "top right" and so on. `text` is our own words, never a sample's."""

    corner: str
    text: str


@dataclass(frozen=True)
class Spot:
    """A name at a place of the picture, made safe by `map_figure.plain`."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that is drawn, in positions.

    Attributes:
        x, y: float64[m], the points that are drawn.
        code: int8[m], which of the `colours` each has; 0 = not scored, or nothing stands there.
        chosen, marked: bool[m]; chosen ones stand out, marked ones (by the other map) have a ring.
        names: object[m, 2], the name and the lines that a pointer over each point shows first,
            made safe by `map_figure.plain`.
        ranks: int16[m, k], numbers that it shows below; `MISSING` = not known.
        words: the sentence they stand in: "{0}" is the first of them.
        density: int64[rows, columns] over the two spans, or None.
        opened: (x, y) of the opened sample, or None.
        margins: how many of all, and how many of the chosen, lie where across, then up; empty =
            none are drawn.
        spots: names of what lies there.
        note: one line above the picture, our own words.
        token: changes exactly when anything here changes.
    """

    across: Scale
    up: Scale
    x: Floats
    y: Floats
    code: NDArray[np.int8]
    chosen: Mask
    marked: Mask
    names: Texts
    ranks: NDArray[np.int16]
    words: str
    token: str
    colours: tuple[str, ...]
    density: Counts | None = None
    opened: tuple[float, float] | None = None
    lines: tuple[Line, ...] = ()
    labels: tuple[Label, ...] = ()
    margins: tuple[tuple[Counts, Counts], ...] = ()
    spots: tuple[Spot, ...] = ()
    note: str = ""
    alt: str = ""
