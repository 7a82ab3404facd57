from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from diq_core.statistics.levels import (
    calibration_error,
    exact_share,
    most_fitting_level,
    rank_correlation,
    separation,
    weighted_kappa,
    with_interval,
)

PAIRS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=3, max_size=40)


def shares(levels):
    return np.eye(5)[np.array(levels) - 1]


@given(PAIRS)
def test_kappa_equals_that_of_scikit_learn(pairs):
    ours, theirs = (np.array(side) for side in zip(*pairs, strict=True))
    mine = weighted_kappa(ours, shares(theirs))
    if len({*ours, *theirs}) == 1:
        assert np.isnan(mine)
        return
    known = cohen_kappa_score(ours, theirs, labels=[1, 2, 3, 4, 5], weights="quadratic")
    assert mine == pytest.approx(known, nan_ok=True)


def test_kappa_takes_two_ratings_as_halves():
    split = np.array([[0.5, 0.5, 0, 0, 0], [0, 0, 0, 0.5, 0.5]])
    said = np.array([1, 5])
    doubled = weighted_kappa(np.array([1, 1, 5, 5]), shares([1, 2, 4, 5]))
    assert weighted_kappa(said, split) == pytest.approx(doubled)
    assert exact_share(said, split) == 0.5


def test_level_is_the_expected_value_rounded_with_halves_up():
    probabilities = np.array([[0.5, 0.5, 0, 0, 0], [0, 0.4, 0.6, 0, 0], [0.9, 0, 0, 0, 0.1]])
    np.testing.assert_array_equal(most_fitting_level(probabilities), [2, 3, 1])


def test_calibration_error_of_a_worked_example():
    # Two sure answers of 0.95, one of them right; two of 0.55, one of them right.
    sure, unsure = [0.95, 0.05, 0, 0, 0], [0.55, 0.45, 0, 0, 0]
    found = calibration_error(np.array([sure, sure, unsure, unsure]), shares([1, 2, 1, 2]))
    assert found == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)


def test_separation_counts_ties_as_half():
    score, positive = np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True])
    assert separation(score, positive) == pytest.approx(0.875)
    assert separation(score, positive) == pytest.approx(roc_auc_score(positive, score))


def test_figures_without_variation_are_undefined_not_zero():
    assert np.isnan(rank_correlation(np.ones(4), np.arange(4.0)))
    assert np.isnan(separation(np.arange(3.0), np.ones(3, dtype=bool)))
    found = with_interval(rank_correlation, np.ones(4), np.arange(4.0), seed=0, resamples=5)
    assert found == {"value": None, "low": None, "high": None}


def test_interval_is_seeded_and_holds_the_value():
    random = np.random.default_rng(0)
    left = random.normal(size=200)
    right = left + random.normal(size=200)
    first = with_interval(rank_correlation, left, right, seed=1, resamples=100)
    assert first == with_interval(rank_correlation, left, right, seed=1, resamples=100)
    assert first["low"] < first["value"] < first["high"]
