"""Certificates: what the bet may claim, what the ledger of reviews adds up to, what it costs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.rehearsal import rehearse
from diq_core.errors import BadSetting
from diq_core.review.certificate.account import Account, Terms, possible
from diq_core.review.certificate.betting import best_stakes, growth, log_factors, values
from diq_core.review.certificate.certify import Draw, Goal, certify, next_draws
from diq_core.review.certificate.forecast import make_forecast


def members(*sizes: int) -> dict[str, list[str]]:
    return {
        f"Q{place}": [f"{place}-{n:03d}" for n in range(size)]
        for place, size in enumerate(sizes, start=1)
    }


def review(goal, subset, bad, *, count, batch=5, seed=0):
    """Answer draws truthfully until the goal is reached or ``count`` samples are reviewed."""
    draws: list[Draw] = []
    while len(draws) < count and not certify(goal, subset, draws).reached:
        made = next_draws(goal, subset, draws, count=batch, seed=seed)
        if not made:
            break
        draws += [Draw(one.sample, one.stratum, one.chances, one.sample in bad) for one in made]
    return draws


shares = st.lists(st.floats(0.01, 0.99), min_size=2, max_size=5)


class TestBet:
    @given(shares, st.data())
    @settings(max_examples=60, deadline=None)
    def test_value_is_right_on_average_whatever_is_guessed(self, forecast, data):
        count = len(forecast)
        forecast = np.array([forecast])
        left = np.array([data.draw(st.lists(st.integers(1, 50), min_size=count, max_size=count))])
        bad = np.array([[data.draw(st.integers(0, int(n))) for n in left[0]]])
        weights = data.draw(st.lists(st.floats(0.05, 1), min_size=count, max_size=count))
        chances = np.array([weights]) / np.sum(weights)
        good_value, bad_value = values(chances, forecast, left.astype(float))
        truth = bad / left
        mean = (chances * (truth * bad_value + (1 - truth) * good_value)).sum()
        assert mean == pytest.approx(bad.sum(), rel=1e-9, abs=1e-9)

    @given(shares, st.data())
    @settings(max_examples=60, deadline=None)
    def test_a_true_claim_gains_nothing_on_average(self, forecast, data):
        """The factor against "at least R are left" averages at most 1 where R or more are."""
        count = len(forecast)
        forecast = np.array([forecast])
        left = np.array([data.draw(st.lists(st.integers(1, 30), min_size=count, max_size=count))])
        bad = np.array([[data.draw(st.integers(0, int(n))) for n in left[0]]])
        chances = np.full((1, count), 1 / count)
        claims = np.array([[data.draw(st.integers(0, int(bad.sum())))]], float)
        parts = values(chances, forecast, left.astype(float))
        mean = 0.0
        for stratum in range(count):
            for share, value in ((bad / left, parts[1]), (1 - bad / left, parts[0])):
                factor = np.exp(
                    log_factors(chances, forecast, left.astype(float), claims, value[:, stratum])
                )[0, 0]
                assert factor > 0
                mean += factor * share[0, stratum] / count
        assert mean <= 1 + 1e-9

    def test_stakes_are_the_best_ones(self):
        # Even odds of +2 and −1: the best stake is p/1 − q/2 = 0.25.
        stake = best_stakes(np.array([2.0, -1.0]), np.array([0.5, 0.5]))
        assert stake == pytest.approx(0.25, abs=1e-3)
        assert best_stakes(np.array([1.0, -1.0]), np.array([0.4, 0.6])) == pytest.approx(
            0, abs=1e-3
        )

    def test_nothing_found_in_one_stratum_is_the_classical_bound(self):
        # Without any bad sample the factors multiply to (1 − n/N)^−R, almost.
        chances, left = np.ones((1, 1)), np.array([[1000.0]])
        found = growth(chances, np.array([[1e-9]]), left, np.array([10.0]))[0]
        assert found == pytest.approx(0.9 * 10 / (1000 - 10), rel=0.02)

    def test_a_stratum_that_is_done_teaches_nothing(self):
        good, bad = values(np.array([[1.0, 0.0]]), np.array([[0.1, 0.5]]), np.array([[10.0, 0.0]]))
        assert good[0, 1] == bad[0, 1] == 1.0


class TestGuess:
    def test_follows_what_is_found_and_borrows_from_the_others(self):
        forecast = make_forecast(0.05, np.array([100, 100, 100]))
        before = forecast.shares(np.zeros((1, 3), int), np.zeros((1, 3), int))[0]
        after = forecast.shares(np.array([[40, 40, 0]]), np.array([[10, 0, 0]]))[0]
        assert before[0] == before[1] == before[2] < 0.05
        assert after[0] > 0.15
        assert after[1] < before[1]
        assert after[2] > before[2]


class TestAccount:
    def test_all_reviewed_is_exact(self):
        terms = Terms(np.array([6, 4]), 0.2)
        account = Account.open(terms)
        for stratum, bad in [(0, 1), (1, 0), (0, 0), (0, 0), (1, 0), (0, 1), (1, 0), (0, 0),
                             (1, 0), (0, 0)]:  # fmt: skip
            chances = possible(account.chances(), terms.sizes - account.reviewed)
            account.record(np.array([stratum]), np.array([bool(bad)]), chances)
            assert account.at_most()[0] >= account.bad.sum()
        assert account.at_most()[0] == 2
        assert account.reached()[0]

    def test_nothing_reviewed_says_nothing(self):
        account = Account.open(Terms(np.array([30, 70]), 0.05))
        assert account.at_most()[0] == 100
        assert not account.reached()[0]

    def test_chances_lean_to_the_dirty_stratum_and_keep_a_floor(self):
        account = Account.open(Terms(np.array([500, 500]), 0.02))
        even = np.array([[0.5, 0.5]])
        for turn in range(80):
            account.record(np.array([turn % 2]), np.array([turn % 4 == 0]), even)
        chances = account.chances()[0]
        assert chances[0] > 0.6
        assert chances[1] >= 0.1 * account._left()[0, 1] / account._left().sum() - 1e-12
        assert chances.sum() == pytest.approx(1)

    def test_many_runs_are_many_single_runs(self):
        terms = Terms(np.array([40, 60]), 0.1)
        random = np.random.default_rng(0)
        together = Account.open(terms, 3)
        apart = [Account.open(terms) for _run in range(3)]
        for _turn in range(25):
            chances = possible(together.chances(), terms.sizes - together.reviewed)
            stratum, bad = random.integers(0, 2, 3), random.random(3) < 0.2
            together.record(stratum, bad, chances)
            for run, one in enumerate(apart):
                np.testing.assert_allclose(
                    possible(one.chances(), terms.sizes - one.reviewed)[0], chances[run]
                )
                one.record(stratum[run : run + 1], bad[run : run + 1], chances[run : run + 1])
        assert together.at_most().tolist() == [one.at_most()[0] for one in apart]
        assert together.only(np.array([False, True, False])).at_most()[0] == together.at_most()[1]

    def test_allowed_counts_what_is_taken_out(self):
        sizes = np.array([60, 40])
        assert Terms(sizes, 0.05, taken_out=False).allowed(np.array([0, 10])).tolist() == [5, 5]
        # 10 found and taken out: 4 of the 90 that stay, and the 10.
        assert Terms(sizes, 0.05).allowed(np.array([0, 10])).tolist() == [5, 14]


class TestCertificate:
    GOAL = Goal(target=0.05)

    def test_from_nothing_to_the_goal(self):
        subset = members(150, 150)
        assert certify(self.GOAL, subset, []).share == 1.0
        draws = review(self.GOAL, subset, set(), count=300)
        found = certify(self.GOAL, subset, draws)
        assert found.reached
        assert found.reviewed == len(draws) < 100
        assert found.share <= 0.05
        assert found.sentence().startswith("At most ")
        assert found.sentence().endswith(
            f"% of what stays is unsafe or wrong, with 95 % confidence, {len(draws)} reviewed"
        )

    def test_found_ones_taken_out(self):
        subset = members(100, 20)
        bad = set(subset["Q2"][:8]) | set(subset["Q1"][:1])
        draws = review(self.GOAL, subset, bad, count=120)
        found = certify(self.GOAL, subset, draws)
        assert found.reached
        assert found.share_left <= 0.05 < found.share
        assert found.at_most >= len(bad)
        assert {(one.name, one.size) for one in found.strata} == {("Q1", 100), ("Q2", 20)}
        assert sum(one.found for one in found.strata) == found.found

    def test_a_hopeless_subset_ends_with_the_truth(self):
        subset = members(20, 20)
        bad = set(subset["Q1"])
        goal = Goal(0.05, taken_out=False)
        draws = review(goal, subset, bad, count=100)
        found = certify(goal, subset, draws)
        assert (found.reviewed, found.found, found.at_most) == (40, 20, 20)
        assert not found.reached
        assert found.share == 0.5
        assert next_draws(goal, subset, draws, count=5, seed=0) == []

    def test_all_bad_leaves_nothing(self):
        subset = members(3, 3)
        draws = review(self.GOAL, subset, {one for ids in subset.values() for one in ids}, count=9)
        assert certify(self.GOAL, subset, draws).share_left == 0.0

    def test_draws_repeat_and_batches_agree(self):
        subset = members(30, 5, 12)
        shuffled = {name: list(reversed(subset[name])) for name in reversed(subset)}
        twenty = next_draws(self.GOAL, subset, [], count=20, seed=7)
        assert next_draws(self.GOAL, shuffled, [], count=20, seed=7) == twenty
        assert next_draws(self.GOAL, subset, [], count=5, seed=7) == twenty[:5]
        assert next_draws(self.GOAL, subset, [], count=20, seed=8) != twenty
        everything = next_draws(self.GOAL, subset, [], count=100, seed=7)
        assert len({one.sample for one in everything}) == len(everything) == 47
        assert all(math.isclose(sum(one.chances), 1) for one in everything)

    def test_every_sample_has_the_chance_that_is_written_down(self):
        subset = members(6, 2)
        first = [next_draws(self.GOAL, subset, [], count=1, seed=seed)[0] for seed in range(400)]
        (chances,) = {one.chances for one in first}
        assert sum(chances) == pytest.approx(1)
        for place, name in enumerate(subset):
            for sample in subset[name]:
                expected = chances[place] / len(subset[name])
                share = sum(one.sample == sample for one in first) / len(first)
                # Four standard errors: one of eight is outside by chance once in 2,000 tests.
                assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / 400)

    def test_a_missing_answer_makes_later_ones_wait(self):
        subset = members(50, 50)
        made = next_draws(self.GOAL, subset, [], count=6, seed=0)
        draws = [Draw(one.sample, one.stratum, one.chances, False) for one in made]
        draws[2] = made[2]
        found = certify(self.GOAL, subset, draws)
        assert (found.reviewed, found.waiting) == (2, 3)
        assert found.at_most == certify(self.GOAL, subset, draws[:2]).at_most
        more = next_draws(self.GOAL, subset, draws, count=94, seed=0)
        assert len({one.sample for one in [*draws, *more]}) == 100

    def test_sentence_rounds_up(self):
        subset = members(301)
        draws = review(Goal(0.03), subset, set(), count=301)
        found = certify(Goal(0.03), subset, draws)
        shown = float(found.sentence().split()[2])
        assert shown / 100 >= found.share_left > shown / 100 - 0.001

    @pytest.mark.parametrize("number", [0, 1, -0.1, 2])
    def test_goals_out_of_range(self, number):
        with pytest.raises(BadSetting, match="The target of a certificate is"):
            Goal(number)
        with pytest.raises(BadSetting, match="The confidence of a certificate is"):
            Goal(0.05, confidence=number)

    def test_empty_strata(self):
        with pytest.raises(BadSetting, match=r"samples in every stratum \(no strata\)"):
            certify(self.GOAL, {}, [])
        with pytest.raises(BadSetting, match=r"samples in every stratum \(Q2\)"):
            certify(self.GOAL, {"Q1": ["a"], "Q2": []}, [])

    @pytest.mark.parametrize(
        "draws",
        [
            [Draw("x", "Q1", (0.5, 0.5), False)],
            [Draw("1-000", "Q9", (0.5, 0.5), False)],
            [Draw("1-000", "Q1", (1.0,), False)],
            [Draw("1-000", "Q1", (0.5, 0.5), False)] * 2,
        ],
    )
    def test_draws_of_another_subset(self, draws):
        with pytest.raises(BadSetting, match="do not fit its strata"):
            certify(self.GOAL, members(5, 5), draws)


class TestRehearsal:
    """Small versions of benchmarks/certificate.py, which has the full figures."""

    # Binomial: 400 runs at exactly 95 % give fewer than 366 with chance 0.0006.
    RUNS, FEWEST = 400, 366

    @pytest.mark.parametrize(
        ("sizes", "bad", "taken_out"),
        [
            ((80, 60, 60), (9, 1, 1), False),
            ((140, 50, 10), (1, 0, 10), False),
            ((150, 50), (4, 12), True),
        ],
    )
    def test_the_bound_holds_at_every_look(self, sizes, bad, taken_out):
        # 11 or 16 of 200 at a target of 5 %: a certificate of the subset would be false.
        terms = Terms(np.array(sizes), 0.05, taken_out=taken_out, claims=np.arange(1, 41, 2))
        found = rehearse(terms, np.array(bad), runs=self.RUNS, seed=11)
        assert found.covered.sum() >= self.FEWEST
        if taken_out:
            assert found.reached.all()
        else:
            assert found.reached.sum() <= self.RUNS - self.FEWEST

    def test_a_stratum_known_to_be_dirty_saves_reviews(self):
        sizes, bad = np.array([900, 100]), np.array([3, 30])
        claims = np.array([51, 60, 80, 120, 300])
        strata = rehearse(Terms(sizes, 0.05, taken_out=False, claims=claims), bad, runs=100, seed=1)
        simple = rehearse(
            Terms(np.array([1000]), 0.05, taken_out=False, claims=claims),
            np.array([33]),
            runs=100,
            seed=1,
        )
        assert strata.reached.all()
        assert simple.reached.all()
        assert strata.reviews.mean() < 0.8 * simple.reviews.mean()

    def test_a_limit_stops_it(self):
        found = rehearse(Terms(np.array([500]), 0.01), np.array([0]), runs=3, seed=0, limit=10)
        assert found.reviews.tolist() == [10, 10, 10]
        assert not found.reached.any()
        assert found.covered.all()
