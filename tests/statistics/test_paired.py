"""Paired comparisons: worked examples, properties, and whether the intervals keep their promise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.statistics.intervals import Quantity
from diq_core.statistics.paired import Floats, mean_many, paired, paired_many
from diq_core.statistics.resampling import Bootstrap
from diq_core.statistics.significance import holm, mcnemar

FEW = Bootstrap(resamples=300)


def answers(pattern: str) -> Floats:
    return np.array([float(sign) for sign in pattern])


scores = st.integers(2, 25).flatmap(
    lambda count: st.tuples(
        *[
            st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.25]), min_size=count, max_size=count)
            for _ in range(2)
        ]
    )
)


class TestPaired:
    def test_worked_example(self) -> None:
        # 10 questions: both right 4, only the first 3, only the second 1, none 2.
        found = paired(answers("1111111000"), answers("1111000100"))
        assert found.value == pytest.approx(0.2)
        assert (found.only_first, found.only_second, found.test) == (3, 1, "mcnemar")
        # Exact McNemar: 2 · P(at most 1 of 4) = 2 · (1 + 4) / 16.
        assert found.p == pytest.approx(0.625)
        assert found.low < 0 < found.high
        assert not found.told_apart

    def test_a_clear_difference(self) -> None:
        found = paired(np.array([1.0, 1.2, 0.9, 1.1] * 10), np.array([2.0, 2.1, 2.2, 1.9] * 10))
        assert found.value == pytest.approx(-1.0)
        assert found.high < -0.9
        # No drawn signs give as large a sum as the observed ones, which count among them.
        assert found.p == pytest.approx(1 / 10_000)
        assert found.told_apart
        assert found.test == "sign-flip"

    def test_the_same_answers_differ_by_nothing(self) -> None:
        same = answers("1011001")
        found = paired(same, same)
        assert (found.value, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)

    def test_close_to_scipy_where_there_are_many_questions(self) -> None:
        from scipy.stats import bootstrap

        chooser = np.random.default_rng(5)
        first, second = chooser.normal(2, 1, 400), chooser.normal(2.1, 1, 400)
        found = paired(first, second, Bootstrap(resamples=20_000))
        theirs = bootstrap(
            (first - second,), np.mean, n_resamples=20_000, method="percentile", rng=1
        ).confidence_interval
        assert (found.low, found.high) == pytest.approx(tuple(theirs), abs=0.005)

    @given(scores)
    def test_exchanging_both_exchanges_the_sign(self, pair: tuple[list[float], ...]) -> None:
        first, second = map(np.array, pair)
        one, other = paired(first, second, FEW), paired(second, first, FEW)
        assert (one.value, one.low, one.high) == (-other.value, -other.high, -other.low)
        assert one.p == other.p
        assert one.low <= one.value + 1e-12
        assert one.value <= one.high + 1e-12

    @given(scores, st.randoms(use_true_random=False))
    def test_the_order_of_the_questions_does_not_matter(self, pair, chooser) -> None:
        first, second = map(np.array, pair)
        order = list(range(len(first)))
        chooser.shuffle(order)
        one, other = paired(first, second, FEW), paired(first[order], second[order], FEW)
        assert (one.low, one.high, one.p) == pytest.approx((other.low, other.high, other.p))

    @given(scores, st.floats(-3, 3))
    def test_a_constant_shifts_the_difference_only(self, pair, shift: float) -> None:
        first, second = map(np.array, pair)
        one, other = paired(first, second, FEW), paired(first + shift, second + shift, FEW)
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)

    def test_the_seed_is_an_argument(self) -> None:
        first, second = answers("110100101101"), answers("100110001001")
        assert paired(first, second, FEW) == paired(first, second, FEW)
        assert paired(first, second, FEW) != paired(first, second, Bootstrap(300, seed=1))

    def test_what_cannot_be_compared(self) -> None:
        with pytest.raises(BadSetting, match="at least two questions, there are 1"):
            paired(np.array([1.0]), np.array([0.0]))
        with pytest.raises(ValueError, match="3 questions against 2"):
            paired(np.zeros(3), np.zeros(2))
        with pytest.raises(ValueError, match="a score is missing"):
            paired(np.array([1.0, np.nan]), np.zeros(2))


class TestCoverage:
    """1,000 simulated pairs of models whose true difference is known."""

    @staticmethod
    def covered(
        questions: int, gain: float, pairs: int = 1000, quantity: Quantity = "score"
    ) -> tuple[float, float]:
        """Return how often the interval holds the truth, and how often both are told apart."""
        chooser = np.random.default_rng(7)
        ease = chooser.beta(2, 4, (pairs, questions)) * (1 - gain)
        luck = chooser.random((2, pairs, questions))
        # Related models: on most questions they succeed and fail together.
        together = chooser.random((pairs, questions)) < 0.6
        first = (luck[0] < ease + gain).astype(float)
        second = (np.where(together, luck[0], luck[1]) < ease).astype(float)
        found = [paired(*each, quantity=quantity) for each in zip(first, second, strict=True)]
        inside = [each.low <= gain <= each.high for each in found]
        return float(np.mean(inside)), float(np.mean([each.told_apart for each in found]))

    # 1,000 pairs: the share itself is known to ±1.4 points.
    def test_sixty_questions(self) -> None:
        share, _ = self.covered(60, gain=0.08)
        assert 0.93 <= share <= 0.97

    def test_without_a_difference_few_are_told_apart(self) -> None:
        share, apart = self.covered(100, gain=0.0)
        assert 0.93 <= share <= 0.97
        # McNemar's exact test decides too, and keeps what it promises with room to spare.
        assert apart <= 1 - share

    @pytest.mark.parametrize(("questions", "gain"), [(10, 0.1), (20, 0.3), (60, 0.08), (100, 0.0)])
    def test_newcombe(self, questions: int, gain: float) -> None:
        share, _ = self.covered(questions, gain, quantity="share")
        assert share >= 0.93

    def test_three_seeds(self) -> None:
        chooser = np.random.default_rng(3)
        inside = []
        for _ in range(300):
            question, seeds = chooser.normal(0, 0.5, 40), chooser.normal(0, 0.05, (2, 3, 1))
            noise = chooser.normal(0, 0.1, (2, 3, 40)) + chooser.normal(0, 0.2, (2, 1, 40))
            first, second = question + seeds + noise
            found = paired_many(first + 0.1, second, Bootstrap(resamples=500))
            inside.append(found.low <= 0.1 <= found.high)
        assert 0.93 <= np.mean(inside) <= 0.995


class TestSeeds:
    def test_one_seed_each_is_the_paired_comparison(self) -> None:
        first, second = answers("110100101101"), answers("100110001001")
        assert paired_many(first[None], second[None]) == paired(first, second)

    def test_the_value_is_the_difference_of_the_means(self) -> None:
        first, second = np.arange(12.0).reshape(3, 4), np.ones((2, 4))
        found = paired_many(first, second)
        assert found.value == pytest.approx(5.5 - 1)
        assert (found.seeds, found.questions, found.test) == ((3, 2), 4, "seeds")
        assert found.only_first is None

    def test_seeds_that_disagree_widen_the_interval(self) -> None:
        chooser = np.random.default_rng(0)
        second = chooser.normal(0, 1, 50)
        steady = np.tile(second + chooser.normal(0, 0.3, 50), (3, 1))
        shaky = steady + np.array([[-0.5], [0.0], [0.5]])
        one, other = (paired_many(each, second[None]) for each in (steady, shaky))
        assert one.value == pytest.approx(other.value)
        assert other.high - other.low > 2 * (one.high - one.low)

    @given(st.randoms(use_true_random=False))
    @settings(max_examples=20)
    def test_neither_order_of_seeds_nor_of_arms_matters(self, chooser) -> None:
        draws = np.random.default_rng(chooser.randint(0, 10**6))
        first, second = draws.normal(0, 1, (3, 15)), draws.normal(0.2, 1, (2, 15))
        order = list(range(3))
        chooser.shuffle(order)
        one = paired_many(first, second, FEW)
        other = paired_many(second, first[order], FEW)
        assert (one.value, one.low, one.high) == pytest.approx(
            (-other.value, -other.high, -other.low)
        )

    def test_mean_of_an_arm(self) -> None:
        found = mean_many(np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 0.0]]))
        assert found.value == pytest.approx(0.625)
        assert found.low < 0.625 < found.high
        assert (found.questions, found.seeds) == (4, 2)
        constant = mean_many(np.full((2, 5), 3.0))
        assert (constant.low, constant.value, constant.high) == (3.0, 3.0, 3.0)


class TestPValues:
    @pytest.mark.parametrize(
        ("only_first", "only_second", "p"),
        [(0, 0, 1.0), (5, 5, 1.0), (6, 0, 2 / 64), (8, 1, 2 * 10 / 512), (1, 8, 2 * 10 / 512)],
    )
    def test_mcnemar(self, only_first: int, only_second: int, p: float) -> None:
        assert mcnemar(only_first, only_second) == pytest.approx(p)

    def test_holm_by_hand(self) -> None:
        # Sorted 0.01, 0.02, 0.03, 0.4 times 4, 3, 2, 1: 0.04, 0.06, 0.06 (never falls), 0.4.
        assert holm([0.03, 0.01, 0.4, 0.02]) == pytest.approx([0.06, 0.04, 0.4, 0.06])
        assert holm([]) == []
        assert holm([0.7, 0.9]) == [1.0, 1.0]

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
    def test_holm_lies_between_nothing_and_bonferroni(self, values: list[float]) -> None:
        corrected = holm(values)
        for value, found in zip(values, corrected, strict=True):
            assert value <= found <= min(1.0, len(values) * value) + 1e-12
        order = sorted(range(len(values)), key=lambda place: values[place])
        assert all(corrected[a] <= corrected[b] for a, b in pairwise(order))
