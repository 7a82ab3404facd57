"""How dense points lie, and which of very many are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.maps.density import Crowd, density, histogram, outermost


def cloud(size: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.normal(size=size), random.standard_t(2.2, size=size)


def drawn(
    x: np.ndarray, y: np.ndarray, chosen: np.ndarray, limit: int, seed: int = 0
) -> np.ndarray:
    return Crowd.of(x, y, seed).drawn(chosen, limit)


def test_density_by_hand() -> None:
    x = np.array([0.0, 0.4, 0.6, 1.0, 0.1])
    y = np.array([0.0, 0.2, 0.9, 1.0, np.nan])
    found = density(x, y, (0, 1), (0, 1), (2, 2))
    assert found.tolist() == [[2, 0], [0, 2]]


def test_density_leaves_out_what_lies_outside() -> None:
    # int() would truncate -0.4 to cell 0.
    x, y = np.array([-0.4, 1.01, 0.5]), np.array([0.5, 0.5, 2.0])
    assert density(x, y, (0, 1), (0, 1), (1, 1)).sum() == 0


def test_density_counts_every_point_between_the_ends() -> None:
    x, y = cloud(5000)
    found = density(x, y, (x.min(), x.max()), (y.min(), y.max()), (30, 40))
    assert found.shape == (30, 40)
    assert found.sum() == 5000


def test_density_agrees_with_numpy() -> None:
    x, y = cloud(3000)
    expected, *_ = np.histogram2d(y, x, bins=(12, 9), range=((-3, 3), (-2, 2)))
    assert np.array_equal(density(x, y, (-2, 2), (-3, 3), (12, 9)), expected.astype(int))


def test_histogram_by_hand() -> None:
    edges, counts = histogram(np.array([1.0, 1.0, 2.0, 3.0]), 2)
    assert edges == [1.0, 2.0, 3.0]
    assert counts == [2, 2]


def test_histogram_of_one_value() -> None:
    edges, counts = histogram(np.full(3, 2.0), 4)
    assert sum(counts) == 3
    assert edges[0] == 2.0
    assert edges[-1] > 2.0


def test_few_points_are_all_drawn() -> None:
    x, y = cloud(50)
    x[3] = np.nan
    assert drawn(x, y, np.zeros(50, bool), 50).tolist() == [row for row in range(50) if row != 3]


def test_the_outermost_are_always_drawn() -> None:
    x, y = cloud(20_000)
    rows = set(drawn(x, y, np.zeros(20_000, bool), 500).tolist())
    assert {int(np.argmin(x)), int(np.argmax(x)), int(np.argmin(y)), int(np.argmax(y))} <= rows


def test_chosen_points_are_all_drawn_while_they_fit() -> None:
    x, y = cloud(20_000)
    chosen = np.zeros(20_000, bool)
    chosen[::25] = True
    rows = drawn(x, y, chosen, 1500)
    assert len(rows) == 1500
    assert set(np.flatnonzero(chosen)) <= set(rows.tolist())


def test_too_many_chosen_points_are_thinned_but_keep_their_outermost() -> None:
    x, y = cloud(20_000)
    chosen = x > 0
    rows = drawn(x, y, chosen, 1200)
    there = set(rows.tolist())
    assert len(rows) == 1200
    assert 700 <= chosen[rows].sum() <= 900
    inside = np.flatnonzero(chosen)
    assert {inside[np.argmax(y[inside])], inside[np.argmin(x[inside])]} <= there


def test_a_lonely_point_is_drawn_before_the_crowd() -> None:
    random = np.random.default_rng(1)
    x, y = random.random(20_000), random.random(20_000) * 0.3
    x[7], y[7], x[8], y[8] = 0.5, 0.6, 0.5, 1.0
    assert {7, 8} <= set(drawn(x, y, np.zeros(20_000, bool), 3000).tolist())


def test_drawing_hardly_changes_when_other_samples_are_chosen() -> None:
    x, y = cloud(20_000)
    first = drawn(x, y, x + y > 3, 3000)
    second = drawn(x, y, 0.9 * x + y > 3, 3000)
    assert len(np.intersect1d(first, second)) > 2500


@given(
    st.integers(0, 400),
    st.integers(1, 120),
    st.floats(0, 1),
    st.integers(0, 3),
)
def test_properties_of_what_is_drawn(size: int, limit: int, share: float, seed: int) -> None:
    x, y = cloud(size, seed)
    x = np.round(x, 1)  # ties
    chosen = np.random.default_rng(seed).random(size) < share
    if size:
        y[0] = np.nan
    rows = drawn(x, y, chosen, limit, seed)
    crowd = Crowd.of(x, y, seed)
    crowd.drawn(~chosen, limit)
    assert np.array_equal(rows, crowd.drawn(chosen, limit))
    assert np.array_equal(rows, np.unique(rows))
    assert not np.isnan(y[rows]).any()
    assert len(rows) >= min(limit, max(0, size - 1))
    assert len(rows) <= max(limit, 128)


def test_outermost_of_a_square() -> None:
    x, y = np.array([0.0, 0, 1, 1, 0.5]), np.array([0.0, 1, 0, 1, 0.5])
    assert outermost(x, y).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [1, 2])
def test_outermost_of_hardly_any(size: int) -> None:
    assert len(outermost(np.zeros(size), np.zeros(size))) == 1


@pytest.mark.parametrize("shape", ["cloud", "square", "line", "point"])
def test_the_outermost_of_very_many_are_those_of_all_directions(shape: str) -> None:
    x, y = cloud(30_000, 3)
    if shape == "square":  # many equal ones on the outline
        x, y = np.clip(x, -1, 1), np.clip(y, -1, 1)
    elif shape == "line":
        y = 2 * x
    elif shape == "point":
        x, y = np.zeros(30_000), np.zeros(30_000)
    angles = np.arange(64) * (2 * np.pi / 64)
    expected = np.unique([np.argmax(x * np.cos(a) + y * np.sin(a)) for a in angles])
    assert outermost(x, y).tolist() == expected.tolist()


def test_some_of_a_crowd_are_drawn_like_a_crowd_of_their_own() -> None:
    x, y = cloud(20_000)
    mask = x > 0
    some = Crowd.of(x, y).among(mask)
    rows = some.drawn(mask & (y > 1), 1200)
    assert len(rows) == 1200
    assert mask[rows].all()
    inside = np.flatnonzero(mask)
    assert {inside[np.argmax(y[inside])], inside[np.argmin(x[inside])]} <= set(rows.tolist())
    assert not len(some.among(~mask).drawn(mask, 100))
