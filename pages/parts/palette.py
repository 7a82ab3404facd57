"""The colours that mean something, defined once.

Each stands out from the light and from the dark page by a contrast of at least 3 : 1, and the
four quadrants stay apart for the three kinds of colour blindness. They fill marks, never
letters: a quadrant's name is written in the text colour beside a mark of its colour.
"""

from __future__ import annotations

from diq_core.maps.colour import Coding

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

QUADRANTS: tuple[str, ...] = (UNSCORED, *QUADRANT_COLOURS.values())
"""The colour of no quadrant, then of Q1 to Q4."""

KIND_COLOURS: tuple[str, ...] = (
    "#0E8A84", "#E65100", "#B43CFF", "#9687D2", "#C300C3", "#1EA596", "#A55A4B", "#96875A",
)  # fmt: skip
"""Kinds in a column, the most frequent first; each two stay apart for every eye."""

OTHER = "#6E7783"
"""Kinds that have no colour of their own."""

SCALE_COLOURS: tuple[str, ...] = (
    "#2F6FC4", "#4A85B5", "#6C8B9E", "#8A8781", "#A97E57", "#C86A2C", "#E65100",
)  # fmt: skip
"""A scale of numbers from low to high, blue to orange: it keeps its order for the three kinds of
colour blindness."""

CUT = "#7C8794"
"""Lines that cut a chart, and its zero."""

LEVEL_COLOURS: tuple[str, ...] = ("#8FC7C2", "#55A9A3", "#0E8A84", "#0B6B66", "#084B48")
"""Difficulty levels 1 to 5, light to dark."""

LINES = (
    (ACCENT, "solid"), ("#B4791A", "dash"), ("#8E6FD0", "dot"), ("#C4577F", "dashdot"),
    ("#3F82C4", "longdash"), (CUT, "longdashdot"),
)  # fmt: skip
"""Colour and dash of curves in one chart: told apart without colours, too."""


def colours_of(coding: Coding) -> tuple[str, ...]:
    """Return the colour of each code of a column, that of nothing first."""
    if coding.is_scale:
        count = len(coding.names)
        steps = [round(at * (len(SCALE_COLOURS) - 1) / max(1, count - 1)) for at in range(count)]
        return (UNSCORED, *(SCALE_COLOURS[step] for step in steps))
    own = KIND_COLOURS[: len(coding.names) - bool(coding.other)]
    return (UNSCORED, *own, *([OTHER] if coding.other else []))
