"""Cuts are ordinary percentiles, and a score at the cut counts as high."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.selection.quadrants import (
    Cuts,
    count_quadrants,
    cuts_of,
    percentile_value,
    quadrant_of,
)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([1, 2, 9], 50, 2),
        ([1, 2, 4, 9], 50, 3),
        ([1, 2, 4, 9], 0, 1),
        ([1, 2, 4, 9], 100, 9),
        ([0, 10], 30, 3),
        ([5], 70, 5),
        ([1, 7, 7, 7, 7, 8], 50, 7),
    ],
)
def test_hand_worked_percentiles(values: list[float], percent: float, expected: float) -> None:
    assert percentile_value(np.array(values, dtype=float), percent) == pytest.approx(expected)


def test_a_whole_position_is_that_very_value() -> None:
    # 0.3 * 10 is 3.0000000000000004-ish in binary: a naive quantile would miss the sample itself.
    for size in range(1, 400):
        values = np.sqrt(np.arange(size, dtype=float) + 0.1)
        for percent in range(101):
            position = Fraction(percent * (size - 1), 100)
            if position.denominator == 1:
                assert percentile_value(values, float(percent)) == values[int(position)]


@given(
    st.lists(st.floats(-1e300, 1e300, allow_subnormal=False), min_size=1, max_size=30),
    st.floats(0, 100),
)
def test_percentile_lies_between_its_neighbours(values: list[float], percent: float) -> None:
    ordered = np.sort(np.array(values))
    result = percentile_value(ordered, percent)
    assert percentile_value(np.array(values), percent) == result
    assert ordered[0] <= result <= ordered[-1]
    assert percentile_value(ordered, 0) <= result <= percentile_value(ordered, 100)
    if max(map(abs, values)) < 1e100:
        assert result == pytest.approx(np.percentile(ordered, percent), rel=1e-9, abs=1e-9)


def test_the_four_quadrants_and_the_unscored() -> None:
    difficulty = np.array([3.0, 1.0, 3.0, 1.0, np.nan, 3.0, np.nan])
    influence = np.array([0.5, 0.5, -1.0, -1.0, 0.5, np.nan, np.nan])
    quadrant = quadrant_of(difficulty, influence, Cuts(3.0, 0.5))
    assert quadrant.dtype == np.int8
    assert quadrant.tolist() == [1, 2, 3, 4, 0, 0, 0]
    assert count_quadrants(quadrant) == {"Q1": 1, "Q2": 1, "Q3": 1, "Q4": 1, "unscored": 3}


def test_when_all_scores_are_equal_all_are_high() -> None:
    same = np.full(6, 2.5)
    assert quadrant_of(same, same, cuts_of(same, same)).tolist() == [1] * 6


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40))
def test_at_least_half_are_at_or_above_the_median(values: list[float]) -> None:
    array = np.array(values)
    cut = percentile_value(np.sort(array), 50)
    assert (array >= cut).sum() * 2 >= len(array)


@pytest.mark.parametrize("percent", [-1, 100.5, float("nan"), float("inf")])
def test_what_is_no_percentile_is_refused(percent: float) -> None:
    one = np.array([1.0])
    with pytest.raises(BadSetting, match="difficulty cut is .* no percentile. Give a number"):
        cuts_of(one, one, difficulty_cut=percent)
    with pytest.raises(BadSetting, match="influence cut is .* no percentile"):
        cuts_of(one, one, influence_cut=percent)


def test_no_scores_no_cuts() -> None:
    with pytest.raises(BadSetting, match="no sample with both scores"):
        cuts_of(np.array([]), np.array([]))
