"""A chart of estimates with their intervals, one line below the other: how results are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from pages.parts.charts import inert, show
from pages.parts.palette import ACCENT, CUT
from pages.parts.plain_table import Interval
from pages.parts.text import shortened, visible


@dataclass(frozen=True)
class Line:
    """One estimate of the chart; without a value it stands there empty.

    Attributes:
        chance: what blind guessing gives, drawn as a dash; None = no such level.
    """

    label: str
    found: Interval
    chance: float | None = None


def interval_chart(
    lines: Sequence[Line], *, x: str, key: str, span: tuple[float, float] | None = None,
    mark: float | None = None, mark_label: str = "", digits: str = "+.2f",
) -> None:  # fmt: skip
    """Draw each estimate as a point with its interval; nothing where no estimate has a value.

    Args:
        x: what is measured, with sign and unit.
        span: smallest range of the axis; it grows with the intervals.
        mark: a line across, e.g. no difference; None = no line.
    """
    known = [_Point(place, line) for place, line in enumerate(lines) if line.found[0] is not None]
    if not known:
        return
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Scatter(
            x=[point.value for point in known],
            y=[point.place for point in known],
            mode="markers",
            marker={"size": 11, "color": ACCENT},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [point.high - point.value for point in known],
                "arrayminus": [point.value - point.low for point in known],
                "color": ACCENT,
                "thickness": 2.5,
                "width": 7,
            },
            customdata=[point.words(digits) for point in known],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    chances = [(line.chance, place) for place, line in enumerate(lines) if line.chance is not None]
    if chances:
        figure.add_scatter(
            x=[chance for chance, _ in chances], y=[place for _, place in chances], mode="markers",
            marker={"symbol": "line-ns", "size": 26, "line": {"width": 3, "color": CUT}},
            hovertemplate=f"blind guessing: %{{x:{digits}}}<extra></extra>",
        )  # fmt: skip
    if mark is not None:
        figure.add_vline(
            x=mark, line={"color": CUT, "dash": "dash", "width": 1.5},
            annotation_text=mark_label, annotation_position="top",
        )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(lines))),
        ticktext=[inert(shortened(line.label, 60)) for line in lines],
        range=[len(lines) - 0.5, -0.5],
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    marks = [*(span or ()), *([] if mark is None else [mark]), *(chance for chance, _ in chances)]
    low = min([*marks, *(point.low for point in known)])
    high = max([*marks, *(point.high for point in known)])
    room = 0.03 * (high - low) or 1.0
    # So short that a phone has room for each line.
    title = wrap(x, 34)
    figure.update_xaxes(
        title="<br>".join(title), range=[low - room, high + room], zeroline=False,
        tickformat=digits if "%" in digits else None,
    )  # fmt: skip
    said = ", ".join(f"{visible(point.label)}: {point.words(digits)}" for point in known)
    show(figure, key=key, height=44 * len(lines) + 66 + 18 * len(title), alt=f"{x}. {said}")


class _Point:
    """An estimate that has a value, at its place; without an interval its ends are the value."""

    def __init__(self, place: int, line: Line) -> None:
        value, low, high = line.found
        self.place, self.label = place, line.label
        self.value = value or 0.0
        self.has_interval = low is not None and high is not None
        self.low = self.value if low is None else low
        self.high = self.value if high is None else high

    def words(self, digits: str) -> str:
        """Return the numbers as they are shown."""
        text = f"{self.value:{digits}}"
        if self.has_interval:
            text += f" ({self.low:{digits}} to {self.high:{digits}})"
        return text.replace("-", "−")
