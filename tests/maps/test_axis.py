"""The axes of the map: values to positions and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.maps.axis import Axis, Flipped, Plain, Ranked, Squeezed, to_positions, to_values
from diq_core.maps.region import Box, Polygon

finite = st.floats(-1e6, 1e6, allow_subnormal=False)
HEAVY = np.sort(np.random.default_rng(0).standard_t(2.2, 5000) * 1e-3)


def test_squeezed_is_even_in_the_middle() -> None:
    axis = Squeezed.of(HEAVY)
    middle = HEAVY[(axis.low <= HEAVY) & (axis.high >= HEAVY)]
    assert len(middle) / len(HEAVY) == pytest.approx(0.99, abs=0.002)
    assert np.allclose(axis.place(middle), middle)


def test_squeezed_keeps_outliers_within_sight() -> None:
    axis = Squeezed.of(HEAVY, tail=0.14)
    ends = axis.place(HEAVY[[0, -1]])
    length = axis.high - axis.low
    assert axis.low - ends[0] <= 0.141 * length
    assert ends[1] - axis.high <= 0.141 * length
    assert HEAVY[-1] - axis.high > length  # without squeezing it would be far away


def test_squeezed_leaves_a_set_without_outliers_alone() -> None:
    values = np.linspace(0.0, 1.0, 1000)
    assert np.allclose(Squeezed.of(values).place(values), values, atol=1e-6)


@given(st.lists(finite, min_size=1, max_size=60), st.lists(finite, min_size=1, max_size=20))
def test_squeezed_goes_back_and_never_reverses(pool: list[float], asked: list[float]) -> None:
    axis = Squeezed.of(np.sort(np.array(pool)))
    values = np.sort(np.clip(np.array(asked), axis.least, axis.most))
    placed = axis.place(values)
    assert (np.diff(placed) >= 0).all()
    scale = max(1e-12, axis.most - axis.least, axis.high - axis.low, abs(axis.low))
    assert np.allclose(axis.value(placed), values, atol=1e-6 * scale)


def test_squeezed_marks_its_outermost_values() -> None:
    values = [value for _, value in Squeezed.of(HEAVY).ticks()]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(HEAVY[-1], rel=0.1)
    assert 0.0 in values


def test_missing_stays_missing() -> None:
    for axis in (Plain(0, 1), Squeezed.of(HEAVY), Ranked.of(HEAVY)):
        assert np.isnan(axis.place(np.array([np.nan]))).all()


def test_ranks_by_hand() -> None:
    axis = Ranked.of(np.array([1.0, 2.0, 2.0, 5.0, 9.0]))
    assert axis.place(np.array([1.0, 2.0, 5.0, 9.0])).tolist() == [0, 37.5, 75, 100]


def test_ranks_of_one_value() -> None:
    axis = Ranked.of(np.array([3.0, 3.0]))
    assert axis.place(np.array([3.0])).tolist() == [50.0]


def test_a_box_around_all_ranks_holds_all() -> None:
    axis = Ranked.of(HEAVY)
    drawn = Box(-2.0, 102.0, -2.0, 102.0)
    assert to_values(drawn, axis, axis).mask(HEAVY, HEAVY).all()


@pytest.mark.parametrize("scale", [Squeezed.of(HEAVY), Ranked.of(HEAVY)])
def test_a_box_holds_the_same_samples_in_values_as_where_it_was_drawn(
    scale: Squeezed | Ranked,
) -> None:
    low, high = np.quantile(scale.place(HEAVY), [0.2, 0.7]) + 1e-5
    drawn = Box(1.0, 5.0, float(low), float(high))
    x = np.full(len(HEAVY), 3.0)
    in_values = to_values(drawn, Plain(1, 5), scale).mask(x, HEAVY)
    assert np.array_equal(in_values, drawn.mask(x, scale.place(HEAVY)))


def test_a_lasso_comes_back_where_it_was_drawn() -> None:
    axis = Squeezed.of(HEAVY)
    drawn = Polygon(((2.0, 0.0), (3.0, 0.002), (4.0, -0.001)))
    again = to_positions(to_values(drawn, Plain(1, 5), axis), Plain(1, 5), axis)
    assert isinstance(again, Polygon)
    assert np.allclose(again.vertices, drawn.vertices)


@pytest.mark.parametrize("inner", [Plain(-5.0, -1.0), Ranked.of(np.array([-5.0, -3.0, -1.0]))])
def test_a_flipped_axis_puts_the_lowest_value_last_and_finds_it_again(inner: Axis) -> None:
    axis = Flipped(inner)
    values = np.array([1.0, 2.0, 4.5])
    positions = axis.place(values)
    assert (np.diff(positions) < 0).all()
    np.testing.assert_allclose(axis.value(positions), values)
    box = Box(1.5, 4.0, 1.0, 2.0)
    assert to_values(to_positions(box, axis, axis), axis, axis) == box


def test_a_flipped_axis_is_marked_with_the_values_themselves() -> None:
    ticks = Flipped(Plain(-1.0, 0.0)).ticks()
    assert (-1.0, 1.0) in ticks
    assert all(value == -position for position, value in ticks)
