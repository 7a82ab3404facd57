"""Any score can order, and any two can make the quadrants, whichever end of it is the best."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.records import checked
from diq_core.score import KNOWN, Score
from diq_core.selection.choose import select
from diq_core.selection.pool import Pool
from diq_core.selection.scores import Scores
from diq_core.selection.strategies import find_strategy
from tests.selection.test_choose import RATE, Row, kept_in_order, percentiles, scores_of, tables

# Cut at 0.5 (the median): a, b are passed seldom; of them only a helps.
SCORES = Scores.of(
    ["a", "b", "c", "d", "e"],
    [3, 3, 3, 3, None],
    [2, -2, 1, -1, 9],
    about={"pass-rate": RATE},
    why={"pass-rate": [None] * 4 + ["no pass-rate: not in rates.csv"]},
    **{"pass-rate": [0.2, 0.4, 0.6, 0.8, None]},
)


def reasons(**knobs: Any) -> dict[str, str]:
    selection = select(SCORES, **knobs)
    return dict(zip(SCORES.ids, selection.reasons().to_pylist(), strict=True))


def test_by_pass_rate_what_is_passed_half_of_the_time_comes_first() -> None:
    rates = Scores.of(
        ["a", "b", "c", "d", "e", "f"], [3] * 6, [1] * 6, about={"pass-rate": RATE},
        why={"pass-rate": [None] * 5 + ["it has no known answer"]},
        **{"pass-rate": [0.0, 0.125, 0.5, 0.625, 1.0, None]},
    )  # fmt: skip
    selection = select(rates, strategy="pass-rate", budget=6)
    assert kept_in_order(selection) == ["c", "d", "b"]
    why = dict(zip(rates.ids, selection.reasons().to_pylist(), strict=True))
    assert "never answers it rightly" in why["a"]
    assert "always answers it rightly" in why["e"]
    assert "it has no known answer" in why["f"]


def test_a_score_whose_lowest_is_best_is_ordered_from_its_lowest() -> None:
    assert kept_in_order(select(SCORES, strategy="by-pass-rate", budget=3)) == ["a", "b", "c"]
    assert reasons(strategy="by-pass-rate", budget=1) == {
        "a": "In: rank 1 of 1 by pass-rate",
        "b": "Out: ranked 2 by pass-rate; the budget was 1",
        "c": "Out: ranked 3 by pass-rate; the budget was 1",
        "d": "Out: ranked 4 by pass-rate; the budget was 1",
        "e": "Out: not scored — no pass-rate: not in rates.csv",
    }


def test_two_named_scores_make_the_quadrants_in_their_own_words() -> None:
    axes = ("pass-rate", "influence")
    selection = select(SCORES, axes=axes, budget=1)
    assert selection.quadrant.tolist() == [1, 3, 2, 4, 0]
    assert selection.needs == axes
    assert selection.cuts is not None
    assert selection.cuts.across == -0.5  # Oriented: the lower, the better.
    found = reasons(axes=axes, budget=2)
    assert found["a"] == "In: rank 1 of 2, Q1 (low pass rate and influential)"
    assert found["c"] == "In: rank 2 of 2, Q2 (high pass rate and influential)"
    only = reasons(axes=axes, strategy="q1", budget=1)
    assert only["d"] == "Out: it is in Q4 (high pass rate and weak), and only Q1 is chosen"


def test_without_quadrants_the_second_score_orders_and_says_so() -> None:
    found = reasons(axes=("influence", "pass-rate"), quadrants=False, budget=1)
    assert found["a"] == "In: rank 1 of 1 by pass rate"


@settings(max_examples=40)
@given(tables, st.integers(1, 20), percentiles, st.sampled_from(["paper", "weight"]),
       st.sampled_from(["diq", "diq-length", "q2", "by-rate"]))  # fmt: skip
def test_turning_a_column_and_its_best_end_changes_nothing(
    rows: list[Row], count: int, cuts: list[int], rule: Any, strategy: str
) -> None:
    """Eighths are negated without rounding, so ties and cuts stay what they were."""
    values = np.array([r["d"] for r in rows], dtype=np.float64)
    high = Score("rate", "Rate", "better")
    chosen = []
    for best, column in (("high", values), ("low", -values)):
        about = {"rate": replace(high, best=best)}
        scores = replace(scores_of(rows), about=about)
        scores = replace(scores, columns={**scores.columns, "rate": column})
        knobs: Any = {"budget": count, "rule": rule, "axes": ("rate", "influence")}
        knobs |= {"difficulty_cut": cuts[0], "influence_cut": cuts[1]}
        in_q2 = select(scores, **{**knobs, "budget": 1}).quadrant_counts["pool"]["Q2"]
        assume(strategy != "q2" or in_q2)
        selection = select(scores, strategy=strategy, **knobs)
        chosen.append((kept_in_order(selection), selection.quadrant.tolist()))
    assert chosen[0] == chosen[1]


@settings(max_examples=20)
@given(tables, st.integers(1, 20))
def test_diq_on_copies_of_its_scores_is_diq(rows: list[Row], count: int) -> None:
    scores = scores_of(rows)
    copies = {"d": scores["difficulty"], "i": scores["influence"]}
    about = {name: Score(name, name, "more") for name in copies}
    both = replace(scores, columns={**scores.columns, **copies}, about=about)
    one, two = select(both, budget=count), select(both, budget=count, axes=("d", "i"))
    assert kept_in_order(one) == kept_in_order(two)
    np.testing.assert_array_equal(one.priority, two.priority)


def test_what_is_no_score_and_the_same_score_twice_are_refused() -> None:
    with pytest.raises(BadSetting, match=r"There is no score 'pasrate'. Use one of: .*pass-rate"):
        select(SCORES, axes=("pasrate", "influence"))
    with pytest.raises(BadSetting, match="Both axes are the score 'influence'"):
        select(SCORES, axes=("influence", "influence"))
    with pytest.raises(BadSetting, match=r"There is no score 'nothing'"):
        select(SCORES, strategy="by-nothing")
    with pytest.raises(BadSetting, match=r"no strategy 'by-'.*by-NAME to order by the score"):
        find_strategy("by-")


def test_a_pool_on_other_axes_leaves_the_first_as_it_is() -> None:
    pool = Pool(SCORES)
    other = pool.on(("pass-rate", "influence"))
    assert pool.on(pool.axes) is pool
    assert pool.axes == ("difficulty", "influence")
    across, _ = other.given
    np.testing.assert_array_equal(across, [0.2, 0.4, 0.6, 0.8, np.nan])
    np.testing.assert_array_equal(other.across, [-0.2, -0.4, -0.6, -0.8, np.nan])


def test_a_description_is_read_back_as_it_was_written() -> None:
    for score in (RATE, *KNOWN.values()):
        assert checked(Score, score.as_dict(), which="a score", todo="") == score
