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
from pages.parts.explore.packed import pack
from pages.parts.explore.picture import MISSING, Picture, Scale
from pages.parts.palette import QUADRANTS
from tests.pages.conftest import unpacked


def picture(**changes: Any) -> Picture:
    mask = np.array([True, False, False, False])
    made = Picture(
        frame="f",
        token="t",
        across=Scale("across", (0.0, 4.0), ((1.0, 1.0),)),
        up=Scale("up", (0.0, 1.0)),
        rows=np.array([3, 5, 8, 9]),
        x=np.array([0.5, 1.5, 2.5, 3.5]),
        y=np.array([0.1, 0.2, 0.3, 0.4]),
        code=np.array([1, 1, 4, 0], dtype=np.int8),
        colours=QUADRANTS,
        chosen=mask,
        marked=~mask & False,
        ranks=np.array([[1, 2], [3, 4], [5, 6], [MISSING, 7]], dtype=np.int8),
        words="{0} and {1}",
    )
    return replace(made, **changes)


def framed(region: Box | Polygon | None = None) -> dict[str, Any]:
    made = picture()
    return figure(made.frame, made.across, made.up, region)


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
    assert [(trace["type"], trace["mode"]) for trace in framed()["data"]] == [("scatter", "none")]


def test_every_point_is_packed_with_its_sample_marks_and_ranks() -> None:
    marked = np.array([True, False, True, False])
    head, arrays = unpacked(pack(picture(marked=marked), "box"))
    assert (head["frame"], head["token"], head["box"]) == ("f", "t", "box")
    assert arrays["rows"].tolist() == [3, 5, 8, 9]
    assert arrays["x"].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert arrays["y"] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert arrays["code"].tolist() == [1, 1, 4, 0]
    assert arrays["marks"].tolist() == [3, 0, 2, 0]
    assert arrays["ranks"].tolist() == [1, 2, 3, 4, 5, 6, MISSING, 7]


def test_the_shade_is_darkest_where_most_lie() -> None:
    head, arrays = unpacked(pack(picture(density=np.array([[0, 1], [9, 3]])), "box"))
    assert head["shape"] == [2, 2]
    assert arrays["density"].tolist() == [0, 77, 255, 154]


def test_the_opened_sample_and_the_part_that_is_looked_at_are_told() -> None:
    head, _ = unpacked(pack(picture(opened=(1.0, 0.5), looked=Box(0, 1, 0.25, 0.5)), "box"))
    assert (head["opened"], head["looked"]) == ([1.0, 0.5], [0, 1, 0.25, 0.5])


def test_a_picture_of_eight_thousand_points_is_small() -> None:
    many = np.zeros(8000)
    mask = many == 1
    big = picture(rows=many.astype(int), x=many, y=many, code=many.astype(np.int8), chosen=mask,
                  marked=mask, ranks=np.zeros((8000, 2), np.int8))  # fmt: skip
    assert len(pack(big, "box")) < 140_000


@pytest.mark.parametrize("region", [Box(1, 2, 0.1, 0.3), Polygon(((0, 0), (1, 0), (1, 1)))])
def test_the_region_is_part_of_the_figure(region: Box | Polygon) -> None:
    assert len(framed(region)["layout"]["selections"]) == 1


def test_plotly_knows_every_property() -> None:
    go.Figure(framed(Box(1, 2, 0, 1)))


def test_text_of_a_sample_is_inert_in_the_chart() -> None:
    assert plain("<b>&amp; $x$\nline") == "&lt;b&gt;&amp;amp; &#36;x&#36;<br>line"


def test_the_theme_colours_are_still_placeholders() -> None:
    # The front end swaps exactly these for the colours of the light or dark theme.
    assert streamlit_plotly_theme.GRAY_70 == "#000036"
