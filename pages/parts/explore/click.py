"""The map: many samples as points, and the region that a visitor draws on it.

Streamlit's chart keeps the axes, the tools and the outline; the points are drawn over it by
`dots`. A region comes back in positions; which samples lie in it is found on the server, so
nothing but a few numbers comes back however many samples are marked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from diq_core.errors import BadSetting
from diq_core.maps.region import Box, Polygon, Region
from pages.parts.explore.dots import Dots, Place, draw_dots, prepare
from pages.parts.explore.map_figure import figure
from pages.parts.explore.picture import Picture
from pages.parts.explore.unchecked import Unchecked

_MODES = [["select2d", "lasso2d"], ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]]
_CONFIG = {"modeBarButtons": _MODES, "displayModeBar": True, "displaylogo": False,
           "scrollZoom": False, "doubleClick": False}  # fmt: skip
_STILL = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "staticPlot": True}
_MOST_VERTICES = 160


def draw_map(
    place: Place,
    token: str,
    picture: Callable[[], Picture],
    region: Region | None,
    name: str,
    *,
    on_region: Callable[[Region | None], str],
    on_open: Callable[[int], None],
) -> None:
    """Draw the picture with the region on it; `on_region` is told when the visitor draws one.

    Args:
        token: changes exactly when the picture does; only then is it asked for.
        region: in positions of the picture.
        name: changes exactly when the region does; "" = none.
        on_region: gets the new region, or None when the visitor removed it; returns the name
            that the next call will give for it. It may refuse a region with `BadSetting`.
        on_open: gets the row of a sample whose point was clicked.
    """
    key = place.key

    def take() -> None:
        try:
            drawn, alone = region_of(st.session_state[key]["selection"])
            after = on_region(drawn)
        except BadSetting:
            _forget(key)
            on_region(None)
            st.toast("This outline holds no area. Draw it again.")
            return
        st.session_state[f"{key}-drawn"] = after if alone else None

    dots = prepare(place, token, picture)
    shown = _outline(key, dots.frame, region, name)
    st.plotly_chart(
        _frame(dots, shown), key=key, on_select=take, selection_mode=("box", "lasso"),
        config=_CONFIG, alt=dots.alt, height="stretch",
    )  # fmt: skip
    draw_dots(place, dots, on_open)


def draw_still(place: Place, token: str, picture: Callable[[], Picture]) -> None:
    """Draw the picture to be looked at only."""
    dots = prepare(place, token, picture)
    st.plotly_chart(
        _frame(dots, _Shown(dots.frame, "", None, 0)), key=place.key, config=_STILL, alt=dots.alt,
        height="stretch",
    )  # fmt: skip
    draw_dots(place, dots, None)


@dataclass(frozen=True)
class _Shown:
    """What the chart on screen was made with.

    Attributes:
        frame: which axes it has.
        serial: makes a figure differ from an earlier one that was the same but for what a
            visitor has drawn on it since; the browser would go on showing that.
    """

    frame: str
    name: str
    region: Region | None
    serial: int


def _frame(dots: Dots, shown: _Shown) -> Unchecked:
    return Unchecked(figure(dots.frame, *dots.scales, shown.region, serial=shown.serial))


def _outline(key: str, frame: str, region: Region | None, name: str) -> _Shown:
    """Return the outline to put into the figure.

    What a visitor has just drawn is on their screen already. Putting it into the figure would
    make it another figure, which Plotly's element draws anew, so it waits for the next change.
    """
    state = st.session_state
    drawn: str | None = state.get(f"{key}-drawn")
    if drawn and not _has_outline(state.get(key)):
        drawn = None  # The page was left since, and the browser has forgotten the outline.
    shown: _Shown | None = state.get(f"{key}-shown")
    if shown is None or shown.frame != frame or name != (shown.name if drawn is None else drawn):
        shown = _Shown(frame, name, region, shown.serial + 1 if shown else 0)
        state[f"{key}-shown"], state[f"{key}-drawn"] = shown, None
    return shown


def _forget(key: str) -> None:
    """Have the figure drawn anew, without what the visitor has drawn on it."""
    shown: _Shown | None = st.session_state.get(f"{key}-shown")
    st.session_state[f"{key}-drawn"] = None
    if shown is not None:
        st.session_state[f"{key}-shown"] = replace(shown, frame="")


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
