"""The histograms along the edges of a map: all samples, and the chosen ones before them."""

from __future__ import annotations

from typing import Any

import numpy as np

from diq_core.maps.density import Counts
from pages.parts.explore.picture import Picture
from pages.parts.palette import ACCENT, CUT

_HIGH = (0.085, 0.05)
"""How much of the map they cover at most, across and up."""


def margin_shapes(picture: Picture) -> list[dict[str, Any]]:
    """Return them as areas: along the lower edge and along the left one. Both of an edge are
    drawn to their own highest bar, since few are chosen."""
    shapes = []
    for at, both in enumerate(picture.margins):
        span = (picture.across, picture.up)[at].span
        for counts, colour, opacity in zip(both, (CUT, ACCENT), (0.32, 0.45), strict=True):
            if counts.max(initial=0):
                shapes.append(_area(counts, span, at, colour, opacity))
    return shapes


def _area(
    counts: Counts, span: tuple[float, float], at: int, colour: str, opacity: float
) -> dict[str, Any]:
    edges = np.linspace(*span, len(counts) + 1)
    heights = counts / counts.max() * _HIGH[at]
    along = np.repeat(edges, 2)
    out = np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])
    pairs = zip(along.tolist(), out.tolist(), strict=True) if at == 0 else zip(
        out.tolist(), along.tolist(), strict=True
    )  # fmt: skip
    path = "L".join(f"{x:.5g},{y:.5g}" for x, y in pairs)
    places = {"xref": "x", "yref": "y domain"} if at == 0 else {"xref": "x domain", "yref": "y"}
    return {"type": "path", "path": f"M{path}Z", "layer": "below", "fillcolor": colour,
            "opacity": opacity, "line": {"width": 0}, **places}  # fmt: skip
