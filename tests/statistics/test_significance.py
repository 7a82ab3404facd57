"""Tests of a difference: by hand, against scipy, and how often they see what is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.size.null import (
    KINDS,
    LEVELS,
    Interval,
    missed,
    rejected,
    rejected_in_a_table,
    rejected_of_guessing,
    rejected_of_preferences,
)
from diq_core.evaluation.conclude import conclusion
from diq_core.statistics.paired import Difference, paired, paired_many
from diq_core.statistics.resampling import Bootstrap
from diq_core.statistics.significance import (
    FEWEST_QUESTIONS,
    finest_p,
    mcnemar,
    share_p,
    sign_flip,
)
from diq_core.statistics.variance import seeds_p
from diq_core.statistics.verdict import corrected, p_cell, p_words, too_few_questions, too_few_seeds

differences = st.lists(st.floats(-5, 5).map(lambda value: round(value, 3)), max_size=12)


class TestSignFlips:
    def test_four_questions_by_hand(self) -> None:
        # 2 of 16 ways of signs give a sum as far from 0: all plus, all minus.
        assert sign_flip(np.array([0.2, 0.1, 0.4, 0.3])) == 2 / 16
        # ±1 ±1 ±1 with a sum of 1 or more: all 8.
        assert sign_flip(np.array([1.0, 1.0, -1.0])) == 1.0
        assert sign_flip(np.zeros(5)) == 1.0
        assert sign_flip(np.zeros(0)) == 1.0

    def test_darwins_maize(self) -> None:
        # Fisher 1935, The Design of Experiments, section 21: in 863 of 32,768 ways the sum is as
        # large as the 314 seen; either way it is twice as many.
        maize = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0])
        assert maize.sum() == 314
        assert sign_flip(maize) == pytest.approx(2 * 863 / 32_768)

    @given(differences)
    @settings(max_examples=40, deadline=None)
    def test_it_is_the_exact_test_of_scipy(self, values: list[float]) -> None:
        some = np.array([value for value in values if value])
        if len(some) < 2:
            return
        found = stats.permutation_test(
            (some,), np.sum, permutation_type="samples", vectorized=False, n_resamples=np.inf
        )
        assert sign_flip(some) == pytest.approx(found.pvalue)

    @given(differences)
    def test_neither_sign_nor_scale_nor_order_nor_ties_matter(self, values: list[float]) -> None:
        some = np.array(values)
        p = sign_flip(some)
        assert 0 < p <= 1
        for other in (-some, 3.5 * some, some[::-1], np.append(some, 0.0)):
            assert sign_flip(other) == pytest.approx(p)

    @given(st.integers(0, 15), st.integers(0, 15))
    @settings(max_examples=30, deadline=None)
    def test_of_right_and_wrong_it_is_mcnemars(self, first: int, second: int) -> None:
        if first + second > 20:
            return
        signs = np.array([1.0] * first + [-1.0] * second)
        assert sign_flip(signs) == pytest.approx(mcnemar(first, second))
        if first + second:
            assert mcnemar(first, second) == pytest.approx(
                stats.binomtest(first, first + second).pvalue
            )

    def test_drawn_signs_come_close_to_all_of_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        some = np.random.default_rng(2).normal(0.3, 1, 18)
        exact = sign_flip(some)
        monkeypatch.setattr("diq_core.statistics.significance.MOST_ENUMERATED", 5)
        drawn = sign_flip(some)
        assert drawn != exact
        assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact / 10_000))
        assert sign_flip(np.full(18, 1.0)) >= 1 / 10_000

    def test_the_smallest_p(self) -> None:
        assert finest_p(4) == sign_flip(np.ones(4)) == 0.125
        assert finest_p(21) == 1 / 10_000
        assert finest_p(21, binary=True) == pytest.approx(mcnemar(21, 0))


class TestSeeds:
    def test_of_one_seed_each_it_is_the_paired_t_test(self) -> None:
        random = np.random.default_rng(0)
        first, second = random.normal(0.2, 1, 30), random.normal(0, 1, 30)
        ours = seeds_p(((1.0, first[None]), (-1.0, second[None])))
        assert ours == pytest.approx(stats.ttest_rel(first, second).pvalue)

    def test_seeds_that_disagree_count(self) -> None:
        second = np.zeros((1, 40))
        noise = np.random.default_rng(1).normal(0, 0.1, 40)
        steady = noise + 1 + np.array([[-0.01], [0.0], [0.01]])
        shaky = noise + 1 + np.array([[-2.0], [0.0], [2.0]])
        assert paired_many(steady, second).p < 0.001
        assert paired_many(shaky, second).p > 0.3
        assert paired_many(shaky, second).test == "seeds"

    def test_four_questions_cannot_give_a_small_p_however_many_seeds(self) -> None:
        ones, zeros = np.ones((5, 4)), np.zeros((5, 4))
        assert paired_many(ones, zeros, quantity="share").p == 0.125


class TestSize:
    """Equally good models are told apart as often as promised, and no oftener."""

    PAIRS = 200

    def keeps(self, found: dict[float, int], pairs: int) -> bool:
        return all(found[level] <= stats.binom.ppf(0.9999, pairs, level) for level in LEVELS)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("questions", [4, 6, 10, 15, 40])
    def test_one_seed(self, kind, questions: int) -> None:
        assert self.keeps(rejected(kind, questions, (1, 1), 0.0, self.PAIRS), self.PAIRS)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("seeds", [(3, 3), (3, 0), (5, 0)])
    @pytest.mark.parametrize("spread", [0.0, 0.3])
    def test_several_seeds(self, kind, seeds: tuple[int, int], spread: float) -> None:
        assert self.keeps(rejected(kind, 12, seeds, spread, self.PAIRS), self.PAIRS)

    @pytest.mark.parametrize("questions", [4, 10, 15, 21])
    def test_guessing_and_preferences(self, questions: int) -> None:
        assert self.keeps(rejected_of_guessing(questions, self.PAIRS), self.PAIRS)
        for ties in (0.0, 0.3):
            found = rejected_of_preferences(questions, ties, self.PAIRS)
            assert self.keeps(found, self.PAIRS)

    @pytest.mark.parametrize("kind", ["accuracy", "loss"])
    def test_a_corrected_table(self, kind) -> None:
        assert self.keeps(rejected_in_a_table(kind, 21, 6, self.PAIRS), self.PAIRS)

    @pytest.mark.parametrize("what", get_args(Interval))
    def test_intervals_hold_the_truth(self, what) -> None:
        # 7 % of misses pass for 5: a skewed loss of few questions misses a little more.
        count = missed(what, 50, self.PAIRS)
        assert count <= stats.binom.ppf(0.9999, self.PAIRS, 0.07)

    def test_it_is_not_blind_either(self) -> None:
        # With 30 questions the exact test of losses uses nearly all of its 5 %.
        found = rejected("loss", 30, (1, 1), 0.0, self.PAIRS)
        assert found[0.05] >= stats.binom.ppf(0.0001, self.PAIRS, 0.05)


class TestTooFew:
    def difference(self, questions: int, how: str = "sign-flip") -> Difference:
        return Difference(0.5, 0.1, 0.9, 0.001, how, questions, (1, 1))  # type: ignore[arg-type]

    def test_below_the_fewest_questions(self) -> None:
        assert too_few_questions(self.difference(9)) == "at least 10 questions are needed"
        assert too_few_questions(self.difference(FEWEST_QUESTIONS)) == ""

    def test_too_many_comparisons_for_so_few_questions(self) -> None:
        # 10 questions: at best 2/1024 = 0.00195, times 25 = 0.0488, times 26 = 0.0508.
        assert too_few_questions(self.difference(10), 25) == ""
        assert too_few_questions(self.difference(10), 26) == (
            "whatever the answers are, 10 questions give no smaller p than 0.002, and corrected "
            "for 26 comparisons that is not below 0.05"
        )

    def test_seeds(self) -> None:
        assert too_few_seeds(1) == "1 seed, at least 3 are needed"
        assert too_few_seeds(2) == "2 seeds, at least 3 are needed"
        assert too_few_seeds(3) == ""

    def test_p_values_in_words(self) -> None:
        assert (p_words(0.125), p_words(0.0004)) == ("p = 0.125", "p < 0.001")

    def test_what_cannot_tell_is_not_corrected_for(self) -> None:
        # Of four, one has too few questions and one too few seeds: Holm over two.
        found = [replace(self.difference(n), p=p) for n, p in
                 ((60, 0.02), (9, 0.001), (60, 0.03), (60, 0.001))]  # fmt: skip
        doubts, p_values = corrected(found, ["", "", "", "1 seed, at least 3 are needed"])
        assert doubts == ["", "at least 10 questions are needed", "", doubts[3]]
        assert doubts[3].startswith("1 seed")
        assert p_values == [0.04, None, 0.04, None]

    def test_so_many_comparisons_that_none_can_tell(self) -> None:
        # 10 questions, 26 comparisons: each is fine enough alone, and none among so many.
        doubts, p_values = corrected([self.difference(10)] * 26, [""] * 26)
        assert set(p_values) == {None}
        assert "corrected for 26 comparisons" in doubts[0]
        said = conclusion(self.difference(10), "answer loss", first="a", second="b",
                          too_few=doubts[0])  # fmt: skip
        assert said.startswith("Too few to tell a and b apart")
        assert (p_cell(0.125), p_cell(0.0004)) == ("0.125", "< 0.001")

    def test_four_questions_conclude_nothing(self) -> None:
        from diq_core.evaluation.conclude import conclusion

        found = paired(np.ones(4), np.zeros(4), Bootstrap(), "share")
        assert found.p == 0.125
        said = conclusion(found, "accuracy", first="diq", second="random")
        assert said.startswith("Too few to tell diq and random apart: difference +100.0 points")
        assert said.endswith("p = 0.125, 4 questions; at least 10 questions are needed.")


def test_a_share_against_what_is_expected_is_scipys() -> None:
    assert share_p(9, 12, 0.25) == stats.binomtest(9, 12, 0.25).pvalue
