"""What people placed: kept or left out whatever the scores say, and said in every row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.selection.choose import select
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores
from diq_core.selection.strategies import STRATEGIES
from tests.selection.test_choose import RATE

# Cuts at 2.5 and 0: a, b in Q1, c, d in Q2, e, f in Q3, g, h in Q4.
SCORES = Scores.of(
    [*"abcdefgh", "no-i", "dup"],
    [4, 3, 1, 2, 4, 3, 1, 2, 2, 5],
    [4, 3, 2, 1, -1, -2, -3, -4, None, 9],
    source=["x", "x", "x", "y", "y", "y", "y", "y", "x", "x"],
    excluded=[None] * 9 + ["duplicate of a"],
)


def kept(selection: Selection) -> list[str]:
    """Return the kept ids, first to last."""
    rows = np.flatnonzero(selection.kept)
    return [str(id) for id in selection.ids[rows[np.argsort(selection.rank[rows])]]]


def reasons(selection: Selection) -> dict[str, str]:
    lines = selection.reasons().to_pylist()
    assert lines == [selection.reason_of(row) for row in range(len(selection.ids))]
    return dict(zip(selection.ids, lines, strict=True))


def test_the_next_in_the_order_takes_a_free_place() -> None:
    chosen = select(SCORES, budget=3, taken_out=["b"])
    assert kept(chosen) == ["a", "c", "d"]
    told = reasons(chosen)
    assert told["b"] == "Out: taken out by hand after review"
    assert told["d"] == "In: rank 3 of 3, Q2 (easy and influential)"
    assert told["e"] == "Out: Q3, ranked 4; the budget of 3 was filled by Q1 and Q2"
    assert (chosen.counts["taken_out"], chosen.counts["over_budget"]) == (1, 4)


def test_what_is_put_in_takes_a_place_and_stands_where_its_scores_put_it() -> None:
    chosen = select(SCORES, budget=3, put_in=["g", "no-i"])
    assert kept(chosen) == ["a", "g", "no-i"]
    told = reasons(chosen)
    assert told["g"] == "In: put in by hand after review, rank 2 of 3"
    assert told["no-i"] == "In: put in by hand after review, rank 3 of 3"
    by = "the budget of 3 was filled by"
    assert told["b"] == f"Out: Q1, ranked 2; {by} samples ranked higher and 2 put in by hand"
    assert told["e"] == f"Out: Q3, ranked 5; {by} Q1 and 2 put in by hand"
    assert (chosen.counts["unscored"], chosen.counts["kept"]) == (0, 3)


def test_a_budget_can_be_spent_by_hand_alone() -> None:
    told = reasons(select(SCORES, budget=1, put_in=["h"]))
    assert told["a"] == "Out: Q1, ranked 1; the budget of 1 was filled by 1 put in by hand"
    told = reasons(select(SCORES, strategy="influence", budget=2, put_in=["h", "g"]))
    assert told["a"] == "Out: ranked 1 by influence; the budget was 2, 2 of it put in by hand"


def test_what_reviewers_rejected_says_so() -> None:
    chosen = select(SCORES, budget=2, taken_out=["a"], rejected=["b"])
    assert kept(chosen) == ["c", "d"]
    assert reasons(chosen)["b"] == "Out: rejected by its reviewers"
    assert chosen.counts["taken_out"] == 2


def test_what_is_put_in_counts_for_its_source_and_is_kept_beyond_the_limit() -> None:
    chosen = select(SCORES, strategy="influence", budget=4, max_per_source=2, put_in=["no-i"])
    assert kept(chosen) == ["a", "d", "e", "no-i"]
    told = reasons(chosen)
    assert "limit of 2 per source was reached for x" in told["b"]
    assert "limit of 2 per source" not in told["f"]
    full = select(SCORES, budget=4, max_per_source=1, put_in=["a", "b", "c"])
    assert kept(full) == ["a", "b", "c", "d"]


def test_placing_moves_neither_cuts_nor_quadrants() -> None:
    before = select(SCORES, budget=3)
    after = select(SCORES, budget=3, put_in=["h"], taken_out=["a", "b"])
    assert before.cuts == after.cuts
    assert before.quadrant.tolist() == after.quadrant.tolist()


def test_everything_means_everything_that_was_not_taken_out() -> None:
    chosen = select(SCORES, strategy="full", taken_out=["a"])
    assert chosen.counts["kept"] == 8
    assert chosen.notes == ()


def test_what_was_left_out_at_import_stays_so() -> None:
    chosen = select(SCORES, budget=3, taken_out=["dup"])
    assert reasons(chosen)["dup"] == "Out: excluded at import — duplicate of a"
    assert chosen.counts["excluded"] == 1


@pytest.mark.parametrize(
    ("placed", "words"),
    [
        ({"put_in": ["zz", "a", "yy"]}, "2 samples are to be put in or out by hand but not in this"
         r" dataset \('yy', 'zz'\)"),
        ({"taken_out": ["zz"]}, r"A sample is to be put .* \('zz'\). Correct the id"),
        ({"put_in": ["a"], "taken_out": ["a"]}, r"A sample is both put in and taken out \('a'\)"),
        ({"put_in": ["a"], "rejected": ["a"]}, r"both put in and taken out \('a'\)"),
        ({"put_in": ["dup"]}, r"to be put in but left out at import \(duplicate of a\) \('dup'\)"),
        ({"put_in": ["a", "b", "c", "d"]}, "4 samples are put in by hand, but the budget keeps 3"),
        ({"taken_out": [*"abcdefgh"]}, "Every sample that could be chosen was taken out"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(placed: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        select(SCORES, budget=3, **placed)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(st.integers(2, 24))
    ids = [f"s{number}" for number in range(size)]
    score = st.one_of(st.none(), st.integers(-3, 3).map(float))
    where = draw(st.lists(st.sampled_from("....io-"), min_size=size, max_size=size))
    return {
        "ids": ids,
        "difficulty": draw(st.lists(score, min_size=size, max_size=size)),
        "influence": draw(st.lists(score, min_size=size, max_size=size)),
        "length": [float(number % 5) for number in range(size)],
        "source": draw(st.lists(st.sampled_from(["x", "y", None]), min_size=size, max_size=size)),
        "excluded": ["known" if draw(st.integers(0, 9)) == 0 and w == "." else None for w in where],
        "put_in": [id for id, w in zip(ids, where, strict=True) if w == "i"],
        "taken_out": [id for id, w in zip(ids, where, strict=True) if w == "o"],
        "rejected": [id for id, w in zip(ids, where, strict=True) if w == "-"],
        "strategy": draw(st.sampled_from(sorted(STRATEGIES))),
        "budget": draw(st.integers(1, 30)),
        "quadrants": draw(st.booleans()),
        "max_per_source": draw(st.sampled_from([None, "30%", 2])),
        "shuffled": draw(st.permutations(range(size))),
    }


PLACED = ("put_in", "taken_out", "rejected")
HOW = ("strategy", "budget", "quadrants", "max_per_source")


def scores_of(case: dict[str, Any]) -> Scores:
    return Scores.of(*(case[name] for name in ("ids", "difficulty", "influence")),
                     **{name: case[name] for name in ("length", "source", "excluded")},
                     about={"pass-rate": RATE},
                     **{"pass-rate": [sum(map(ord, id)) % 9 / 8 for id in case["ids"]]},
                     )  # fmt: skip


@given(cases())
def test_hands_come_before_rules(case: dict[str, Any]) -> None:
    settings = {name: case[name] for name in (*HOW, *PLACED)}
    try:
        chosen = select(scores_of(case), **settings)
    except BadSetting:
        return
    names = set(kept(chosen))
    assert names >= set(case["put_in"])
    assert not names & {*case["taken_out"], *case["rejected"]}
    if not STRATEGIES[case["strategy"]].whole:
        assert len(names) <= case["budget"]
    parts = [value for name, value in chosen.counts.items() if name != "samples"]
    assert sum(parts) == chosen.counts["samples"] == len(case["ids"])
    assert min(parts) >= 0
    told = reasons(chosen)
    assert {id for id, line in told.items() if line.startswith("In: ")} == names
    for id in case["put_in"]:
        assert told[id].startswith("In: put in by hand")
    # Without a limit per source, what the rule kept is what it ranks first among the rest.
    if case["max_per_source"] is None:
        ordered = [id for _, id in sorted(zip(chosen.positions, chosen.ids, strict=True)) if _]
        by_rule = names - set(case["put_in"])
        assert by_rule == set(ordered[: len(by_rule)])

    # Neither the order of the rows nor that of the ids matters, nor an id given twice.
    mixed = {**case, **{name: [case[name][row] for row in case["shuffled"]]
                        for name in ("ids", "difficulty", "influence", "length", "source",
                                     "excluded")}}  # fmt: skip
    again = select(scores_of(mixed), **{name: case[name] for name in HOW},
                   **{name: [*reversed(case[name]), *case[name]] for name in PLACED})  # fmt: skip
    assert kept(again) == kept(chosen)
    assert reasons(again) == told
    assert again.settings == chosen.settings


@given(cases())
def test_placing_what_the_rule_does_anyway_keeps_the_same(case: dict[str, Any]) -> None:
    case = {**case, "put_in": [], "taken_out": [], "rejected": []}
    how = {name: case[name] for name in HOW}
    try:
        plain = select(scores_of(case), **how)
    except BadSetting:
        return
    out = [str(id) for id in plain.ids[~plain.kept]]
    same = select(scores_of(case), **how, put_in=kept(plain))
    assert kept(same) == kept(plain)
    # "Everything" is a smaller budget where something was taken out, and so is a share of it.
    if not STRATEGIES[case["strategy"]].whole:
        assert kept(select(scores_of(case), **how, taken_out=out)) == kept(plain)
