"""The strategies that a comparison needs: by IFD, among similar lengths, from one quadrant."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.selection.choose import select
from diq_core.selection.pool import ENOUGH, LENGTHS, Pool
from diq_core.selection.scores import Scores
from tests.selection.test_choose import (
    Row,
    kept_in_order,
    made_up,
    percentiles,
    reference,
    scores_of,
    tables,
)

# The tables are slow to make, and small: a few of them hold every case.
FEW = settings(max_examples=40)


@FEW
@given(tables, st.integers(1, 40))
def test_ifd_is_the_highest_up_to_one(rows: list[Row], count: int) -> None:
    known = [r for r in rows if r["ifd"] is not None and not r["excluded"]]
    fine = sorted((r for r in known if r["ifd"] <= 1), key=lambda r: (-r["ifd"], r["id"]))
    selection = select(scores_of(rows), strategy="ifd", budget=count)
    assert kept_in_order(selection) == [r["id"] for r in fine][:count]
    assert selection.counts["ruled_out"] == len(known) - len(fine)
    reasons = dict(zip(selection.ids, selection.reasons().to_pylist(), strict=True))
    for r in rows:
        above = not r["excluded"] and r["ifd"] is not None and r["ifd"] > 1
        assert reasons[r["id"]].startswith("Out: its IFD is above 1") == above


def groups_by_length(rows: list[Row]) -> dict[str, int]:
    """Return each complete sample's group of similar length, in exact numbers."""
    known = [r for r in rows if not r["excluded"] and None not in (r["d"], r["i"], r["length"])]
    number = max(1, min(LENGTHS, len(known) // ENOUGH))
    found = {}
    for r in known:
        lower = sum(other["length"] < r["length"] for other in known)
        equal = sum(other["length"] == r["length"] for other in known)
        found[r["id"]] = int(Fraction(2 * lower + equal, 2 * len(known)) * number)
    return found


@FEW
@given(tables, st.integers(1, 45), st.sampled_from(["paper", "weight"]), st.booleans(), percentiles,
       st.none() | st.integers(1, 10))  # fmt: skip
def test_among_similar_lengths_equals_the_reference(
    rows: list[Row], count: int, rule: Any, quadrants: bool, cuts: list[int], limit: int | None
) -> None:
    group = groups_by_length(rows)
    ranked = [dict(r) for r in rows]
    for r in ranked:
        near = [o for o in rows if r["id"] in group and group.get(o["id"]) == group[r["id"]]]
        lower, equal = (sum(o["i"] < r["i"] for o in near), sum(o["i"] == r["i"] for o in near))
        r["i"] = float(Fraction(2 * lower + equal, 2 * len(near))) if near else None
    selection = select(
        scores_of(rows), strategy="diq-length", budget=count, rule=rule, weight=0.3,
        quadrants=quadrants, difficulty_cut=cuts[0], influence_cut=cuts[1], max_per_source=limit,
    )  # fmt: skip
    assert kept_in_order(selection) == reference(ranked, count, rule, "0.3", quadrants, cuts, limit)
    assert selection.cuts is not None
    assert selection.cuts.derived


@FEW
@given(tables, st.integers(1, 40), st.lists(st.integers(-9, 9), min_size=LENGTHS, max_size=LENGTHS))
def test_what_a_length_adds_to_influence_changes_nothing(
    rows: list[Row], count: int, gains: list[int]
) -> None:
    # Eighths are added without rounding, so that ties stay ties.
    eighths = [{**r, "i": r["i"] and round(r["i"] * 8) / 8} for r in rows]
    group = groups_by_length(eighths)
    shifted = [
        {**r, "i": r["i"] + gains[group[r["id"]]] if r["id"] in group else r["i"]} for r in eighths
    ]
    one, two = (
        select(scores_of(table), strategy="diq-length", budget=count).table()
        for table in (eighths, shifted)
    )
    assert one.equals(two)


@FEW
@given(tables, st.integers(1, 40), st.sampled_from(["paper", "weight"]), percentiles)
def test_with_one_length_it_is_diq(rows: list[Row], count: int, rule: Any, cuts: list[int]) -> None:
    # Eighths, so that no cut between two neighbours is rounded to one of them.
    same = [{**r, "length": 7, "i": r["i"] and round(r["i"] * 8) / 8} for r in rows]
    knobs: Any = {"budget": count, "rule": rule}
    knobs |= {"difficulty_cut": cuts[0], "influence_cut": cuts[1]}
    one, two = (
        kept_in_order(select(scores_of(same), strategy=strategy, **knobs))
        for strategy in ("diq", "diq-length")
    )
    assert one == two


def test_short_responses_lose_their_advantage() -> None:
    chooser = np.random.default_rng(3)
    length = chooser.integers(10, 500, 400)
    scores = Scores.of(
        [f"s{number:03}" for number in range(400)],
        chooser.uniform(1, 5, 400),
        chooser.normal(0, 1, 400) * 60 / length + 20 / length,
        length=length,
    )
    raw, fair = (
        select(scores, strategy=strategy, budget="5%") for strategy in ("diq", "diq-length")
    )
    middle = np.median(length)
    assert np.median(length[raw.kept]) < 0.5 * middle
    assert 0.7 * middle < np.median(length[fair.kept]) < 1.3 * middle


def test_equal_lengths_are_never_parted_and_groups_are_about_equal() -> None:
    scores = made_up(160)
    ranks = Pool(scores).by_length.up
    for value in np.unique(scores["length"]):
        near = scores["length"] == value
        order = np.argsort(scores["influence"][near])
        assert (np.diff(ranks[near][order]) >= 0).all()
    assert ((ranks > 0) & (ranks < 1)).all()
    assert ranks.mean() == pytest.approx(0.5)


@FEW
@given(tables, percentiles, st.integers(0, 3))
def test_one_quadrant_is_a_draw_from_it_alone(rows: list[Row], cuts: list[int], seed: int) -> None:
    pool = Pool(scores_of(rows))
    knobs: Any = {"difficulty_cut": cuts[0], "influence_cut": cuts[1], "seed": seed}
    quadrant = dict(zip(pool.scores.ids, select(pool, **knobs).quadrant.tolist(), strict=True))
    drawn = kept_in_order(select(pool, strategy="random", budget=len(rows), seed=seed))
    for number in (1, 2, 3, 4):
        of_it = [id for id in drawn if quadrant[id] == number]
        if not of_it:
            with pytest.raises(BadSetting, match=f"'q{number}' rules out every sample that has"):
                select(pool, strategy=f"q{number}", **knobs)
            continue
        # The same draw as the random strategy's: what a seed draws does not depend on a score.
        selection = select(pool, strategy=f"q{number}", budget=len(rows), **knobs)
        assert kept_in_order(selection) == of_it
        assert selection.counts["ruled_out"] == sum(pool.both) - len(of_it)
        few = select(pool, strategy=f"q{number}", budget=1, **knobs)
        assert kept_in_order(few) == of_it[:1]


# Cuts at 2.5 and 0: a, b in Q1, c, d in Q2, e, f in Q3, g, h in Q4.
SCORES = Scores.of(
    [*"abcdefgh", "none", "dup"],
    [4, 3, 1, 2, 4, 3, 1, 2, None, 5],
    [4, 3, 2, 1, -1, -2, -3, -4, 1, 9],
    length=[5] * 10,
    ifd=[0.9, 1.0, 1.1, None, 0.5, 2.0, 0.7, 0.8, None, 0.9],
    excluded=[None] * 9 + ["duplicate of a"],
)  # fmt: skip


def lines(**knobs: Any) -> dict[str, str]:
    selection = select(SCORES, **knobs)
    found = selection.reasons().to_pylist()
    assert found == [selection.reason_of(row) for row in range(len(SCORES))]
    assert [line.startswith("In: ") for line in found] == selection.kept.tolist()
    return dict(zip(SCORES.ids, found, strict=True))


def test_reasons_of_ifd() -> None:
    found = lines(strategy="ifd", budget=2)
    above = "Out: its IFD is above 1: the question makes the response no likelier"
    assert found["b"] == "In: rank 1 of 2 by IFD"
    assert found["a"] == "In: rank 2 of 2 by IFD"
    assert found["h"] == "Out: ranked 3 by IFD; the budget was 2"
    assert found["c"] == found["f"] == above
    assert found["d"] == found["none"] == "Out: not scored — no IFD score"
    assert found["dup"] == "Out: excluded at import — duplicate of a"
    counts = select(SCORES, strategy="ifd", budget=2).counts
    assert (counts["ruled_out"], counts["unscored"], counts["over_budget"]) == (2, 2, 3)


def test_reasons_of_one_quadrant() -> None:
    found = lines(strategy="q3", budget=1, seed=4)
    kept = [id for id, line in found.items() if line.startswith("In")]
    other = ({"e", "f"} - set(kept)).pop()
    draw = "in the random draw from Q3 with seed 4"
    assert found[kept[0]] == f"In: rank 1 of 1 {draw}"
    assert found[other] == f"Out: ranked 2 {draw}; the budget was 1"
    assert found["c"] == "Out: it is in Q2 (easy and influential), and only Q3 is chosen"
    assert found["none"] == "Out: not scored — no difficulty score"


def test_reasons_among_similar_lengths_name_quadrants() -> None:
    found = lines(strategy="diq-length", budget=3)
    assert found["a"] == "In: rank 1 of 3, Q1 (hard and influential)"
    assert found["e"] == "Out: Q3, ranked 5; the budget of 3 was filled by Q1 and Q2"


def test_what_people_put_in_or_take_out_comes_before_the_rule() -> None:
    selection = select(SCORES, strategy="ifd", budget=2, put_in=["c"], taken_out=["f", "b"])
    found = dict(zip(SCORES.ids, selection.reasons().to_pylist(), strict=True))
    assert kept_in_order(selection) == ["a", "c"]
    assert found["c"].startswith("In: put in by hand")
    assert found["f"] == "Out: taken out by hand after review"
    assert (selection.counts["ruled_out"], selection.counts["taken_out"]) == (0, 2)
    assert sum(selection.counts.values()) == 2 * len(SCORES)


@pytest.mark.parametrize("strategy", ["cosine", "ifd"])
def test_scores_that_were_not_asked_for_are_named(strategy: str) -> None:
    with pytest.raises(
        BadSetting,
        match=rf"strategy '{strategy}' needs: {strategy}. Measure influence with --also {strategy}",
    ):
        select(made_up(5), strategy=strategy)


def test_samples_without_a_length_are_in_no_group() -> None:
    scores = Scores.of(["a", "b"], [1, 2], [1, 2], length=[None, 3])
    selection = select(scores, strategy="diq-length", budget=2)
    assert selection.reasons().to_pylist()[0] == "Out: not scored — no response"
    assert selection.reason_of(1) == "In: rank 1 of 1, Q1 (hard and influential)"
