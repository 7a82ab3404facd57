"""Influence against the length of the response: the bias that is always shown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.scoring.summary import length_bands, spread_points
from diq_core.stages.joining import SCORES
from pages.parts.charts import show
from pages.parts.palette import ACCENT, CUT, UNSCORED
from pages.parts.tables import BY_DIGEST, table

_MOST_TICKS = 8
_DIGITS = (
    (1,),
    (1, 2, 5),
    (1, 2, 3, 5, 7),
    tuple(range(1, 10)),
    tuple(d / 10 for d in range(10, 100)),
)


def length_chart(scores: Artefact) -> None:
    """Draw at most 2,000 samples as points, and a line of medians where they are enough for it."""
    import plotly.graph_objects as go

    points, bands = _shown(scores)
    figure = go.Figure()
    figure.add_scatter(
        x=points["tokens"], y=points["influence"], mode="markers",
        marker={"size": 5, "color": UNSCORED, "opacity": 0.7},
        hovertemplate="%{x:,} tokens, influence %{y:+.3g}<extra></extra>",
    )  # fmt: skip
    if bands:
        figure.add_scatter(
            x=[middle for middle, _ in bands], y=[median for _, median in bands],
            mode="lines+markers", line={"color": ACCENT, "width": 3}, marker={"size": 8},
            hovertemplate="around %{x:,.0f} tokens: median %{y:+.3g}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=0, line={"color": CUT, "width": 1})
    figure.update_xaxes(
        title="response tokens (logarithmic)",
        type="log",
        tickformat=",d",
        tickvals=ticks(points["tokens"]),
    )
    figure.update_yaxes(title="influence")
    show(figure, key="influence-length", height=320, alt="Influence by length of the response")


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def _shown(scores: Artefact) -> tuple[dict[str, list[float]], list[tuple[float, float]]]:
    rows = table(scores, SCORES)
    points = spread_points(rows)
    bands = [((band.low * band.high) ** 0.5, band.median) for band in length_bands(rows)]
    return {
        "tokens": points["response_tokens"].to_pylist(),
        "influence": points["influence"].to_pylist(),
    }, bands


def ticks(numbers: Sequence[float]) -> list[float]:
    """Return round numbers for a logarithmic axis: the coarsest set with at least four."""
    low, high = min(numbers), max(numbers)
    for digits in _DIGITS:
        found = [digit * 10**power for power in range(6) for digit in digits]
        inside = [number for number in found if low <= number <= high]
        if len(inside) >= 4:
            return inside[:: -(-len(inside) // _MOST_TICKS)]
    return sorted({low, high})
