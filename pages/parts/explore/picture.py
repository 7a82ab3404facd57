"""What a map shows, in positions, whichever library draws it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diq_core.maps.axis import Ticks
from diq_core.maps.density import Counts
from diq_core.maps.region import Box
from diq_core.selection.pool import Mask, Rows
from diq_core.selection.scores import Floats

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
    """Two lines in a corner, "top right" and so on: a bold name with a dot of a colour ("" =
    none) and what stands beside it, then what stands before the number of chosen ones."""

    corner: str
    colour: str
    name: str
    beside: str
    before: str
    chosen: str


@dataclass(frozen=True)
class Spot:
    """A name at a place of the picture."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that is drawn, in positions. Texts are plain: nothing in them is markup.

    Attributes:
        frame: changes exactly when the axes may: what is drawn belongs between these only.
        token: changes exactly when anything here does.
        rows: int32[m], which samples the points that are drawn stand for.
        x, y: float64[m], where they lie.
        code: int8[m], which of the `colours` each has; 0 = not scored, or nothing stands there.
        chosen, marked: bool[m]; chosen ones stand out, marked ones (by the other map) have a ring.
        ranks: int8[m, k], numbers that a pointer over each shows; `MISSING` = not known.
        words: the sentence they stand in: "{0}" is the first of them.
        density: int64[rows, columns] over the two spans, or None where all points are drawn.
        looked: the part of the picture in which more points are drawn; None = none is.
        opened: (x, y) of the opened sample, or None.
        margins: how many of all, and how many of the chosen, lie where across, then up; empty =
            none are drawn.
        spots: names of what lies there.
        note: one line above the picture, our own words.
    """

    frame: str
    token: str
    across: Scale
    up: Scale
    rows: Rows
    x: Floats
    y: Floats
    code: NDArray[np.int8]
    chosen: Mask
    marked: Mask
    ranks: NDArray[np.int8]
    words: str
    colours: tuple[str, ...]
    density: Counts | None = None
    looked: Box | None = None
    opened: tuple[float, float] | None = None
    lines: tuple[Line, ...] = ()
    labels: tuple[Label, ...] = ()
    margins: tuple[tuple[Counts, Counts], ...] = ()
    spots: tuple[Spot, ...] = ()
    note: str = ""
    alt: str = ""
