"""What a map shows, in positions, whichever library draws it."""

from __future__ import annotations

from dataclasses import dataclass

from diq_core.selection.axis import Ticks
from diq_core.selection.density import Counts
from diq_core.selection.pool import Mask
from diq_core.selection.quadrants import Quadrants
from diq_core.selection.scores import Floats, Texts

Span = tuple[float, float]


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


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that is drawn, in positions.

    Attributes:
        x, y: float64[m], the points that are drawn.
        quadrant: int8[m], 0 = not scored; gives the colour.
        chosen, marked: bool[m]; chosen ones stand out, marked ones (by the other map) have a ring.
        hover: object[m, k], the values that a pointer over a point shows, made safe by `plain`.
        words: the sentence they stand in: "{0}" is the first of them; <br> and <b> are allowed.
        density: int64[rows, columns] over the two spans, or None.
        opened: (x, y) of the opened sample, or None.
        token: changes exactly when anything here changes.
    """

    across: Scale
    up: Scale
    x: Floats
    y: Floats
    quadrant: Quadrants
    chosen: Mask
    marked: Mask
    hover: Texts
    words: str
    token: str
    density: Counts | None = None
    opened: tuple[float, float] | None = None
    lines: tuple[Line, ...] = ()
    labels: tuple[Label, ...] = ()
    alt: str = ""
