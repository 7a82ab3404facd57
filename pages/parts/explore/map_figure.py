"""The frame of a map as a Plotly figure: axes, tools, and the outline that a visitor draws.

What lies on the map is no part of it: it is drawn over the chart in the browser (`packed` says
what goes there). So the figure stays the same, and the chart as it is, whatever is chosen. Its
only trace has no markers, so Plotly finds no points to send back when a region is drawn.
"""

from __future__ import annotations

import html
from typing import Any

from streamlit.elements.lib.streamlit_plotly_theme import GRAY_70

from diq_core.maps.region import Box, Region
from pages.parts.explore.picture import Scale
from pages.parts.palette import ACCENT


def figure(
    frame: str, across: Scale, up: Scale, region: Region | None, *, serial: int = 0
) -> dict[str, Any]:
    """Return the figure as plain values for Plotly; another `serial` makes it another one.

    Args:
        frame: changes exactly when the axes may; what is drawn over it belongs to one.
    """
    return {
        # Tools that draw a region need a trace to look for points in.
        "data": [{"type": "scatter", "mode": "none", "x": [across.span[0]], "y": [up.span[0]],
                  "hoverinfo": "skip"}],
        "layout": {
            "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
            "dragmode": "select",
            "hovermode": False,
            "showlegend": False,
            "meta": {"frame": frame, "serial": serial},
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": _axis(across),
            "yaxis": _axis(up),
            "selections": [_selection(region)] if region else [],
            "newselection": {"line": {"color": ACCENT, "width": 2, "dash": "solid"}},
            "activeselection": {"fillcolor": ACCENT, "opacity": 0.08},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GRAY_70, "activecolor": ACCENT},
        },
    }  # fmt: skip


def _axis(scale: Scale) -> dict[str, Any]:
    marks: dict[str, Any] = {"visible": False} if not scale.ticks else {
        "tickvals": [position for position, _ in scale.ticks],
        "ticktext": [f"{value + 0.0:g}".replace("-", "−") for _, value in scale.ticks],
    }  # fmt: skip
    return {"title": {"text": plain(scale.title), "standoff": 8}, "range": list(scale.span),
            "zeroline": False, "showgrid": False, "showline": False, "automargin": True,
            **marks}  # fmt: skip


def plain(text: str) -> str:
    """Return `text` so that the chart shows it as it is: it reads tags, entities and formulas."""
    # Plotly knows few named entities; quotes need none in a text.
    return html.escape(text, quote=False).replace("$", "&#36;").replace("\n", "<br>")


def _selection(region: Region) -> dict[str, Any]:
    line = {"color": ACCENT, "width": 2, "dash": "solid"}
    if isinstance(region, Box):
        return {"type": "rect", "xref": "x", "yref": "y", "x0": region.left, "x1": region.right,
                "y0": region.bottom, "y1": region.top, "line": line}  # fmt: skip
    path = "L".join(f"{x!r},{y!r}" for x, y in region.vertices)
    return {"type": "path", "xref": "x", "yref": "y", "path": f"M{path}Z", "line": line}
