"""Reviewers over time."""

from __future__ import annotations

import numpy as np
import pytest

from diq_core.review.figures.drift import Review, drift, time_spent
from diq_core.statistics.resampling import Bootstrap

QUICK = Bootstrap(resamples=300)


def course(own, others=3.0):
    rows = [Review(f"s{n}", "ana", value, float(n)) for n, value in enumerate(own)]
    return rows + [Review(f"s{n}", "ben", others, float(-n)) for n in range(len(own))]


def test_one_step_in_a_hundred_reviews():
    found = drift(course(np.linspace(3, 4, 101)), "ana", scale=(1, 5), how=QUICK)
    assert found.lean.slope == pytest.approx(1.0)
    assert found.closeness.slope == pytest.approx(-0.25)
    assert found.lean.mean == pytest.approx(0.5)
    assert found.closeness.mean == pytest.approx(1 - 0.5 / 4)
    assert (found.reviews, found.alone, found.reason) == (101, 0, "")
    assert found.lean.low <= 1.0 + 1e-9
    assert found.lean.high >= 1.0 - 1e-9


def test_a_steady_reviewer_has_an_interval_around_zero():
    own = 3 + np.random.default_rng(2).integers(-1, 2, 120)
    found = drift(course(own), "ana", scale=(1, 5), how=QUICK)
    assert found.lean.low < 0 < found.lean.high
    assert found == drift(reversed(course(own)), "ana", scale=(1, 5), how=QUICK)


def test_own_ratings_are_no_consensus():
    rows = [Review("a", "ana", 5, 0), Review("a", "ben", 1, 1), Review("a", "cleo", 3, 2)]
    found = drift(rows, "ana", scale=(1, 5))
    assert found.lean.mean == pytest.approx(3)
    assert found.closeness.mean == pytest.approx(1 - (1 + 0.5) / 2)


def test_too_few_comparable_reviews():
    rows = course([3.0] * 19) + [Review(f"x{n}", "ana", 1, 100.0 + n) for n in range(50)]
    found = drift(rows, "ana", scale=(1, 5))
    assert (found.reviews, found.alone) == (19, 50)
    assert found.lean.slope is None
    assert found.lean.mean == 0
    assert found.reason == "A trend needs 20 reviews that others rated too; 19 so far"


def test_nobody_else():
    found = drift([Review("a", "ana", 1, 0.0)], "ana", scale=(0, 1))
    assert found.closeness.mean is None
    assert found.reason


def test_time_spent():
    found = time_spent([10, 20, 30, 40, 50, None, 5000.0])
    assert (found.count, found.interrupted, found.unknown) == (5, 1, 1)
    assert (found.quarter, found.median, found.three_quarters) == (20, 30, 40)
    assert found.slow == pytest.approx(46)


def test_no_times():
    found = time_spent([None])
    assert (found.count, found.median, found.unknown) == (0, None, 1)
