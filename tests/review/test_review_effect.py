"""Chosen against the rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.review.figures.effect import Score, effect, effects
from diq_core.statistics.resampling import Bootstrap

QUICK = Bootstrap(resamples=300)


def one_rater(chosen, rest):
    return [Score(f"c{n}", "ana", value, True) for n, value in enumerate(chosen)] + [
        Score(f"r{n}", "ana", value, False) for n, value in enumerate(rest)
    ]


def many(shift: float, *, seed=0, samples=60, reviewers=("ana", "ben")):
    random = np.random.default_rng(seed)
    return [
        Score(f"s{n}", who, float(np.clip(np.rint(random.normal(3 + shift * (n % 2), 1)), 1, 5)),
              n % 2 == 1)
        for n in range(samples)
        for who in reviewers
    ]  # fmt: skip


class TestKnownNumbers:
    def test_cliffs_delta_of_the_package_effsize(self):
        # R package effsize, example of cliff.delta: −0.25.
        found = effect(
            one_rater([10, 10, 20, 20, 20, 30, 30, 30, 40, 50], [10, 20, 30, 40, 40, 50])
        )
        assert found.delta.value == pytest.approx(-0.25, abs=1e-12)

    def test_hedges_g_by_hand(self):
        # Means 4 and 2, squares 2 + 8 on 5 degrees of freedom, correction 1 − 3/19.
        found = effect(one_rater([3, 4, 5], [0, 2, 2, 4]), QUICK)
        assert found.difference.value == pytest.approx(2)
        assert found.g.value == pytest.approx(2 / np.sqrt(10 / 5) * (1 - 3 / 19))

    def test_within_reviewers(self):
        # Ben is two points milder and saw more of the chosen: pooled, chosen would look better.
        scores = [
            *(Score(f"c{n}", "ben", 4, True) for n in range(8)),
            *(Score(f"r{n}", "ben", 4, False) for n in range(2)),
            *(Score(f"d{n}", "ana", 2, True) for n in range(2)),
            *(Score(f"q{n}", "ana", 2, False) for n in range(8)),
        ]
        found = effect(scores)
        assert found.paired
        assert found.difference.value == 0
        assert found.delta.value == 0
        assert found.g.value is None
        assert found.reason

    def test_reviewers_count_by_how_much_they_say(self):
        scores = [
            *(Score(f"c{n}", "ana", 5, True) for n in range(4)),
            *(Score(f"r{n}", "ana", 4, False) for n in range(4)),
            *(Score(f"d{n}", "ben", 5, True) for n in range(1)),
            *(Score(f"q{n}", "ben", 2, False) for n in range(1)),
        ]
        # Weights 4·4/8 = 2 and 1·1/2 = 0.5 for the differences 1 and 3.
        assert effect(scores).difference.value == pytest.approx((2 * 1 + 0.5 * 3) / 2.5)


class TestWhatCounts:
    def test_numbers(self):
        scores = [*many(1.0), Score("extra", "cleo", 5, True)]
        found = effect(scores, QUICK)
        assert (found.ratings, found.samples) == ((60, 60), (30, 30))
        assert (found.reviewers, found.left_out, found.paired) == (2, 1, True)

    def test_unpaired_where_nobody_saw_both(self):
        scores = [Score(f"c{n}", "ana", 4 + n % 2, True) for n in range(12)]
        scores += [Score(f"r{n}", "ben", 3 + n % 2, False) for n in range(12)]
        found = effect(scores, QUICK)
        assert not found.paired
        assert found.difference.value == pytest.approx(1)
        assert found.reviewers == 2

    def test_people_and_machine_apart(self):
        scores = many(1.0) + [one._replace(group="machine", value=3.0) for one in many(0.0)]
        found = effects(scores, QUICK)
        assert list(found) == ["machine", "people"]
        assert found["people"].difference.low > 0
        assert found["machine"].difference.value == 0

    def test_too_few(self):
        none = effect([])
        assert (none.difference.value, none.reason) == (
            None,
            "Fewer than two chosen samples were rated",
        )
        few = effect(one_rater([4, 5, 3], [1, 2, 2]))
        assert few.difference.value is not None
        assert few.difference.low is None
        assert few.reason == "Intervals need 10 rated samples on either side"

    def test_a_sample_on_both_sides_is_refused(self):
        with pytest.raises(ValueError, match="both chosen and not"):
            effect([Score("a", "ana", 1, True), Score("a", "ben", 1, False)] * 2)


class TestIntervals:
    def test_inside_and_repeatable(self):
        found = effect(many(0.7), QUICK)
        assert found == effect(list(reversed(many(0.7))), QUICK)
        for one in (found.difference, found.delta, found.g):
            assert one.low < one.value < one.high

    def test_many_ratings_of_few_samples_are_not_many_samples(self):
        # Eight reviewers who say the same add ratings, no certainty.
        alone = effect(many(0.5, reviewers=("ana",)), QUICK).difference
        scores = many(0.5, reviewers=("ana",))
        echoed = [one._replace(reviewer=f"r{n}") for one in scores for n in range(8)]
        crowd = effect(echoed, QUICK).difference
        assert crowd.value == pytest.approx(alone.value)
        assert crowd.high - crowd.low == pytest.approx(alone.high - alone.low)

    def test_coverage_of_no_difference(self):
        hits = sum(
            one.low <= 0 <= one.high
            for seed in range(200)
            for one in [effect(many(0.0, seed=seed), Bootstrap(resamples=200)).difference]
        )
        # 95 % of 200 is 190; a bootstrap of 30 + 30 samples may miss a few more.
        assert 180 <= hits <= 199


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=8, max_size=30))
@settings(max_examples=60, deadline=None)
def test_sides_swapped_turn_the_sign(rows):
    scores = [Score(f"s{n}", "ana", value, chosen) for n, (value, chosen) in enumerate(rows)]
    one, other = (
        effect(scores, QUICK),
        effect([s._replace(chosen=not s.chosen) for s in scores], QUICK),
    )
    for name in ("difference", "delta", "g"):
        value, turned = getattr(one, name).value, getattr(other, name).value
        assert (value is None) == (turned is None)
        if value is not None:
            assert value == pytest.approx(-turned)
    if one.delta.value is not None:
        assert -1 <= one.delta.value <= 1
