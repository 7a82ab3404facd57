"""The map: many samples as points, and the region that a visitor draws on it.

The one file that knows which library draws the map. It takes positions and gives back a region
in positions; which samples lie in it is found on the server, so nothing but a few numbers comes
back however many samples are marked.

Plotly draws it, in a way that costs the same for any size: points are strokes of a few vector
paths (no WebGL, no element for each point), and an invisible trace carries the hover text. That
trace has no markers, so Plotly finds no points to send back.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from streamlit.elements.lib.streamlit_plotly_theme import BG_COLOR, GRAY_70, GRAY_90

from diq_core.errors import BadSetting
from diq_core.selection.axis import Ticks
from diq_core.selection.density import Counts
from diq_core.selection.pool import Mask
from diq_core.selection.region import Box, Polygon, Region
from diq_core.selection.scores import Floats
from pages.parts.palette import ACCENT, CUT, QUADRANT_COLOURS, UNSCORED

Span = tuple[float, float]

_COLOURS = (UNSCORED, *QUADRANT_COLOURS.values())
_MODES = [["select2d", "lasso2d"], ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]]
_CONFIG = {"modeBarButtons": _MODES, "displayModeBar": True, "displaylogo": False,
           "scrollZoom": False, "doubleClick": False}  # fmt: skip
_MOST_VERTICES = 160


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
        hover: for each point the values that a pointer over it shows, escaped by `plain`.
        words: the sentence they stand in: "{0}" is the first of them; <br> and <b> are allowed.
        density: int64[rows, columns] over the two spans, or None.
        opened: (x, y) of the opened sample, or None.
        token: changes exactly when anything here changes.
    """

    across: Scale
    up: Scale
    x: Floats
    y: Floats
    quadrant: Floats
    chosen: Mask
    marked: Mask
    hover: Sequence[Sequence[str | int]]
    words: str
    token: str
    density: Counts | None = None
    opened: tuple[float, float] | None = None
    lines: tuple[Line, ...] = ()
    labels: tuple[Label, ...] = ()
    alt: str = ""
    height: int = field(default=560)


def plain(text: str) -> str:
    """Return `text` so that the chart shows it as it is: it reads tags, entities and formulas."""
    # Plotly knows few named entities; quotes need none in a text.
    return html.escape(text, quote=False).replace("$", "&#36;")


def draw_map(
    picture: Picture,
    region: Region | None,
    name: str,
    *,
    key: str,
    on_region: Callable[[Region | None], str],
) -> None:
    """Draw the picture with the region on it; `on_region` is told when the visitor draws one.

    Args:
        region: in positions of the picture.
        name: changes exactly when the region does; "" = none.
        on_region: gets the new region, or None when the visitor removed it; returns the name
            that the next call will give for it.
    """

    def take() -> None:
        try:
            drawn, alone = region_of(st.session_state[key]["selection"])
        except BadSetting:
            drawn, alone = None, False
        after = on_region(drawn)
        st.session_state[f"{key}-drawn"] = after if alone else None

    st.plotly_chart(
        figure(picture, _outline(key, picture.token, region, name)),
        key=key, on_select=take, selection_mode=("box", "lasso"), config=_CONFIG, alt=picture.alt,
    )  # fmt: skip


def _outline(key: str, token: str, region: Region | None, name: str) -> Region | None:
    """Return the outline to put into the figure.

    What a visitor has just drawn is on their screen already. Putting it into the figure would
    make it another figure, which Plotly's element draws anew, so it waits for the next change.
    """
    state = st.session_state
    drawn: str | None = state.get(f"{key}-drawn")
    if drawn and not _has_outline(state.get(key)):
        drawn = None  # The page was left since, and the browser has forgotten the outline.
    shown: tuple[str, str, Region | None] | None = state.get(f"{key}-shown")
    if shown is None or shown[0] != token or name != (shown[1] if drawn is None else drawn):
        shown, drawn = (token, name, region), None
    state[f"{key}-shown"], state[f"{key}-drawn"] = shown, drawn
    return shown[2]


def _has_outline(event: Any) -> bool:
    return bool(event and (event["selection"]["box"] or event["selection"]["lasso"]))


def region_of(selection: dict[str, Any]) -> tuple[Region | None, bool]:
    """Return the region that a selection event of the chart means, and whether it has only one.

    Of several the last one counts.

    Raises:
        BadSetting: the outline is degenerate, e.g. a lasso of two points.
    """
    boxes, lassos = selection.get("box", []), selection.get("lasso", [])
    alone = len(boxes) + len(lassos) <= 1
    if lassos:
        last = lassos[-1]
        points = list(zip(last["x"], last["y"], strict=True))
        step = -(-len(points) // _MOST_VERTICES)
        return Polygon(tuple((float(x), float(y)) for x, y in points[::step])), alone and step == 1
    if boxes:
        (x0, x1), (y0, y1) = sorted(boxes[-1]["x"]), sorted(boxes[-1]["y"])
        return Box(float(x0), float(x1), float(y0), float(y1)), alone
    return None, True


def figure(picture: Picture, region: Region | None) -> dict[str, Any]:
    """Return the figure as plain values for Plotly."""
    return {
        "data": [*_density(picture), _hover(picture)],
        "layout": {
            "height": picture.height,
            "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
            "dragmode": "select",
            "hovermode": "closest",
            "hoverdistance": 12,
            "showlegend": False,
            "meta": {"drawn": picture.token},
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": _axis(picture.across),
            "yaxis": _axis(picture.up),
            "shapes": [*_dots(picture), *map(_line, picture.lines)],
            "annotations": [*map(_line_label, picture.lines), *map(_corner, picture.labels)],
            "selections": [_selection(region)] if region else [],
            "newselection": {"line": {"color": ACCENT, "width": 2, "dash": "solid"}},
            "activeselection": {"fillcolor": ACCENT, "opacity": 0.08},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GRAY_70, "activecolor": ACCENT},
        },
    }


def _axis(scale: Scale) -> dict[str, Any]:
    marks: dict[str, Any] = {"showticklabels": False} if not scale.ticks else {
        "tickvals": [position for position, _ in scale.ticks],
        "ticktext": [f"{value:g}".replace("-", "−") for _, value in scale.ticks],
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


def _hover(picture: Picture) -> dict[str, Any]:
    template = re.sub(r"\{(\d)\}", r"%{customdata[\1]}", picture.words)
    return {
        "type": "scatter", "mode": "none", "x": picture.x.astype(np.float32),
        "y": picture.y.astype(np.float32), "customdata": picture.hover,
        "hovertemplate": f"{template}<extra></extra>",
        "hoverlabel": {"align": "left", "namelength": -1},
    }  # fmt: skip


def _dots(picture: Picture) -> list[dict[str, Any]]:
    """Return the points as strokes: the style sheet makes their ends round."""
    many = len(picture.x) > 2000
    small, large = (3.4, 5.2) if many else (5.5, 7.5)
    any_chosen = bool(picture.chosen.any())
    shapes = []
    for number, colour in enumerate(_COLOURS):
        rest = (picture.quadrant == number) & ~picture.chosen
        shapes.append(_strokes(picture, rest, colour, small, 0.45 if any_chosen else 0.75))
    shapes.append(_strokes(picture, picture.marked, ACCENT, large + 5, 0.9))
    shapes.append(_strokes(picture, picture.chosen | picture.marked, BG_COLOR, large + 2, 1.0))
    left = picture.marked & ~picture.chosen
    for number, colour in enumerate(_COLOURS):
        group = picture.quadrant == number
        shapes.append(_strokes(picture, left & group, colour, small, 0.6))
        shapes.append(_strokes(picture, picture.chosen & group, colour, large, 1.0))
    if picture.opened:
        at = np.array([picture.opened[0]]), np.array([picture.opened[1]])
        for colour, width in ((GRAY_90, 20.0), (BG_COLOR, 15.0), (GRAY_90, 9.0)):
            shapes.append(_stroke_path(*at, colour, width, 1.0))
    return [shape for shape in shapes if shape]


def _strokes(
    picture: Picture, mask: Mask, colour: str, width: float, opacity: float
) -> dict[str, Any]:
    if not mask.any():
        return {}
    return _stroke_path(picture.x[mask], picture.y[mask], colour, width, opacity)


def _stroke_path(x: Floats, y: Floats, colour: str, width: float, opacity: float) -> dict[str, Any]:
    pairs = zip(x.tolist(), y.tolist(), strict=True)
    path = "".join([f"M{across:.5g},{up:.5g}Z" for across, up in pairs])
    return {"type": "path", "path": path, "layer": "above", "opacity": opacity,
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
    text = {"text": line.label, "showarrow": False, "font": {"size": 12}}
    if line.x is not None:
        return {**text, "x": line.x, "yref": "y domain", "y": 0, "yanchor": "bottom",
                "xanchor": "left", "xshift": 3}  # fmt: skip
    return {**text, "y": line.y, "xref": "x domain", "x": 1, "xanchor": "right",
            "yanchor": "bottom", "yshift": 1}  # fmt: skip


def _corner(label: Label) -> dict[str, Any]:
    up, across = label.corner.split()
    return {
        "text": label.text, "showarrow": False, "font": {"size": 13}, "bgcolor": BG_COLOR,
        "opacity": 0.9, "borderpad": 4, "align": across, "xref": "x domain", "yref": "y domain",
        "x": 1 if across == "right" else 0, "xanchor": across,
        "y": 1 if up == "top" else 0, "yanchor": up, "yshift": 0 if up == "top" else 18,
    }  # fmt: skip


def _selection(region: Region) -> dict[str, Any]:
    line = {"color": ACCENT, "width": 2, "dash": "solid"}
    if isinstance(region, Box):
        return {"type": "rect", "xref": "x", "yref": "y", "x0": region.left, "x1": region.right,
                "y0": region.bottom, "y1": region.top, "line": line}  # fmt: skip
    path = "L".join(f"{x!r},{y!r}" for x, y in region.vertices)
    return {"type": "path", "xref": "x", "yref": "y", "path": f"M{path}Z", "line": line}
