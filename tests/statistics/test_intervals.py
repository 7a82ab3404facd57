"""Intervals: published figures, scipy's, and that none says what cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from diq_core.evaluation.figures import Accuracy, MeanLoss, accuracy, average, mean_loss
from diq_core.experiment.words import span
from diq_core.quality.figures import Interval
from diq_core.statistics.intervals import (
    bca,
    check_interval,
    combined,
    percentile,
    range_of,
    student,
    wilson,
    within,
)
from diq_core.statistics.paired import Difference, Mean, mean_many, paired, paired_many
from diq_core.statistics.resampling import Bootstrap, drawn_rows

FEW = Bootstrap(resamples=100)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_shares_have_scipys_intervals(given_: tuple[int, int]) -> None:
    hits, count = given_
    test = stats.binomtest(hits, count)
    ours, theirs = wilson(hits / count, count, 0.95), test.proportion_ci(0.95, method="wilson")
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert 0 <= ours[0] <= hits / count <= ours[1] <= 1


def test_more_questions_make_it_narrower_and_exchanging_sides_mirrors_it() -> None:
    widths = [high - low for low, high in (wilson(0.3, n, 0.95) for n in (10, 20, 100, 1000))]
    assert widths == sorted(widths, reverse=True)
    low, high = wilson(0.3, 50, 0.95)
    assert wilson(0.7, 50, 0.95) == pytest.approx((1 - high, 1 - low))


def pairs(both: int, first: int, second: int, none: int) -> tuple[np.ndarray, np.ndarray]:
    rows = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * none
    one, other = np.array(rows, dtype=float).T
    return one, other


def test_newcombe_from_his_formula() -> None:
    # 36, 12, 2 and 0 of 50: Wilson's ends of 48/50 and 38/50, phi with its numerator corrected
    # only where it is positive; here it is 36 · 0 − 12 · 2 = −24.
    found = paired(*pairs(36, 12, 2, 0), quantity="share")
    (l1, u1), (l2, u2) = wilson(48 / 50, 50, 0.95), wilson(38 / 50, 50, 0.95)
    phi = (36 * 0 - 12 * 2) / np.sqrt(48 * 2 * 38 * 12)
    below = np.sqrt((0.96 - l1) ** 2 - 2 * phi * (0.96 - l1) * (u2 - 0.76) + (u2 - 0.76) ** 2)
    above = np.sqrt((0.76 - l2) ** 2 - 2 * phi * (0.76 - l2) * (u1 - 0.96) + (u1 - 0.96) ** 2)
    assert (found.low, found.high) == pytest.approx((0.2 - below, 0.2 + above))
    # Positive and larger than n/2: 20 · 15 − 3 · 2 = 294, less 20.
    found = paired(*pairs(20, 3, 2, 15), quantity="share")
    (l1, _u1), (_l2, u2) = wilson(23 / 40, 40, 0.95), wilson(22 / 40, 40, 0.95)
    phi = (294 - 20) / np.sqrt(23 * 17 * 22 * 18)
    a, b = 23 / 40 - l1, u2 - 22 / 40
    assert found.low == pytest.approx(1 / 40 - np.sqrt(a**2 - 2 * phi * a * b + b**2))


def test_independent_estimates_add_their_squares() -> None:
    low, high = combined([0.5, 0.2], [(0.4, 0.7), (0.1, 0.25)], [1.0, -1.0])
    assert low == pytest.approx(0.3 - np.hypot(0.1, 0.05))
    assert high == pytest.approx(0.3 + np.hypot(0.2, 0.1))
    assert combined([0.5], [(0.4, 0.7)], [1.0]) == pytest.approx((0.4, 0.7))


binary = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(2, 12)).flatmap(
    lambda size: st.tuples(*[
        st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=size[2], max_size=size[2]),
                 min_size=seeds, max_size=seeds)
        for seeds in size[:2]
    ])
)  # fmt: skip


class TestNothingImpossible:
    @given(binary)
    def test_accuracies_and_their_differences(self, arms: tuple[list, list]) -> None:
        first, second = map(np.array, arms)
        one = mean_many(first, FEW, "share")
        assert 0 <= one.low <= one.value <= one.high <= 1
        found = paired_many(first, second, FEW, "share")
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert 0 < found.p <= 1
        turned = paired_many(second, first, FEW, "share")
        assert (turned.value, turned.low, turned.high, turned.p) == pytest.approx(
            (-found.value, -found.high, -found.low, found.p)
        )
        # Some doubt is left about an arm that is always right, and about a difference of 0.
        assert one.high > one.low
        assert found.high > found.low

    @given(st.lists(st.floats(0, 50), min_size=2, max_size=9))
    def test_losses(self, values: list[float]) -> None:
        arm = np.array([values])
        assert mean_many(arm, FEW, "loss").low >= 0
        found = mean_loss(values)
        assert found.low is not None
        assert found.low >= 0

    @given(st.lists(st.lists(st.booleans(), min_size=1, max_size=8), min_size=1, max_size=4))
    def test_averages(self, benchmarks: list[list[bool]]) -> None:
        parts = {str(place): accuracy(right, chance=0.25)
                 for place, right in enumerate(benchmarks)}  # fmt: skip
        found = average(parts)
        assert 0 <= found["low"] <= found["accuracy"] + 1e-12
        assert found["accuracy"] - 1e-12 <= found["high"] <= 1

    def test_no_type_holds_one(self) -> None:
        for made in (
            lambda: Mean(0.5, -0.44, 1.44, 4, 1, "share"),
            lambda: Mean(0.5, -0.1, 1.0, 4, 1, "loss"),
            lambda: Difference(0.5, 0.1, 1.2, 0.1, "seeds", 4, (2, 2), quantity="share"),
            lambda: Accuracy(4, 2, 0.5, -0.44, 1.44, 0.25, 0),
            lambda: MeanLoss(3, 0.5, -0.2, 1.2, 0),
            lambda: Interval(0.5, 0.2, 1.1, 12, quantity="share"),
        ):
            with pytest.raises(ValueError, match="lies outside"):
                made()
        with pytest.raises(ValueError, match="lies outside its interval"):
            Mean(0.9, 0.1, 0.5, 4, 1)
        with pytest.raises(ValueError, match="two ends or none"):
            check_interval(0.5, 0.1, None, (0, 1))

    def test_no_sentence_prints_one(self) -> None:
        with pytest.raises(ValueError, match=r"1\.44 lies outside 0\.0 to 1\.0"):
            span(0.1, 1.44, "accuracy")
        with pytest.raises(ValueError, match="lies outside"):
            span(-0.1, 1.44, "answer loss")
        assert span(-0.1, 0.9, "accuracy", signed=True) == "−10.0 to +90.0"

    def test_scores_outside_their_range_are_refused(self) -> None:
        with pytest.raises(ValueError, match="a share lies outside 0 to 1"):
            mean_many(np.array([[0.0, 2.0]]), FEW, "share")
        with pytest.raises(ValueError, match="a loss lies outside 0 to inf"):
            mean_many(np.array([[0.0, -2.0]]), FEW, "loss")


def test_one_seed_has_wilsons_interval_and_seeds_alike_count_once() -> None:
    right = np.array([1.0] * 11 + [0.0] * 37)
    one, five = (mean_many(np.tile(right, (seeds, 1)), FEW, "share") for seeds in (1, 5))
    assert (one.low, one.high) == pytest.approx(wilson(11 / 48, 48, 0.95))
    assert (five.low, five.high) == pytest.approx((one.low, one.high), abs=0.001)


def test_seeds_that_disagree_widen_an_accuracy() -> None:
    steady = np.tile(np.array([1.0, 0.0] * 20), (3, 1))
    shaky = np.repeat(np.array([[1.0], [0.5], [0.0]]), 40, axis=1)
    narrow, wide = (mean_many(arm, FEW, "share") for arm in (steady, shaky))
    assert narrow.value == wide.value == 0.5
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_student_is_scipys() -> None:
    values = np.array([1.0, 2.0, 4.0, 4.5])
    theirs = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert student(values, 0.95) == pytest.approx(theirs)


def test_percentile_and_bca_are_scipys() -> None:
    values = np.random.default_rng(3).exponential(1, 40)
    how = Bootstrap(resamples=20_000)
    draws = np.concatenate([values[rows].mean(axis=1) for rows in drawn_rows(40, how)])
    without = np.array([np.delete(values, place).mean() for place in range(40)])
    for ours, method in (
        (percentile(draws, 0.95), "percentile"),
        (bca(draws, float(values.mean()), without, 0.95), "BCa"),
    ):
        theirs = stats.bootstrap(
            (values,), np.mean, method=method, n_resamples=20_000, rng=np.random.default_rng(0)
        ).confidence_interval
        assert ours == pytest.approx(tuple(theirs), abs=0.015)


@given(st.integers(1, 40), st.integers(1, 50))
@settings(max_examples=20)
def test_draws_do_not_depend_on_the_size_of_a_block(count: int, cells: int) -> None:
    from diq_core.statistics import resampling

    how = Bootstrap(resamples=30, seed=4)
    whole = np.concatenate(list(drawn_rows(count, how)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resampling, "_CELLS", cells)
        parts = list(drawn_rows(count, how))
    assert len(parts) >= min(30, 30 * count // (cells + count))
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_what_is_possible() -> None:
    assert range_of("share", difference=True) == (-1.0, 1.0)
    assert range_of("loss", difference=True) == (-np.inf, np.inf)
    assert within((-0.2, 0.4), range_of("loss")) == (0.0, 0.4)
