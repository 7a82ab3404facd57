"""Regions against brute force in exact arithmetic."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.maps import region
from diq_core.maps.region import Box, Polygon, region_from_text, region_to_text

GRID = st.tuples(st.integers(-4, 4), st.integers(-4, 4))


def inside(point: tuple[int, int], vertices: list[tuple[int, int]]) -> bool:
    """Count crossings of the ray to the right, edge by edge, in fractions."""
    x, y = point
    odd = False
    for (x0, y0), (x1, y1) in zip(vertices, [*vertices[1:], vertices[0]], strict=True):
        if (y0 <= y) != (y1 <= y) and x < x0 + Fraction((y - y0) * (x1 - x0), y1 - y0):
            odd = not odd
    return odd


@given(st.lists(GRID, min_size=3, max_size=12), st.lists(GRID, max_size=30))
def test_a_lasso_equals_brute_force_also_on_its_outline(
    vertices: list[tuple[int, int]], points: list[tuple[int, int]]
) -> None:
    assume(len(set(vertices)) >= 3)
    x, y = (np.array([p[axis] for p in points], dtype=float) for axis in (0, 1))
    found = Polygon(tuple(vertices)).mask(x, y)
    assert found.tolist() == [inside(point, vertices) for point in points]


def test_pieces_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 5_000))
    lasso = Polygon(tuple(map(tuple, random.normal(size=(50, 2)).tolist())))
    whole = lasso.mask(x, y)
    monkeypatch.setattr(region, "_PIECE", 7)
    assert 0 < whole.sum() < 5_000
    assert np.array_equal(lasso.mask(x, y), whole)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=12),
    st.sampled_from([1.0, 1e-3, 1e6]),
)
def test_whole_cells_are_settled_as_their_points_are(
    vertices: list[tuple[int, int]], scale: float
) -> None:
    assume(len(set(vertices)) > 2)
    lasso = Polygon(tuple((x * scale, y * 1.5) for x, y in vertices))
    draw = np.random.default_rng(0)
    # Whole numbers too: they lie on the outline and on the borders of cells.
    points = np.hstack([draw.uniform(-10, 10, (2, 1000)), draw.integers(-10, 11, (2, 1000))])
    x, y = points * [[scale], [1.5]]
    one_by_one = lasso.mask(x, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(region, "_FEW", 0)
        assert (lasso.mask(x, y) == one_by_one).all()


def test_neighbouring_lassos_share_no_point_and_leave_no_gap() -> None:
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(5), np.arange(5)))
    left = Polygon(((0, 0), (2, 0), (2, 4), (0, 4))).mask(x, y)
    right = Polygon(((2, 0), (4, 0), (4, 4), (2, 4))).mask(x, y)
    assert not (left & right).any()
    assert np.array_equal(left | right, (x < 4) & (y < 4))


def test_a_box_contains_its_edges() -> None:
    x = np.array([1.0, 2.0, 3.0, 0.999, 2.0])
    y = np.array([5.0, 6.0, 7.0, 6.0, 7.001])
    assert Box(1, 3, 5, 7).mask(x, y).tolist() == [True, True, True, False, False]
    assert Box(2, 2, 6, 6).mask(x, y).tolist() == [False, True, False, False, False]


def test_a_missing_score_is_nowhere() -> None:
    x, y = np.array([0.0, np.nan, 0.0, np.nan]), np.array([0.0, 0.0, np.nan, np.nan])
    for shape in (Box(-1, 1, -1, 1), Polygon(((-1, -1), (1, -1), (0, 1)))):
        assert shape.mask(x, y).tolist() == [True, False, False, False]
        assert shape.mask(np.array([]), np.array([])).tolist() == []


def test_scale_does_not_matter() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 2_000))
    vertices = [(-1.0, -1.0), (1.0, -0.5), (0.25, 1.5)]
    plain = Polygon(tuple(vertices)).mask(x, y)
    tiny = Polygon(tuple((a, b * 2.0**-40) for a, b in vertices)).mask(x, y * 2.0**-40)
    assert np.mean(plain == tiny) > 0.999  # only rounding of vertices may differ


numbers = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=20))
def test_text_and_region_are_the_same(vertices: list[tuple[float, float]]) -> None:
    (left, right), (bottom, top) = sorted(vertices[0]), sorted(vertices[1])
    box = Box(left, right, bottom, top)
    assert region_from_text(region_to_text(box)) == box
    rounded = {tuple(float(f"{value:.7g}") for value in vertex) for vertex in vertices}
    assume(len(rounded) >= 3)
    lasso = Polygon(tuple(vertices))
    assert region_from_text(region_to_text(lasso)) == lasso
    assert " " not in region_to_text(lasso)


def test_a_lasso_of_200_vertices_fits_an_address() -> None:
    random = np.random.default_rng(0)
    lasso = Polygon(tuple(map(tuple, (random.normal(size=(200, 2)) * 1e-5).tolist())))
    assert len(region_to_text(lasso)) < 6_000


@pytest.mark.parametrize(
    "text",
    [
        "", "no", "[]", "{}", '{"box":[1,2,3]}', '{"box":[1,2,3,"4"]}', '{"box":[true,2,3,4]}',
        '{"polygon":[[1,2],[3]]}', '{"polygon":7}', '{"polygon":[[1,2],[3,null],[4,5]]}',
        "[" * 100_000, '{"box":[1,2,3,' + "9" * 400 + "]}", " " * 400_000,
    ],
)  # fmt: skip
def test_what_is_no_region_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="region cannot be read.*Draw the region again"):
        region_from_text(text)


def test_degenerate_regions_are_refused() -> None:
    with pytest.raises(
        BadSetting, match="begins at x = 2 and ends before it, at 1. Give the small"
    ):
        Box(2, 1, 0, 1)
    with pytest.raises(BadSetting, match="begins at y = 3 and ends before it, at 1"):
        region_from_text('{"box":[0,1,3,1]}')
    with pytest.raises(BadSetting, match="corner of the region is not a finite number"):
        Box(0, float("inf"), 0, 1)
    with pytest.raises(BadSetting, match="not a finite number"):
        region_from_text('{"polygon":[[0,0],[1,NaN],[1,1]]}')
    with pytest.raises(BadSetting, match="at least 3 different points. Draw"):
        Polygon(((0, 0), (1, 1), (0, 0), (1, 1)))
    with pytest.raises(BadSetting, match="at least 3 different points"):
        region_from_text('{"polygon":[]}')
    many = [[number, number % 2] for number in range(region.MAX_VERTICES + 1)]
    with pytest.raises(BadSetting, match=r"has 5001 points, more than 5000\. Draw a simpler"):
        region_from_text(json.dumps({"polygon": many}))
