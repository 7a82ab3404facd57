"""Figures with their intervals, one line each: the form in which results are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pages.parts.charts import inert, show
from pages.parts.palette import ACCENT, CUT
from pages.parts.text import shortened, visible


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure.

    Attributes:
        chance: what blind guessing gives, drawn as a dash; None = no such level.
    """

    label: str
    value: float
    low: float
    high: float
    chance: float | None = None


def interval_chart(
    bars: Sequence[Bar], *, x: str, key: str, lowest: float | None = None,
    mark: float | None = None,
) -> None:  # fmt: skip
    """Draw each figure as a dot with its interval.

    Args:
        lowest: where the axis begins; None = where the figures do.
        mark: a vertical line, e.g. "no difference" at 0.
    """
    import plotly.graph_objects as go

    rows = list(range(len(bars)))
    figure = go.Figure(
        go.Scatter(
            x=[bar.value for bar in bars],
            y=rows,
            mode="markers",
            marker={"size": 11, "color": ACCENT},
            error_x={
                "type": "data", "symmetric": False, "thickness": 2, "width": 6, "color": ACCENT,
                "array": [bar.high - bar.value for bar in bars],
                "arrayminus": [bar.value - bar.low for bar in bars],
            },
            customdata=[f"{bar.value:.4g} ({bar.low:.4g} to {bar.high:.4g})" for bar in bars],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    chances = [(bar.chance, row) for row, bar in enumerate(bars) if bar.chance is not None]
    if chances:
        figure.add_scatter(
            x=[each for each, _ in chances], y=[row for _, row in chances], mode="markers",
            marker={"symbol": "line-ns", "size": 26, "line": {"width": 3, "color": CUT}},
            hovertemplate="blind guessing: %{x:.1f}<extra></extra>",
        )  # fmt: skip
    if mark is not None:
        figure.add_vline(x=mark, line={"color": CUT, "dash": "dash", "width": 1.5})
    figure.update_yaxes(
        tickvals=rows, ticktext=[inert(shortened(bar.label, 60)) for bar in bars],
        autorange="reversed", automargin=True,
    )  # fmt: skip
    figure.update_xaxes(title=x, rangemode="tozero" if lowest == 0.0 else "normal")
    summary = "; ".join(f"{visible(bar.label)} {bar.value:.3g}, {bar.low:.3g} to {bar.high:.3g}"
                        for bar in bars)  # fmt: skip
    show(figure, key=key, height=46 * len(bars) + 90, alt=f"Figures with intervals: {summary}")
