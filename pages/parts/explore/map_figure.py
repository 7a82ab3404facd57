"""How a picture of many points becomes a Plotly figure.

Plotly draws it in a way that costs the same for any size: points are strokes of a few vector
paths (no WebGL, no element for each point), and an invisible trace carries the hover text. That
trace has no markers, so Plotly finds no points to send back when a region is drawn.
"""

from __future__ import annotations

import html
import re
from typing import Any

import numpy as np
from streamlit.elements.lib.streamlit_plotly_theme import BG_COLOR, GRAY_70, GRAY_90

from diq_core.maps.region import Box, Region
from diq_core.selection.pool import Mask
from diq_core.selection.scores import Floats, Texts
from pages.parts.explore.margins import margin_shapes
from pages.parts.explore.picture import MISSING, Label, Line, Picture, Scale, Spot
from pages.parts.palette import ACCENT, CUT


def plain(text: str) -> str:
    """Return `text` so that the chart shows it as it is: it reads tags, entities and formulas."""
    # Plotly knows few named entities; quotes need none in a text.
    return html.escape(text, quote=False).replace("$", "&#36;").replace("\n", "<br>")


def figure(picture: Picture, region: Region | None, *, serial: int = 0) -> dict[str, Any]:
    """Return the figure as plain values for Plotly; another `serial` makes it another one."""
    return {
        "data": [*_density(picture), *_hover(picture)],
        "layout": {
            "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
            "dragmode": "select",
            "hovermode": "closest",
            "hoverdistance": 12,
            "showlegend": False,
            "meta": {"drawn": picture.token, "serial": serial},
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": _axis(picture.across),
            "yaxis": _axis(picture.up),
            "shapes": [*margin_shapes(picture), *_dots(picture), *map(_line, picture.lines)],
            "annotations": [
                *map(_line_label, picture.lines),
                *map(_corner, picture.labels),
                *map(_spot, picture.spots),
                _note(picture.note),
            ],
            "selections": [_selection(region)] if region else [],
            "newselection": {"line": {"color": ACCENT, "width": 2, "dash": "solid"}},
            "activeselection": {"fillcolor": ACCENT, "opacity": 0.08},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GRAY_70, "activecolor": ACCENT},
        },
    }


def _axis(scale: Scale) -> dict[str, Any]:
    marks: dict[str, Any] = {"visible": False} if not scale.ticks else {
        "tickvals": [position for position, _ in scale.ticks],
        "ticktext": [f"{value + 0.0:g}".replace("-", "−") for _, value in scale.ticks],
    }  # fmt: skip
    return {"title": {"text": scale.title, "standoff": 8}, "range": list(scale.span),
            "zeroline": False, "showgrid": False, "showline": False, "automargin": True,
            **marks}  # fmt: skip


def _density(picture: Picture) -> list[dict[str, Any]]:
    if picture.density is None:
        return []
    rows, columns = picture.density.shape
    light = np.log1p(picture.density)
    (left, right), (bottom, top) = picture.across.span, picture.up.span
    across, up = (right - left) / columns, (top - bottom) / rows
    shade = [[0, "rgba(124,135,148,0)"], [0.02, "rgba(124,135,148,0.10)"],
             [1, "rgba(124,135,148,0.55)"]]  # fmt: skip
    return [
        {
            "type": "heatmap", "z": np.round(255 * light / max(light.max(), 1)).astype(np.uint8),
            "x0": left + across / 2, "dx": across, "y0": bottom + up / 2, "dy": up,
            "colorscale": shade, "showscale": False, "hoverinfo": "skip", "zsmooth": "fast",
        }
    ]  # fmt: skip


def _hover(picture: Picture) -> list[dict[str, Any]]:
    """Return the invisible points that answer a pointer: those with all their ranks, the others."""
    known = (picture.ranks != MISSING).all(axis=1)
    words = re.sub(r"\{(\d)\}", r"%{customdata[\1]}", picture.words)
    groups = ((known, words), (~known, "not scored"))
    return [_answering(picture, mask, line) for mask, line in groups if mask.any()]


def _answering(picture: Picture, mask: Mask, line: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "none",
        "x": picture.x[mask].astype(np.float32),
        "y": picture.y[mask].astype(np.float32),
        "text": picture.names[mask, 0].tolist(),
        "hovertext": picture.names[mask, 1].tolist(),
        "customdata": picture.ranks[mask],
        "hovertemplate": f"<b>%{{text}}</b><br>%{{hovertext}}<br>{line}<extra></extra>",
        "hoverlabel": {"align": "left", "font": {"color": GRAY_90, "size": 13}},
    }


def _dots(picture: Picture) -> list[dict[str, Any]]:
    """Return the points as strokes: the style sheet makes their ends round."""
    small = 3.4 if len(picture.x) > 2000 else 5.5
    places = _strokes_at(picture.x, picture.y)
    number_chosen = int(picture.chosen.sum())
    # A crowd of chosen points needs no size to be seen, and would hide its own shape.
    large, solid = (3.8, 0.8) if number_chosen > 1500 else (small + 2, 1.0)
    shapes = []
    for number, colour in enumerate(picture.colours):
        rest = (picture.code == number) & ~picture.chosen
        shapes.append(_strokes(places[rest], colour, small, 0.55 if number_chosen else 0.8))
    ring = 5.0 if int(picture.marked.sum()) < 1500 else 2.8
    shapes.append(_strokes(places[picture.marked], ACCENT, large + ring, 0.9))
    halo = places[picture.chosen | picture.marked]
    shapes.append(_strokes(halo, BG_COLOR, large + ring / 2.5, solid))
    left = picture.marked & ~picture.chosen
    for number, colour in enumerate(picture.colours):
        group = picture.code == number
        shapes.append(_strokes(places[left & group], colour, small, 0.6))
        shapes.append(_strokes(places[picture.chosen & group], colour, large, solid))
    if picture.opened:
        at = _strokes_at(np.array([picture.opened[0]]), np.array([picture.opened[1]]))
        for colour, width in ((GRAY_90, 20.0), (BG_COLOR, 15.0), (GRAY_90, 9.0)):
            shapes.append(_strokes(at, colour, width, 1.0))
    return [shape for shape in shapes if shape]


def _strokes_at(x: Floats, y: Floats) -> Texts:
    """Return object[m]: a stroke without length at each place."""
    pairs = zip(x.tolist(), y.tolist(), strict=True)
    return np.array([f"M{across:.5g},{up:.5g}Z" for across, up in pairs], dtype=object)


def _strokes(places: Texts, colour: str, width: float, opacity: float) -> dict[str, Any]:
    if not len(places):
        return {}
    return {"type": "path", "path": "".join(places), "layer": "above", "opacity": opacity,
            "line": {"width": width, "color": colour}}  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    style = {"color": CUT, "width": 1 if line.faint else 1.6,
             "dash": "dot" if line.faint else "solid"}  # fmt: skip
    if line.x is not None:
        return {"type": "line", "x0": line.x, "x1": line.x, "yref": "y domain", "y0": 0, "y1": 1,
                "line": style}  # fmt: skip
    return {"type": "line", "y0": line.y, "y1": line.y, "xref": "x domain", "x0": 0, "x1": 1,
            "line": style}  # fmt: skip


def _line_label(line: Line) -> dict[str, Any]:
    text = {"text": line.label, "showarrow": False, "font": {"size": 12}, "bgcolor": BG_COLOR,
            "opacity": 0.85, "borderpad": 1}  # fmt: skip
    if line.x is not None:
        return {**text, "x": line.x, "yref": "y domain", "y": 0, "yanchor": "bottom",
                "xanchor": "left", "xshift": 3}  # fmt: skip
    side = "left" if line.faint else "right"
    return {**text, "y": line.y, "xref": "x domain", "x": 0 if line.faint else 1,
            "xanchor": side, "yanchor": "bottom", "yshift": 1}  # fmt: skip


def _corner(label: Label) -> dict[str, Any]:
    up, across = label.corner.split()
    return {
        "text": label.text, "showarrow": False, "font": {"size": 13}, "bgcolor": BG_COLOR,
        "opacity": 0.9, "borderpad": 2, "align": across, "xref": "x domain", "yref": "y domain",
        "x": 1 if across == "right" else 0, "xanchor": across,
        "y": 1 if up == "top" else 0, "yanchor": up, "yshift": 3 if up == "top" else -3,
    }  # fmt: skip


def _spot(spot: Spot) -> dict[str, Any]:
    return {
        "text": spot.text,
        "x": spot.x,
        "y": spot.y,
        "showarrow": False,
        "font": {"size": 12},
        "bgcolor": BG_COLOR,
        "opacity": 0.88,
        "borderpad": 2,
    }


def _note(text: str) -> dict[str, Any]:
    return {"text": text, "showarrow": False, "font": {"size": 12}, "xref": "x domain", "x": 0,
            "xanchor": "left", "yref": "y domain", "y": 1, "yanchor": "bottom",
            "yshift": 12}  # fmt: skip


def _selection(region: Region) -> dict[str, Any]:
    line = {"color": ACCENT, "width": 2, "dash": "solid"}
    if isinstance(region, Box):
        return {"type": "rect", "xref": "x", "yref": "y", "x0": region.left, "x1": region.right,
                "y0": region.bottom, "y1": region.top, "line": line}  # fmt: skip
    path = "L".join(f"{x!r},{y!r}" for x, y in region.vertices)
    return {"type": "path", "xref": "x", "yref": "y", "path": f"M{path}Z", "line": line}
