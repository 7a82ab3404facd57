"""A figure that goes to the browser as it is.

Streamlit has Plotly check each figure, which looks at every point and copies the whole several
times over: longer than all else that a knob costs. The map's figure always has the same shape,
and the tests of `map_figure` have Plotly check that.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

import numpy as np
import plotly.io
from plotly.basedatatypes import BaseFigure


class Unchecked(BaseFigure):
    """Plain values, arrays among them, that Plotly takes for a checked figure."""

    def __init__(self, values: dict[str, Any]) -> None:
        object.__setattr__(self, "_values", values)

    def to_dict(self) -> dict[str, Any]:
        """Return the values with the template of the page, arrays as the browser reads them."""
        layout = {"template": _template(), **self._values["layout"]}
        return {"data": [_typed(trace) for trace in self._values["data"]], "layout": layout}


def _typed(trace: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _binary(value) if isinstance(value, np.ndarray) else value
        for name, value in trace.items()
    }


def _binary(array: np.ndarray[Any, np.dtype[Any]]) -> dict[str, str]:
    """Return an array of numbers of at most 32 bits as Plotly's browser side reads it."""
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    packed = {"dtype": kind, "bdata": base64.b64encode(array.tobytes()).decode("ascii")}
    return packed | ({"shape": str(array.shape)[1:-1]} if array.ndim > 1 else {})


@cache
def _template() -> dict[str, Any]:
    found: dict[str, Any] = plotly.io.templates[plotly.io.templates.default].to_plotly_json()
    return found
