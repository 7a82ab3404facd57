"""The colours that mean something, defined once.

Each stands out from the light and from the dark page by a contrast of at least 3 : 1, and the
four quadrants stay apart for the three kinds of colour blindness. They fill marks, never
letters: a quadrant's name is written in the text colour beside a mark of its colour.
"""

from __future__ import annotations

QUADRANT_COLOURS: dict[str, str] = {
    "Q1": "#E65100",
    "Q2": "#3A97D4",
    "Q3": "#A23BE0",
    "Q4": "#6E7783",
}
"""Q1 is the hero: the warmest and strongest of the four. Q4 is nearly colourless."""

ACCENT = "#0E8A84"
"""The colour of the app itself, for marks that stand for no quadrant."""

UNSCORED = "#9AA3AD"
"""Samples without a score, and parts of a bar that are not counted."""

CUT = "#7C8794"
"""Lines that cut a chart, and its zero."""

LEVEL_COLOURS: tuple[str, ...] = ("#8FC7C2", "#55A9A3", "#0E8A84", "#0B6B66", "#084B48")
"""Difficulty levels 1 to 5, light to dark."""

LINES = (
    (ACCENT, "solid"), ("#B4791A", "dash"), ("#8E6FD0", "dot"), ("#C4577F", "dashdot"),
    ("#3F82C4", "longdash"), (CUT, "longdashdot"),
)  # fmt: skip
"""Colour and dash of curves in one chart: told apart without colours, too."""
