"""A click on a dot of the map opens its sample: two positions come back, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st

from diq_core.selection.scores import Floats
from diq_core.study import Study
from pages.parts import served
from pages.parts.explore.pictures import Scene
from pages.parts.explore.state import change

_HERE = Path(__file__).resolve().parent
Places = Callable[[], tuple[Floats, Floats]]


def listen_to_clicks(study: Study, scene: Scene, frame: str, places: Places) -> None:
    """Open the sample whose dot is clicked on the chart in the box of the key `frame`.

    Args:
        places: gives float64[n], where each sample lies on that chart; asked when one is clicked.
    """
    key = f"explore-click-{frame}"

    def take() -> None:
        at = st.session_state[key].get("clicked")
        row = nearest(places(), at)
        if row is not None:
            change(study, sample=str(scene.pool.scores.ids[row]), panel="sample")

    served.mount(
        "explore", _HERE, "click.js", key=key, data={"frame": frame}, on_clicked_change=take
    )


def nearest(places: tuple[Floats, Floats], at: object) -> int | None:
    """Return the row that lies nearest to a position, the first of equal ones.

    Args:
        places: float64[n] x and y; NaN = it has no place.
        at: what the browser sent: x and y. None is returned for anything else.
    """
    if not isinstance(at, list | tuple) or len(at) != 2:
        return None
    if not all(isinstance(one, int | float) and np.isfinite(one) for one in at):
        return None
    x, y = places
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(known):
        return None
    wide, high = (float(np.ptp(axis[known])) or 1.0 for axis in (x, y))
    away = ((x[known] - at[0]) / wide) ** 2 + ((y[known] - at[1]) / high) ** 2
    return int(known[np.argmin(away)])
