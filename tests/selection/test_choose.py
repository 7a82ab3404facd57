"""Every strategy against a short reference in plain Python, and what must never change."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.score import Score
from diq_core.selection.choose import select
from diq_core.selection.pool import Pool
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores
from diq_core.selection.strategies import STRATEGIES

Row = dict[str, Any]


def reference(rows: list[Row], count: int, rule: str, weight: str, quadrants: bool, cuts: list[int],
              limit: int | None) -> list[str]:  # fmt: skip
    """Choose by DIQ in exact fractions, one sample after the other."""
    pool = [r for r in rows if not r["excluded"] and None not in (r["d"], r["i"])]
    hard, strong = (cut([r[k] for r in pool], p) for k, p in zip("di", cuts, strict=True))
    w = Fraction(weight)
    chosen: list[Row] = []
    for r in sorted(pool, key=lambda r: (
        quadrants and (r["d"] < hard) + 2 * (r["i"] < strong),
        *((-r["i"], -r["d"]) if rule == "paper"
          else (-w * pct(r["d"], pool, "d") - (1 - w) * pct(r["i"], pool, "i"),)),
        r["id"],
    )):  # fmt: skip
        if limit is None or sum(c["source"] == r["source"] for c in chosen) < limit:
            chosen.append(r)
    return [r["id"] for r in chosen[:count]]


def cut(values: list[float], percent: int) -> Fraction:
    ordered = sorted(map(Fraction, values))
    whole, part = divmod(Fraction(percent * (len(values) - 1), 100), 1)
    return ordered[whole] + part * (ordered[min(whole + 1, len(values) - 1)] - ordered[whole])


def pct(value: float, pool: list[Row], key: str) -> Fraction:
    lower, equal = (sum(r[key] < value for r in pool), sum(r[key] == value for r in pool))
    return Fraction(2 * lower + equal, 2 * len(pool))


RATE = Score("pass-rate", "Pass rate", "easier", "share", 0.0, 1.0, best="low")


def scores_of(rows: list[Row]) -> Scores:
    return Scores.of(
        [r["id"] for r in rows],
        [r["d"] for r in rows],
        [r["i"] for r in rows],
        length=[r["length"] for r in rows],
        cosine=[r["cosine"] for r in rows],
        ifd=[r["ifd"] for r in rows],
        about={"pass-rate": RATE},
        **{"pass-rate": [r.get("pass-rate") for r in rows]},
        source=[r["source"] for r in rows],
        excluded=[r["excluded"] for r in rows],
    )


# Few different values, so that ties, also at the cuts, are the rule.
FIELDS = {
    "id": st.text(st.sampled_from("ab0é￿😀"), min_size=1, max_size=4),
    "d": st.integers(8, 16).map(lambda n: n / 8),
    "i": st.integers(-4, 4).map(lambda n: n / 64) | st.floats(-1, 1),
    "length": st.integers(0, 5),
    "cosine": st.integers(-4, 4).map(lambda n: n / 4),
    "ifd": st.integers(1, 12).map(lambda n: n / 8),
    "pass-rate": st.integers(0, 8).map(lambda n: n / 8),
    "source": st.sampled_from(["x", "y", None]),
    "excluded": st.sampled_from([None, None, None, "duplicate"]),
}
SCORED = ("d", "i", "length", "cosine", "ifd", "pass-rate")
row = st.fixed_dictionaries(
    {name: st.none() | each if name in SCORED else each for name, each in FIELDS.items()}
)
# A sample that every strategy can choose; drawn, since tables without one would be thrown away.
sure = st.fixed_dictionaries(
    {
        **FIELDS,
        "ifd": st.integers(1, 8).map(lambda n: n / 8),
        "pass-rate": st.integers(1, 7).map(lambda n: n / 8),
        "excluded": st.none(),
    }
)


def with_sure(rows: list[Row], one: Row, place: int) -> list[Row]:
    rest = [each for each in rows if each["id"] != one["id"]]
    return [*rest[:place], one, *rest[place:]]


tables = st.builds(
    with_sure,
    st.lists(row, max_size=39, unique_by=lambda r: r["id"]),
    sure,
    st.integers(0, 39),
)
percentiles = st.lists(st.sampled_from([0, 25, 30, 50, 70, 100]), min_size=2, max_size=2)
knobs = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(list(STRATEGIES)),
        "rule": st.sampled_from(["paper", "weight"]),
        "weight": st.sampled_from([0.0, 0.3, 0.5, 1.0]),
        "quadrants": st.booleans(),
        "seed": st.integers(0, 3),
        "max_per_source": st.none() | st.integers(1, 10),
    }
)


def usable(rows: list[Row], strategy: str) -> bool:
    """Whether the strategy has anything to choose from: a quadrant may be empty."""
    number = strategy.removeprefix("q")
    return not number.isdigit() or select(scores_of(rows)).quadrant_counts["pool"][f"Q{number}"] > 0


def kept_in_order(selection: Selection) -> list[str]:
    rows = np.flatnonzero(selection.kept)
    ordered: list[str] = selection.ids[rows[np.argsort(selection.rank[rows])]].tolist()
    return ordered


@settings(max_examples=400)
@given(tables, st.integers(1, 45), st.sampled_from(["paper", "weight"]), st.booleans(),
       st.sampled_from(["0", "0.3", "0.5", "0.123456", "1"]), percentiles,
       st.none() | st.integers(1, 10))  # fmt: skip
def test_diq_equals_the_reference(
    rows: list[Row], count: int, rule: Any, quadrants: bool, weight: str, cuts: list[int],
    limit: int | None,
) -> None:  # fmt: skip
    selection = select(
        scores_of(rows), budget=count, rule=rule, weight=float(weight), quadrants=quadrants,
        difficulty_cut=cuts[0], influence_cut=cuts[1], max_per_source=limit,
    )  # fmt: skip
    expected = reference(rows, count, rule, weight, quadrants, cuts, limit)
    assert kept_in_order(selection) == expected


@given(tables, st.integers(1, 40))
def test_one_score_strategies_equal_a_sort(rows: list[Row], count: int) -> None:
    for strategy, key in (
        ("difficulty", "d"), ("influence", "i"), ("longest", "length"), ("cosine", "cosine"),
    ):  # fmt: skip
        pool = [r for r in rows if r[key] is not None and not r["excluded"]]
        expected = [r["id"] for r in sorted(pool, key=lambda r: (-r[key], r["id"]))][:count]
        assert kept_in_order(select(scores_of(rows), strategy=strategy, budget=count)) == expected


@given(tables, percentiles)
def test_below_the_size_of_q1_diq_is_drop_the_easy_then_top_influence(
    rows: list[Row], cuts: list[int]
) -> None:
    settings = {"difficulty_cut": cuts[0], "influence_cut": cuts[1]}
    whole = select(scores_of(rows), budget="100%", **settings)
    assert whole.cuts is not None
    hard = [
        r for r in rows
        if not r["excluded"] and None not in (r["d"], r["i"]) and r["d"] >= whole.cuts.across
    ]  # fmt: skip
    ordered = [r["id"] for r in sorted(hard, key=lambda r: (-r["i"], -r["d"], r["id"]))]
    for budget in range(1, whole.quadrant_counts["pool"]["Q1"] + 1):
        selection = select(scores_of(rows), budget=budget, **settings)
        assert kept_in_order(selection) == ordered[:budget]


@given(tables, knobs, st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_order_of_rows_has_no_effect(
    rows: list[Row], settings: Any, budget: int, random: Any
) -> None:
    assume(usable(rows, settings["strategy"]))
    shuffled = random.sample(rows, len(rows))
    first, second = (select(scores_of(r), budget=budget, **settings) for r in (rows, shuffled))
    tables = [s.table().sort_by("id").to_pylist() for s in (first, second)]
    assert tables[0] == tables[1]
    assert first.counts == second.counts
    assert first.notes == second.notes


@given(tables, knobs)
def test_a_larger_budget_contains_the_smaller(rows: list[Row], settings: Any) -> None:
    assume(usable(rows, settings["strategy"]))
    pool = Pool(scores_of(rows))
    before: list[str] = []
    for budget in range(1, len(rows) + 2):
        now = kept_in_order(select(pool, budget=budget, **settings))
        assert now[: len(before)] == before
        before = now


@given(tables, knobs, st.integers(1, 45))
def test_counts_add_up_and_nobody_without_a_score_is_chosen(
    rows: list[Row], settings: Any, budget: int
) -> None:
    assume(usable(rows, settings["strategy"]))
    selection = select(scores_of(rows), budget=budget, **settings)
    counts = selection.counts
    assert sum(counts.values()) == 2 * counts["samples"] == 2 * len(rows)
    assert min(counts.values()) >= 0
    assert counts["kept"] == selection.kept.sum() <= selection.asked
    assert (counts["kept"] < selection.asked) == bool(selection.notes)
    assert sorted(selection.rank[selection.kept]) == list(range(1, counts["kept"] + 1))
    assert not selection.rank[~selection.kept].any()
    names = {"difficulty": "d", "influence": "i"}
    for sample, kept in zip(rows, selection.kept, strict=True):
        missing = any(sample[names.get(name, name)] is None for name in selection.needs)
        assert not (kept and (missing or sample["excluded"]))
    kept_sources = [r["source"] for r, kept in zip(rows, selection.kept, strict=True) if kept]
    if settings["max_per_source"] is not None:
        assert all(kept_sources.count(s) <= settings["max_per_source"] for s in set(kept_sources))
    for part, number in (("pool", len(rows)), ("kept", counts["kept"])):
        assert sum(selection.quadrant_counts[part].values()) == number


@given(tables, st.integers(1, 40))
def test_the_ends_of_the_weight_are_the_single_scores(rows: list[Row], budget: int) -> None:
    complete = [r for r in rows if r["d"] is not None and r["i"] is not None]
    pool = Pool(scores_of(complete))
    for weight, strategy in ((0, "influence"), (1, "difficulty")):
        whole = select(pool, rule="weight", weight=weight, quadrants=False, budget=budget)
        assert kept_in_order(whole) == kept_in_order(select(pool, strategy=strategy, budget=budget))


def test_a_pool_remembers_nothing_of_the_selection_before() -> None:
    scores = made_up(200)
    pool = Pool(scores)
    choices: list[Any] = [{"weight": 0.2}, {"weight": 0.9, "difficulty_cut": 70}, {"budget": 3}]
    for choice in choices:
        warm, cold = (select(where, rule="weight", **choice) for where in (pool, scores))
        assert warm.table().equals(cold.table())


def made_up(count: int, **columns: Any) -> Scores:
    random = np.random.default_rng(1)
    return Scores.of(
        [f"s{number:04}" for number in range(count)],
        random.normal(3, 1, count),
        random.normal(0, 1, count),
        length=random.integers(1, 9, count),
        **columns,
    )


def test_seeds_draw_different_samples_and_a_seed_the_same() -> None:
    draws = [kept_in_order(select(made_up(100), strategy="random", seed=s)) for s in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_a_share_is_of_all_that_are_not_excluded() -> None:
    scores = made_up(100, excluded=["flawed"] * 20 + [None] * 80)
    assert select(scores, budget="10%").asked == 8


def test_a_share_as_limit_is_of_the_budget() -> None:
    selection = select(
        made_up(100, source=["x"] * 90 + ["y"] * 10), budget=20, max_per_source="60%"
    )
    assert selection.per_source == 12
    assert selection.counts["kept"] == 20
    assert selection.kept[:90].sum() == 12


def test_full_keeps_everything_whatever_the_budget() -> None:
    scores = Scores.of(["b", "a", "c"], excluded=[None, None, "duplicate of a"])
    selection = select(scores, strategy="full", budget="1%")
    assert kept_in_order(selection) == ["a", "b"]
    assert selection.settings["budget"] == "100 %"


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ({"budget": 50}, r"asks for 50 samples, but only 20 can be chosen; all of them are kept"),
        ({"budget": "100%", "strategy": "diq", "max_per_source": 5},
         r"asks for 100 % \(20 samples\), but only 10 can be chosen with at most 5 per source"),
    ],
)  # fmt: skip
def test_fewer_than_asked_for_is_said(settings: Any, note: str) -> None:
    selection = select(made_up(20, source=["x", "y"] * 10), **settings)
    assert len(selection.notes) == 1
    assert re.search(note, selection.notes[0])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"strategy": "best"}, "no strategy 'best'. Use one of: diq, diq-length, random"),
        ({"rule": "guess"}, "no rule 'guess'. Use 'paper' or 'weight'"),
        ({"weight": 1.5}, "weight 1.5 is outside 0 to 1. Give 0 for influence only"),
        ({"weight": float("nan")}, "weight nan is outside 0 to 1"),
        ({"difficulty_cut": 101}, "difficulty cut is 101, which is no percentile"),
        ({"strategy": "random", "influence_cut": -1}, "influence cut is -1"),
        ({"budget": "ten"}, "budget 'ten' is not a number"),
        ({"max_per_source": 0}, "limit per source '0' would keep nothing"),
    ],
)
def test_wrong_settings_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        select(made_up(5), **settings)


def test_nothing_to_choose_from_is_an_error() -> None:
    only_hard = Scores.of(["a", "b"], [1.0, 2.0])
    assert select(only_hard, strategy="difficulty", budget=1).kept.tolist() == [False, True]
    with pytest.raises(BadSetting, match="strategy 'diq' needs: difficulty and influence. Score"):
        select(only_hard)
    with pytest.raises(BadSetting, match="None of the 1 samples can be chosen: all are excluded"):
        select(Scores.of(["a"], [1], [1], excluded=["flawed"]))
