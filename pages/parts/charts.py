"""Small Plotly charts in the app's look. They draw counts that the core has made."""

from __future__ import annotations

import html
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.parts.palette import ACCENT, CUT
from pages.parts.text import shortened
from pages.parts.words import count

if TYPE_CHECKING:
    import plotly.graph_objects as go

FEW = 10
"""Fewer than so many samples are told in words."""
_CONFIG = {"displayModeBar": False, "scrollZoom": False}


def bars(entries: Sequence[tuple[str, int]], *, unit: str, key: str, limit: int = 8) -> None:
    """Draw the commonest `limit` entries as bars with their counts; the rest as one entry."""
    import plotly.graph_objects as go

    rest = sum(number for _, number in entries[limit:])
    rows = list(entries[:limit]) + ([(f"{len(entries) - limit} more", rest)] if rest else [])
    # Labels could hold markup, and two of them could be shortened to the same text.
    labels = [inert(shortened(name or "not stated", 34)) for name, _ in rows]
    numbers = [number for _, number in rows]
    figure = go.Figure(
        go.Bar(
            x=numbers,
            y=list(range(len(rows))),
            orientation="h",
            marker_color=ACCENT,
            text=[f"{number:,}" for number in numbers],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{x:,}} {unit}<extra></extra>",
        )
    )
    figure.update_layout(bargap=0.4)
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=labels, autorange="reversed", automargin=True
    )
    figure.update_xaxes(visible=False, range=[0, max(numbers, default=1) * 1.2])
    summary = ", ".join(f"{label} {number}" for label, number in zip(labels, numbers, strict=True))
    show(figure, key=key, height=34 * len(rows) + 24, alt=f"Bars of {unit}: {summary}")


def histogram_chart(
    edges: Sequence[float], counts: Sequence[int], *, x: str, unit: str, key: str,
    mark: float | None = None, mark_label: str = "", height: int = 240, top: int | None = None,
    beyond: int = 0,
) -> None:  # fmt: skip
    """Draw counts between edges; of a few samples a sentence, as their bars would only be noise.

    Args:
        mark: where a vertical line goes, e.g. at the median or zero.
        top: the largest count of the charts that this one is compared with; they end alike.
        beyond: how many more lie outside the edges.
    """
    import plotly.graph_objects as go

    bins = list(itertools.pairwise(edges))
    if sum(counts) + beyond < FEW:
        st.write(_few_words(bins, counts, beyond, unit, x))
        return
    spans = [f"{low:.3g} to {high:.3g}" for low, high in bins]
    figure = go.Figure(
        go.Bar(
            x=[(low + high) / 2 for low, high in bins],
            y=list(counts),
            width=[high - low for low, high in bins],
            marker={"color": ACCENT, "line": {"width": 0}},
            customdata=spans,
            hovertemplate=f"%{{customdata}}<br>%{{y:,}} {unit}<extra></extra>",
        )
    )
    figure.update_layout(bargap=0.06)
    figure.update_xaxes(title=x)
    most = max(counts) if top is None else top
    figure.update_yaxes(
        title=unit, tickformat=",d", dtick=1 if most <= 5 else None,
        range=None if top is None else [0, 1.05 * top],
    )  # fmt: skip
    if mark is not None:
        figure.add_vline(
            x=mark, line={"color": CUT, "dash": "dash", "width": 1.5},
            annotation_text=mark_label, annotation_position="top",
        )  # fmt: skip
    show(figure, key=key, height=height, alt=f"Histogram of {x}")


def _few_words(
    bins: Sequence[tuple[float, float]], counts: Sequence[int], beyond: int, unit: str, x: str
) -> str:
    used = [one for one, number in zip(bins, counts, strict=True) if number]
    where = ""
    if used:
        mostly = "mostly " if beyond else ""
        low, high = (f"{end:.3g}".replace("-", "−") for end in (used[0][0], used[-1][1]))
        where = f" {x.capitalize()}: {mostly}between {low} and {high}."
    return f"{count(sum(counts) + beyond, unit)}: too few for a picture.{where}"


def show(figure: go.Figure, *, key: str, height: int, alt: str, legend: bool = False) -> None:
    """Draw a figure in the app's look, with words for those who cannot see it.

    Args:
        legend: whether the names of its parts stand above it.
    """
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 18, "b": 8}, showlegend=legend, dragmode=False,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
    )  # fmt: skip
    st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt)


def stacked_levels(
    rows: Mapping[str, Sequence[int]], colours: Sequence[str], *, unit: str, key: str
) -> None:
    """Draw for each row how many samples have level 1 to 5, as parts of one bar."""
    import plotly.graph_objects as go

    figure = go.Figure()
    names = list(rows)
    for level, colour in enumerate(colours, 1):
        numbers = [rows[name][level - 1] for name in names]
        figure.add_bar(
            x=numbers,
            y=names,
            orientation="h",
            name=f"level {level}",
            marker={"color": colour, "line": {"color": "rgba(255,255,255,0.85)", "width": 1}},
            text=[str(level) if number else "" for number in numbers],
            textposition="inside",
            insidetextfont={"color": "#13232B" if level <= 2 else "#FFFFFF", "size": 13},
            insidetextanchor="middle",
            hovertemplate=f"level {level}: %{{x:,}} {unit}<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.35)
    figure.update_xaxes(title=unit)
    figure.update_yaxes(autorange="reversed", automargin=True)
    show(figure, key=key, height=220, alt="Share of each difficulty level by aspect")


def inert(label: str) -> str:
    """Return a label that Plotly shows as it is: it would read tags and entities."""
    return html.escape(label).replace("$", "&#36;")
