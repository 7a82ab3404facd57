"""Agreement against published worked examples, and what must hold for any ratings.

Where a source prints six digits or more we compare to 1e-6. Where it prints fewer (Cohen,
Krippendorff, Feinstein and Cicchetti, SAS) we compare to the digits printed and, to 1e-6, to a
fraction worked out by hand from the printed table.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diq_core.statistics import coefficients
from diq_core.statistics.agreement import (
    cohen_kappa,
    gwet_ac,
    krippendorff_alpha,
    percent_agreement,
)
from diq_core.statistics.ratings import Ratings, ratings_of
from diq_core.statistics.resampling import Bootstrap

QUICK = Bootstrap(resamples=200)
_ = float("nan")


def ratings_matrix(matrix, categories=None) -> Ratings:
    """Read numbers, shape (items, raters); NaN is missing, categories default to those used."""
    values = np.asarray(matrix, dtype=float)
    used = np.unique(values[~np.isnan(values)]).tolist()
    rows = [
        (f"{item:03d}", f"{rater:03d}", None if np.isnan(value) else float(value))
        for (item, rater), value in np.ndenumerate(values)
    ]
    return ratings_of(rows, used if categories is None else categories)


def seven(ratings: Ratings, how: Bootstrap = QUICK):
    """Return every coefficient that suits an ordinal scale."""
    return (
        percent_agreement(ratings, "identity", how),
        cohen_kappa(ratings, "linear", how),
        cohen_kappa(ratings, "quadratic", how),
        krippendorff_alpha(ratings, "ordinal", how),
        krippendorff_alpha(ratings, "interval", how),
        gwet_ac(ratings, "linear", how),
        gwet_ac(ratings, "quadratic", how),
    )


def from_table(table: list[list[int]]) -> Ratings:
    """Two raters' contingency table as single items; rows are the first rater."""
    pairs = [
        (row, column)
        for row, line in enumerate(table)
        for column, count in enumerate(line)
        for _again in range(count)
    ]
    return ratings_matrix(pairs, range(len(table)))


def from_counts(counts: list[list[int]]) -> Ratings:
    """Raters by item and category; who is who is not known."""
    rows = [[place for place, n in enumerate(line) for _again in range(n)] for line in counts]
    width = max(map(len, rows))
    return ratings_matrix([row + [_] * (width - len(row)) for row in rows], range(len(counts[0])))


# Gwet, R package irrCAC, vignette "overview" (2019) and "weighting": cont3x3abstractors.
ABSTRACTORS = from_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
# The same: distrib.6raters, from Fleiss 1971.
SIX_RATERS = from_counts(
    [
        [0, 0, 0, 6, 0],
        [0, 3, 0, 0, 3],
        [0, 1, 4, 0, 1],
        [0, 0, 0, 0, 6],
        [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0],
        [0, 0, 4, 0, 2],
        [2, 0, 3, 1, 0],
        [2, 0, 0, 4, 0],
        [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0],
        [1, 1, 0, 4, 0],
        [0, 3, 3, 0, 0],
        [1, 0, 0, 5, 0],
        [0, 2, 0, 3, 1],
    ]
)
# The same: cac.raw4raters, which are Krippendorff's (2011) data, with gaps.
FOUR_RATERS = ratings_matrix(
    [
        [1, 1, _, 1],
        [2, 2, 3, 2],
        [3, 3, 3, 3],
        [3, 3, 3, 3],
        [2, 2, 2, 2],
        [1, 2, 3, 4],
        [4, 4, 4, 4],
        [1, 1, 2, 1],
        [2, 2, 2, 2],
        [_, 5, 5, 5],
        [_, _, 1, 1],
        [_, _, 3, _],
    ]
)
# R package irr, data set anxiety, raters 2 and 3; kappa2 as printed in the tests of statsmodels.
# irr leaves out the category that nobody used (5), so places are rated, not numbers.
_ANXIETY = (
    [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
    [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
)


class TestSixDigits:
    """Published to six digits or more."""

    @pytest.mark.parametrize(
        ("value", "published"),
        [
            (percent_agreement(ABSTRACTORS, how=QUICK), 0.89),
            (cohen_kappa(ABSTRACTORS, "identity", QUICK), 0.7964094),
            (gwet_ac(ABSTRACTORS, "identity", QUICK), 0.8493305),
            (krippendorff_alpha(ABSTRACTORS, "nominal", QUICK), 0.7972585),
            (percent_agreement(ABSTRACTORS, "quadratic", QUICK), 0.9725),
            (cohen_kappa(ABSTRACTORS, "quadratic", QUICK), 0.8921569),
            (gwet_ac(ABSTRACTORS, "quadratic", QUICK), 0.9402369),
            (krippendorff_alpha(ABSTRACTORS, "interval", QUICK), 0.8926487),
            (percent_agreement(SIX_RATERS, how=QUICK), 0.5511111),
            (gwet_ac(SIX_RATERS, "identity", QUICK), 0.4448007),
            (krippendorff_alpha(SIX_RATERS, "nominal", QUICK), 0.4204384),
            (percent_agreement(SIX_RATERS, "quadratic", QUICK), 0.8544444),
            (gwet_ac(SIX_RATERS, "quadratic", QUICK), 0.4837438),
            (krippendorff_alpha(SIX_RATERS, "interval", QUICK), 0.259511),
            (percent_agreement(FOUR_RATERS, how=QUICK), 0.8181818),
            (percent_agreement(FOUR_RATERS, "quadratic", QUICK), 0.9753788),
        ],
        ids=lambda one: getattr(one, "name", None),
    )
    def test_irrcac_vignettes(self, value, published):
        assert value.value == pytest.approx(published, abs=1e-6)

    def test_ac1_and_ac2_with_gaps(self):
        # The vignettes print AC1 and AC2 to five digits and their two parts to seven.
        assert gwet_ac(FOUR_RATERS, "identity").value == pytest.approx(0.77544, abs=5e-6)
        assert gwet_ac(FOUR_RATERS, "quadratic").value == pytest.approx(0.914, abs=5e-6)
        for weights, agreed, chance in (
            ("identity", 0.8181818, 0.1903212),
            ("quadratic", 0.9753788, 0.7137044),
        ):
            expected = (agreed - chance) / (1 - chance)
            assert gwet_ac(FOUR_RATERS, weights).value == pytest.approx(expected, abs=1e-6)

    def test_alpha_with_gaps(self):
        # Printed as 0.74342 and 0.84911, their two parts to seven digits.
        for level, agreed, chance in (("nominal", 0.805, 0.24), ("interval", 0.9735938, 0.825)):
            expected = (agreed - chance) / (1 - chance)
            value = krippendorff_alpha(FOUR_RATERS, level).value
            assert value == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize(
        ("weights", "published"),
        [("identity", -0.006289308), ("linear", 0.1459075), ("quadratic", 0.2520325)],
    )
    def test_kappa_of_the_anxiety_ratings(self, weights, published):
        places = np.searchsorted(np.unique(_ANXIETY), _ANXIETY)
        ranks = ratings_matrix(places.T)
        assert cohen_kappa(ranks, weights).value == pytest.approx(published, abs=1e-6)

    @pytest.mark.parametrize(
        ("level", "published"), [("nominal", 0.691358), ("interval", 0.810845)]
    )
    def test_alpha_of_wikipedia_and_the_package(self, level, published):
        # Documentation of the package krippendorff, 0.9.0 (data: Wikipedia).
        data = [
            [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
            [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
            [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
        ]
        ratings = ratings_matrix(np.transpose(data))
        assert krippendorff_alpha(ratings, level).value == pytest.approx(published, abs=1e-6)


class TestFewDigits:
    """Published to fewer digits; the fraction is ours, worked out from the printed table."""

    # Cohen 1960: two judges, 200 patients; kappa .492. Table as reprinted in R package psych.
    COHEN = from_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])

    def test_cohen_1960(self):
        value = cohen_kappa(self.COHEN, "identity").value
        assert value == pytest.approx(0.492, abs=5e-4)
        assert value == pytest.approx(float(Fraction(29, 59)), abs=1e-6)

    def test_cohen_1968(self):
        # Disagreement weights 1, 3, 6 as agreement of 1 − weight / 6; weighted kappa .348.
        apart = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]], float)
        value = cohen_kappa(self.COHEN, 1 - apart / 6).value
        assert value == pytest.approx(0.348, abs=5e-4)
        observed = Fraction(1 * 24 + 3 * 20 + 6 * 16, 200)
        chance = Fraction(1 * (120 * 60 + 60 * 100) + 3 * (120 * 40 + 20 * 100)
                          + 6 * (60 * 40 + 20 * 60), 200 * 200)  # fmt: skip
        assert value == pytest.approx(float(1 - observed / chance), abs=1e-6)

    @pytest.mark.parametrize(
        ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
    )
    def test_krippendorff_2011(self, level, published):
        value = krippendorff_alpha(FOUR_RATERS, level).value
        assert value == pytest.approx(published, abs=5e-4)

    def test_krippendorff_2011_by_hand(self):
        # His coincidence matrix: 40 pairable values, used 9, 13, 10, 5 and 3 times.
        agreeing = 7 + 10 + 8 + 4 + 3
        chance = 9 * 8 + 13 * 12 + 10 * 9 + 5 * 4 + 3 * 2
        by_hand = Fraction(39 * agreeing - chance, 40 * 39 - chance)
        value = krippendorff_alpha(FOUR_RATERS, "nominal").value
        assert value == pytest.approx(float(by_hand), abs=1e-6)

    @pytest.mark.parametrize(
        ("table", "published", "kappa"),
        [
            ([[40, 9], [6, 45]], 0.70, Fraction(3492, 4992)),
            ([[80, 10], [5, 5]], 0.32, Fraction(700, 2200)),
        ],
    )
    def test_paradox_of_feinstein_and_cicchetti_1990(self, table, published, kappa):
        ratings = from_table(table)
        value = cohen_kappa(ratings, "identity").value
        assert value == pytest.approx(published, abs=5e-3)
        assert value == pytest.approx(float(kappa), abs=1e-6)

    def test_ac1_resolves_the_paradox(self):
        # Chance by Gwet's formula: 2 · 0.875 · 0.125.
        by_hand = (Fraction(85, 100) - Fraction(7, 32)) / (1 - Fraction(7, 32))
        value = gwet_ac(from_table([[80, 10], [5, 5]]), "identity").value
        assert value == pytest.approx(float(by_hand), abs=1e-6)

    def test_sas_printout(self):
        # SAS PROC FREQ, as printed in the tests of statsmodels: .4842 and, linear, .4701.
        ratings = from_table([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
        assert cohen_kappa(ratings, "identity").value == pytest.approx(0.4842, abs=5e-5)
        assert cohen_kappa(ratings, "linear").value == pytest.approx(0.4701, abs=5e-5)


class TestSeveralRaters:
    def test_pairs_count_by_the_items_they_share(self):
        # Raters 1 and 2 share four items, 1 and 3 two, 2 and 3 two.
        ratings = ratings_matrix([[0, 0, _], [1, 1, _], [0, 0, 1], [1, 0, 1]])
        ones = np.ones((1, 2))
        single = [
            coefficients.kappa(Ratings(ratings.codes[2:][:, pair], (0, 1)), "identity", ones)[0]
            for pair in ([0, 2], [1, 2])
        ]
        first = cohen_kappa(Ratings(ratings.codes[:, :2], (0, 1)), "identity").value
        assert first == pytest.approx(0.5)
        assert single == [0.0, 0.0]
        expected = (4 * 0.5 + 2 * 0 + 2 * 0) / 8
        assert cohen_kappa(ratings, "identity").value == pytest.approx(expected)

    def test_complete_ratings_give_the_mean_of_pairs(self):
        codes = np.random.default_rng(3).integers(0, 3, (40, 4))
        whole = cohen_kappa(Ratings(codes, (0, 1, 2)), "linear", QUICK).value
        pairs = [
            cohen_kappa(Ratings(codes[:, [one, other]], (0, 1, 2)), "linear", QUICK).value
            for one in range(4)
            for other in range(one)
        ]
        assert whole == pytest.approx(np.mean(pairs))


def alpha_by_hand(ratings: Ratings, level: str) -> Fraction | None:
    """Return Krippendorff's alpha, value by value as his paper of 2011 writes it; None = undefined.

    Exact fractions and single loops over pairs of values: nothing of what the app computes with.
    """
    units = [[ratings.categories[code] for code in row if code >= 0] for row in ratings.codes]
    units = [unit for unit in units if len(unit) > 1]
    seen: dict[tuple, Fraction] = {}
    for unit in units:
        for one, other in permutations(range(len(unit)), 2):
            pair = unit[one], unit[other]
            seen[pair] = seen.get(pair, Fraction(0)) + Fraction(1, len(unit) - 1)
    used = Counter(value for unit in units for value in unit)
    total = sum(used.values())

    def apart(one: int, other: int) -> Fraction:
        low, high = sorted((one, other))
        if level == "nominal":
            return Fraction(one != other)
        if level == "interval":
            return Fraction((high - low) ** 2)
        between = sum(used[value] for value in ratings.categories if low <= value <= high)
        return (between - Fraction(used[low] + used[high], 2)) ** 2 if low != high else Fraction(0)

    observed = sum((often * apart(*pair) for pair, often in seen.items()), Fraction(0))
    expected = sum((used[a] * used[b] * apart(a, b) for a in used for b in used), Fraction(0))
    return 1 - (total - 1) * observed / expected if expected else None


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_formula_by_hand_gives_what_is_printed(level: str, published: float) -> None:
    assert float(alpha_by_hand(FOUR_RATERS, level)) == pytest.approx(published, abs=5e-4)


matrices = arrays(
    np.int64, st.tuples(st.integers(2, 14), st.integers(2, 4)), elements=st.integers(-1, 3)
).map(lambda codes: Ratings(codes, (1, 2, 3, 4)))
ALL = [
    ("percent", "identity"), ("percent", "quadratic"), ("kappa", "identity"), ("kappa", "linear"),
    ("kappa", "quadratic"), ("gwet", "identity"), ("gwet", "quadratic"), ("gwet", "ordinal"),
    ("alpha", "nominal"), ("alpha", "ordinal"), ("alpha", "interval"),
]  # fmt: skip


def every_value(ratings: Ratings) -> np.ndarray:
    ones = np.ones((1, len(ratings.codes)))
    return np.array([getattr(coefficients, name)(ratings, by, ones)[0] for name, by in ALL])


class TestAnyRatings:
    @given(matrices, st.randoms(use_true_random=False))
    @settings(max_examples=60, deadline=None)
    def test_order_of_items_and_raters_has_no_effect(self, ratings, random):
        items, raters = (list(range(size)) for size in ratings.codes.shape)
        random.shuffle(items)
        random.shuffle(raters)
        other = Ratings(ratings.codes[items][:, raters], ratings.categories)
        np.testing.assert_allclose(every_value(other), every_value(ratings), atol=1e-9)

    @given(matrices, st.permutations([1, 2, 3, 4]))
    @settings(max_examples=60, deadline=None)
    def test_nominal_coefficients_ignore_the_names(self, ratings, names):
        other = Ratings(ratings.codes, tuple(names))
        nominal = [by in ("identity", "nominal") for _name, by in ALL]
        np.testing.assert_allclose(
            every_value(other)[nominal], every_value(ratings)[nominal], atol=1e-9
        )

    @given(matrices)
    @settings(max_examples=60, deadline=None)
    def test_values_are_at_most_one_and_reversal_changes_nothing(self, ratings):
        values = every_value(ratings)
        assert (values[~np.isnan(values)] <= 1 + 1e-9).all()
        turned = Ratings(np.where(ratings.codes < 0, -1, 3 - ratings.codes), ratings.categories)
        np.testing.assert_allclose(every_value(turned), values, atol=1e-9)

    @given(st.lists(st.integers(0, 3), min_size=2, max_size=12), st.integers(2, 4))
    @settings(max_examples=40, deadline=None)
    def test_perfect_agreement_is_one(self, codes, raters):
        assume(len(set(codes)) > 1)
        ratings = Ratings(np.repeat(np.array(codes)[:, None], raters, axis=1), (1, 2, 3, 4))
        np.testing.assert_allclose(every_value(ratings), 1.0)

    @given(matrices, st.sampled_from(["nominal", "ordinal", "interval"]))
    @settings(max_examples=60, deadline=None)
    def test_alpha_is_that_of_the_printed_formula(self, ratings, level):
        own = coefficients.alpha(ratings, level, np.ones((1, len(ratings.codes))))[0]
        by_hand = alpha_by_hand(ratings, level)
        assert np.isnan(own) == (by_hand is None)
        assert by_hand is None or own == pytest.approx(float(by_hand), abs=1e-9)

    @given(matrices, st.randoms(use_true_random=False))
    @settings(max_examples=30, deadline=None)
    def test_alpha_of_drawn_items_is_that_of_the_list_of_them(self, ratings, random):
        drawn = [random.randrange(len(ratings.codes)) for _item in ratings.codes]
        times = np.bincount(drawn, minlength=len(ratings.codes))[None].astype(float)
        own = coefficients.alpha(ratings, "ordinal", times)[0]
        by_hand = alpha_by_hand(Ratings(ratings.codes[drawn], ratings.categories), "ordinal")
        assert by_hand is None or own == pytest.approx(float(by_hand), abs=1e-9)

    @given(matrices)
    @settings(max_examples=40, deadline=None)
    def test_an_item_drawn_twice_is_an_item_listed_twice(self, ratings):
        draws = np.ones((1, len(ratings.codes)))
        draws[0, 0] = 2
        listed = Ratings(np.vstack([ratings.codes[:1], ratings.codes]), ratings.categories)
        # Two listed items make a pair of raters comparable that had one item in common.
        overlap = [(ratings.codes[:, [a, b]] >= 0).all(axis=1).sum()
                   for a in range(ratings.codes.shape[1]) for b in range(a)]  # fmt: skip
        assume(1 not in overlap)
        drawn = [getattr(coefficients, name)(ratings, by, draws)[0] for name, by in ALL]
        np.testing.assert_allclose(drawn, every_value(listed), atol=1e-9)


class TestIntervals:
    def noisy(self, items=60, seed=1):
        random = np.random.default_rng(seed)
        truth = random.integers(1, 6, (items, 1))
        return ratings_matrix(
            np.clip(truth + random.integers(-1, 2, (items, 3)), 1, 5), range(1, 6)
        )

    def test_value_lies_inside_and_seed_repeats_it(self):
        first, again = (seven(self.noisy()) for _again in range(2))
        assert first == again
        for one in first:
            assert one.low < one.value < one.high
            assert (one.items, one.raters, one.pairs, one.reason) == (60, 3, 180, "")
        other = seven(self.noisy(), Bootstrap(resamples=200, seed=1))
        assert other[3].low != first[3].low

    def test_more_items_make_it_narrower(self):
        few, many = (gwet_ac(self.noisy(items)) for items in (20, 400))
        assert few.high - few.low > 2 * (many.high - many.low)

    def test_it_is_the_bca_interval_of_scipy(self):
        from scipy.stats import bootstrap

        ratings = self.noisy(40)
        each = coefficients.percent(ratings, "linear", np.eye(40))
        theirs = bootstrap(
            (each,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(0)
        ).confidence_interval
        ours = percent_agreement(ratings, "linear", Bootstrap(resamples=20_000))
        # The mean of 40 shares in sixths moves in steps of 1/240; a tie may fall either way.
        assert ours.low == pytest.approx(theirs.low, abs=1.01 / 240)
        assert ours.high == pytest.approx(theirs.high, abs=1.01 / 240)

    def test_blocks_of_resamples_are_put_together(self, monkeypatch):
        monkeypatch.setattr("diq_core.statistics.resampling._CELLS", 60 * 7)
        assert gwet_ac(self.noisy(), how=QUICK).low is not None

    def test_flags(self):
        flags = ratings_of(
            [(f"s{n}", who, (n + shift) % 7 == 0) for n in range(30) for who, shift in
             (("ana", 0), ("ben", n // 20))], [False, True])  # fmt: skip
        found = (
            percent_agreement(flags, "identity", QUICK),
            cohen_kappa(flags, "identity", QUICK),
            krippendorff_alpha(flags, "nominal", QUICK),
            gwet_ac(flags, "identity", QUICK),
        )
        assert [one.name for one in found] == [
            "Percent agreement",
            "Cohen's kappa",
            "Krippendorff's alpha (nominal)",
            "Gwet's AC1",
        ]
        assert all(one.value < 1 for one in found)


class TestTooLittle:
    def test_nobody_shares_a_sample(self):
        ratings = ratings_of([("a", "ana", 1), ("b", "ben", 2)], range(1, 6))
        for one in seven(ratings):
            assert (one.value, one.low, one.items, one.pairs) == (None, None, 0, 0)
            assert one.reason == "No sample was rated by two people"

    def test_no_ratings_at_all(self):
        assert gwet_ac(ratings_of([], range(1, 6))).value is None

    def test_few_samples_give_a_value_without_an_interval(self):
        ratings = ratings_matrix([[1, 1], [2, 3], [4, 4], [5, 5]], range(1, 6))
        for one in seven(ratings):
            assert one.value is not None
            assert one.low is None
            assert one.reason == "Only 4 samples have two ratings; an interval needs 10"

    def test_the_same_rating_everywhere(self):
        ratings = ratings_matrix(np.full((12, 2), 3), range(1, 6))
        for one in (cohen_kappa(ratings), krippendorff_alpha(ratings)):
            assert one.value is None
            assert "agreement beyond chance is undefined" in one.reason
        # Everybody agrees, but resampling cannot say how sure that is.
        perfect = gwet_ac(ratings)
        assert (perfect.value, perfect.low) == (1.0, None)
        assert "none shows the doubt" in perfect.reason

    def test_one_disagreement_among_many(self):
        codes = np.zeros((40, 2), int)
        codes[0, 1] = 1
        found = krippendorff_alpha(Ratings(codes, (0, 1)), "nominal")
        assert found.value is not None
        assert found.low is None
        assert found.reason == "Too many resamples have no disagreement to measure"

    def test_words_for_what_is_no_rating(self):
        with pytest.raises(ValueError, match="7 is none of the categories"):
            ratings_of([("a", "ana", 7)], range(1, 6))
        with pytest.raises(ValueError, match="'ana' rated 'a' twice"):
            ratings_of([("a", "ana", 1), ("a", "ana", 2)], range(1, 6))
        with pytest.raises(ValueError, match="repeat themselves"):
            ratings_matrix([[1, 1]], [1, 1])
        with pytest.raises(ValueError, match="a diagonal of 1"):
            gwet_ac(ratings_matrix([[1, 2], [1, 1]]), np.zeros((2, 2)))


def test_missing_ratings_are_missing():
    rows = [("a", "ana", 1), ("a", "ben", None), ("b", "ana", 2), ("b", "ben", 2)]
    ratings = ratings_of(rows, [1, 2])
    assert ratings.codes.tolist() == [[0, -1], [1, 1]]
    assert ratings_of(reversed(rows), [1, 2]).codes.tolist() == ratings.codes.tolist()


def test_words_of_a_verdict_stand_in_their_order():
    words = ("reject", "accept with edit", "accept")
    ratings = ratings_of([("a", "x", "accept"), ("a", "y", "reject")], words)
    weights = coefficients.weight_matrix("linear", ratings)
    assert weights.tolist() == [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]


def test_ordinal_weights_are_those_of_the_vignette():
    # irrCAC vignette "weighting": ordinal.weights(1:3).
    ratings = ratings_matrix([[1, 2], [3, 3]])
    weights = coefficients.weight_matrix("ordinal", ratings)
    np.testing.assert_allclose(weights, [[1, 2 / 3, 0], [2 / 3, 1, 2 / 3], [0, 2 / 3, 1]])
