"""The points of a map, drawn over its chart by a component of our own.

The chart stays as it is while the choice changes: what is sent then are these bytes alone. What
a pointer shows of each point is a file of its own, which the browser asks for when a pointer
first lies over the map. Back come the row of a point that is clicked, and four numbers when
another part of the map is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit import runtime

from diq_core.maps.region import Box
from diq_core.selection.pool import Rows
from pages.parts import served
from pages.parts.explore.packed import pack
from pages.parts.explore.picture import Picture, Scale

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Place:
    """Where a map lies on a page.

    Attributes:
        key: of its chart.
        box: the key of the box that the chart lies in.
        names: rows → what a pointer shows of each, as JSON: its id and its first words.
        answers: whether its points can be clicked, and parts of it looked at.
    """

    key: str
    box: str
    names: Callable[[Rows], bytes]
    answers: bool = True


@dataclass(frozen=True, eq=False)
class Dots:
    """What was made of a picture."""

    token: str
    frame: str
    scales: tuple[Scale, Scale]
    alt: str
    rows: Rows
    packed: bytes
    names: bytes


def prepare(place: Place, token: str, picture: Callable[[], Picture]) -> Dots:
    """Return what is drawn at a place; only another token asks for the picture."""
    kept: Dots | None = st.session_state.get(f"{place.key}-dots")
    if kept is None or kept.token != token:
        made = picture()
        names = place.names(made.rows)
        kept = Dots(
            token, made.frame, (made.across, made.up), made.alt, made.rows,
            pack(made, place.box, _address(place, names), answers=place.answers), names,
        )  # fmt: skip
        st.session_state[f"{place.key}-dots"] = kept
    else:
        # A file that a run does not ask for is thrown away after it.
        _address(place, kept.names)
    return kept


def _address(place: Place, names: bytes) -> str:
    """Return the address of a file of this app; "" where no server runs."""
    if not runtime.exists():
        return ""
    files = runtime.get_instance().media_file_mgr
    return files.add(names, "application/json", f"{place.key}-names")


def draw_dots(place: Place, dots: Dots, on_open: Callable[[int], None] | None) -> None:
    """Draw them over the chart of their place; `on_open` gets the row of one that is clicked."""
    key = f"{place.key}-over"

    def take_click() -> None:
        row = row_in(st.session_state[key].get("clicked"), dots.rows)
        if row is not None and on_open is not None:
            on_open(row)

    def take_look() -> None:
        look(place.key, dots.frame, st.session_state[key].get("looked"))

    served.mount(
        "explore", _HERE, "map.js", key=key, data=dots.packed, on_clicked_change=take_click,
        on_looked_change=take_look,
    )  # fmt: skip


def row_in(said: object, rows: Rows) -> int | None:
    """Return the row that a browser says was clicked; None for anything that was not drawn."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    found = np.flatnonzero(rows == said)
    return int(rows[found[0]]) if len(found) else None


def look(key: str, frame: str, said: object) -> None:
    """Keep which part of the map with these axes is looked at, as a browser says it."""
    st.session_state[f"{key}-looked"] = (frame, _part(said))


def looked_at(key: str, frame: str) -> Box | None:
    """Return which part of the map with these axes is looked at; None = all of it."""
    kept, part = st.session_state.get(f"{key}-looked", ("", None))
    return part if kept == frame else None


def _part(said: object) -> Box | None:
    if not isinstance(said, list | tuple) or len(said) != 4:
        return None
    if not all(isinstance(one, int | float) and np.isfinite(one) for one in said):
        return None
    left, right, bottom, top = map(float, said)
    return Box(left, right, bottom, top) if left < right and bottom < top else None
