"""The map's adapter: what the figure holds, and what of a gesture is read back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.elements.lib import streamlit_plotly_theme

from diq_core.errors import BadSetting
from diq_core.maps.region import Box, Polygon
from pages.parts.explore.click import region_of
from pages.parts.explore.map_figure import figure, plain
from pages.parts.explore.picture import MISSING, Line, Picture, Scale
from pages.parts.palette import QUADRANTS


def picture(**changes: Any) -> Picture:
    mask = np.array([True, False, False, False])
    made = Picture(
        across=Scale("across", (0.0, 4.0), ((1.0, 1.0),)),
        up=Scale("up", (0.0, 1.0)),
        x=np.array([0.5, 1.5, 2.5, 3.5]),
        y=np.array([0.1, 0.2, 0.3, 0.4]),
        code=np.array([1, 1, 4, 0], dtype=np.int8),
        colours=QUADRANTS,
        chosen=mask,
        marked=~mask & False,
        names=np.array([["a", "A"], ["b", "B"], ["c", "C"], ["d", "D"]], dtype=object),
        ranks=np.array([[1, 2], [3, 4], [5, 6], [MISSING, 7]], dtype=np.int16),
        words="{0} and {1}",
        token="t",
    )
    return replace(made, **changes)


def points(spec: dict[str, Any]) -> int:
    return sum(shape["path"].count("M") for shape in spec["layout"]["shapes"] if "path" in shape)


def test_a_box_is_read_back() -> None:
    event = {"box": [{"x": [3.0, 1.0], "y": [0.2, 0.9]}], "lasso": []}
    assert region_of(event) == (Box(1.0, 3.0, 0.2, 0.9), True)


def test_a_lasso_is_read_back() -> None:
    event = {"box": [], "lasso": [{"x": [0.0, 1.0, 1.0], "y": [0.0, 0.0, 1.0]}]}
    assert region_of(event) == (Polygon(((0, 0), (1, 0), (1, 1))), True)


def test_a_lasso_of_very_many_vertices_is_thinned_and_drawn_again() -> None:
    turn = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    event = {"box": [], "lasso": [{"x": np.cos(turn).tolist(), "y": np.sin(turn).tolist()}]}
    region, is_on_screen = region_of(event)
    assert isinstance(region, Polygon)
    assert len(region.vertices) <= 160
    assert not is_on_screen


def test_of_several_outlines_the_last_one_counts() -> None:
    event = {"box": [{"x": [0, 1], "y": [0, 1]}, {"x": [2, 3], "y": [0, 1]}], "lasso": []}
    assert region_of(event) == (Box(2, 3, 0, 1), False)


def test_nothing_drawn_is_no_region() -> None:
    assert region_of({"box": [], "lasso": []}) == (None, True)


def test_a_lasso_that_is_no_area_is_refused() -> None:
    with pytest.raises(BadSetting, match="at least 3 different points"):
        region_of({"box": [], "lasso": [{"x": [0.0, 1.0, 0.0], "y": [0.0, 1.0, 0.0]}]})


def test_no_trace_has_points_that_a_gesture_could_send_back() -> None:
    spec = figure(picture(density=np.ones((2, 2), dtype=np.int64)), None)
    assert {trace["type"] for trace in spec["data"]} == {"heatmap", "scatter"}
    for trace in spec["data"]:
        assert trace["type"] == "heatmap" or trace["mode"] == "none"


def test_every_point_is_drawn_and_a_chosen_one_with_its_rim() -> None:
    assert points(figure(picture(), None)) == 4 + 1


def test_the_opened_sample_is_drawn_above_all() -> None:
    spec = figure(picture(opened=(1.0, 0.5)), None)
    assert "M1,0.5Z" in [shape.get("path") for shape in spec["layout"]["shapes"]]


def test_a_point_without_ranks_says_so() -> None:
    templates = {
        tuple(trace["text"]): trace["hovertemplate"] for trace in figure(picture(), None)["data"]
    }
    assert templates[("d",)].endswith("<br>not scored<extra></extra>")
    assert "%{customdata[0]} and %{customdata[1]}" in templates[("a", "b", "c")]


@pytest.mark.parametrize("region", [Box(1, 2, 0.1, 0.3), Polygon(((0, 0), (1, 0), (1, 1)))])
def test_the_region_is_part_of_the_figure(region: Box | Polygon) -> None:
    assert len(figure(picture(), region)["layout"]["selections"]) == 1


def test_plotly_knows_every_property() -> None:
    spec = figure(picture(lines=(Line("cut", x=1.0), Line("", y=0.5, faint=True))), Box(1, 2, 0, 1))
    go.Figure(spec)


def test_text_of_a_sample_is_inert_in_the_chart() -> None:
    assert plain("<b>&amp; $x$\nline") == "&lt;b&gt;&amp;amp; &#36;x&#36;<br>line"


def test_the_theme_colours_are_still_placeholders() -> None:
    # The front end swaps exactly these for the colours of the light or dark theme.
    assert streamlit_plotly_theme.BG_COLOR == "#000038"
    assert streamlit_plotly_theme.GRAY_90 == "#000037"
    assert streamlit_plotly_theme.GRAY_70 == "#000036"
