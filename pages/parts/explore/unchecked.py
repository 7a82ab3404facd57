"""A figure that goes to the browser as it is.

Streamlit has Plotly check each figure, which copies the whole several times over: longer than
all else that a knob costs. The map's figure always has the same shape, and the tests of
`map_figure` have Plotly check that.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import plotly.io
from plotly.basedatatypes import BaseFigure


class Unchecked(BaseFigure):
    """Plain values that Plotly takes for a checked figure."""

    def __init__(self, values: dict[str, Any]) -> None:
        object.__setattr__(self, "_values", values)

    def to_dict(self) -> dict[str, Any]:
        """Return the values with the template of the page."""
        layout = {"template": _template(), **self._values["layout"]}
        return {"data": self._values["data"], "layout": layout}


@cache
def _template() -> dict[str, Any]:
    found: dict[str, Any] = plotly.io.templates[plotly.io.templates.default].to_plotly_json()
    return found
