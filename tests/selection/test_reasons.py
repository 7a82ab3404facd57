"""Every row has one readable line, and one line alone says the same as all of them together."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from diq_core.selection import result
from diq_core.selection.choose import select
from diq_core.selection.scores import Scores

# Cuts at 2.5 and 0: a, b in Q1, c, d in Q2, e, f in Q3, g, h in Q4.
SCORES = Scores.of(
    [*"abcdefgh", "no-d", "no-i", "none", "told", "dup"],
    [4, 3, 1, 2, 4, 3, 1, 2, None, 2, None, None, 5],
    [4, 3, 2, 1, -1, -2, -3, -4, 1, None, None, 1, 9],
    length=[9, 8, 7, 6, 5, 4, 3, 2, 1, None, 9, 9, 9],
    source=["x", "x", "x", None, None, "y", "y", "y", "x", "x", "x", "x", "x"],
    excluded=[None] * 12 + ["duplicate of a"],
    why_missing=[None] * 11 + ["no\nanswer ", None],
)
WORDS = {
    "no-d": "Out: not scored — no difficulty score",
    "no-i": "Out: not scored — no influence score",
    "none": "Out: not scored — no difficulty score and no influence score",
    "told": "Out: not scored — no answer",
    "dup": "Out: excluded at import — duplicate of a",
}


def reasons_of(**settings: Any) -> dict[str, str]:
    selection = select(SCORES, **settings)
    lines = selection.reasons().to_pylist()
    assert lines == [selection.reason_of(row) for row in range(len(SCORES))]
    assert not any(line is None or "\n" in line for line in lines)
    assert [line.startswith("In: ") for line in lines] == selection.kept.tolist()
    return dict(zip(SCORES.ids, lines, strict=True))


def test_quadrants_are_named_with_the_rank() -> None:
    reasons = reasons_of(budget=3)
    assert reasons == {
        "a": "In: rank 1 of 3, Q1 (hard and influential)",
        "b": "In: rank 2 of 3, Q1 (hard and influential)",
        "c": "In: rank 3 of 3, Q2 (easy and influential)",
        "d": "Out: Q2, ranked 4; the budget of 3 was filled by samples ranked higher",
        "e": "Out: Q3, ranked 5; the budget of 3 was filled by Q1 and Q2",
        "f": "Out: Q3, ranked 6; the budget of 3 was filled by Q1 and Q2",
        "g": "Out: Q4, ranked 7; the budget of 3 was filled by Q1 and Q2",
        "h": "Out: Q4, ranked 8; the budget of 3 was filled by Q1 and Q2",
        **WORDS,
    }


def test_a_budget_of_one_quadrant_names_it() -> None:
    assert reasons_of(budget=2)["e"] == "Out: Q3, ranked 5; the budget of 2 was filled by Q1"
    by = "the budget of 6 was filled by Q1, Q2 and Q3"
    assert reasons_of(budget=6)["h"] == f"Out: Q4, ranked 8; {by}"


def test_without_quadrants_the_score_is_named() -> None:
    reasons = reasons_of(budget=2, rule="weight", weight=0, quadrants=False)
    assert reasons["b"] == "In: rank 2 of 2 by weighted priority"
    assert reasons["c"] == "Out: ranked 3 by weighted priority; the budget was 2"
    assert reasons_of(strategy="longest", budget=1)["no-i"] == "Out: not scored — no response"
    drawn = reasons_of(strategy="random", budget=1, seed=7)
    assert drawn["a"] == "In: rank 1 of 1 in the random draw with seed 7"
    assert drawn["dup"] == WORDS["dup"]
    assert reasons_of(strategy="full")["a"] == "In: rank 1 of 12 by id"


def test_a_missing_score_is_told_only_to_a_strategy_that_needs_it() -> None:
    scores = Scores.of(
        ["a", "b", "c"],
        [1, None, None],
        [None, 1, None],
        length=[1, None, None],
        why_missing=["any", "any", "any"],
        why={"influence": ["not drawn", None, "not drawn"], "difficulty": ["empty"] * 3},
    )
    told = {
        name: select(scores, strategy=name, budget=1, put_in=["a"]).reasons().to_pylist()[1:]
        for name in ("diq", "difficulty", "influence", "longest")
    }
    out = "Out: not scored — "
    # Both are missing: what tells most comes first.
    assert told["diq"] == [f"{out}empty", f"{out}not drawn"]
    assert told["difficulty"] == [f"{out}empty"] * 2
    assert told["influence"][1] == f"{out}not drawn"
    assert told["longest"] == [f"{out}no response"] * 2


def test_a_full_source_is_named() -> None:
    reasons = reasons_of(budget=3, max_per_source=1)
    assert reasons["b"] == "Out: Q1, ranked 2; the limit of 1 per source was reached for x"
    assert reasons["e"] == (
        "Out: Q3, ranked 5; the limit of 1 per source was reached for samples without a source"
    )
    assert reasons["f"] == "In: rank 3 of 3, Q3 (hard and weak)"
    assert reasons["g"] == "Out: Q4, ranked 7; the budget of 3 was filled by Q1, Q2 and Q3"
    plain = reasons_of(budget=3, max_per_source=1, strategy="influence")
    assert plain["b"] == ("Out: ranked 2 by influence; the limit of 1 per source was reached for x")


def test_counts_tell_the_same_story_as_the_reasons() -> None:
    for settings in ({"budget": 3}, {"budget": 3, "max_per_source": 1}, {"budget": 9}):
        lines = list(reasons_of(**settings).values())
        counts = select(SCORES, **settings).counts
        for name, pattern in {
            "kept": "^In: ", "over_budget": "the budget", "over_source_limit": "per source was",
            "unscored": "not scored", "excluded": "excluded at import",
        }.items():  # fmt: skip
            assert sum(bool(re.search(pattern, line)) for line in lines) == counts[name], name


def test_pieces_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = select(SCORES, budget=3).reasons()
    monkeypatch.setattr(result, "_PIECE", 2)
    pieces = select(SCORES, budget=3).reasons()
    assert pieces.num_chunks == 7
    assert pieces.to_pylist() == whole.to_pylist()


def test_the_table_has_nulls_where_there_is_nothing_to_say() -> None:
    table = select(SCORES, budget=3).table()
    assert table.schema == pa.schema(
        [
            ("id", pa.string()), ("kept", pa.bool_()), ("rank", pa.int32()),
            ("quadrant", pa.string()), ("priority", pa.float64()), ("reason", pa.string()),
        ]
    )  # fmt: skip
    rows = {row["id"]: row for row in table.to_pylist()}
    assert (rows["a"]["rank"], rows["a"]["quadrant"], rows["a"]["priority"]) == (1, "Q1", 4.0)
    assert (rows["h"]["rank"], rows["h"]["quadrant"], rows["h"]["priority"]) == (None, "Q4", -4.0)
    for name in WORDS:
        assert [rows[name][key] for key in ("rank", "quadrant", "priority")] == [None] * 3


def test_positions_follow_ranks() -> None:
    selection = select(SCORES, strategy="random", budget=4)
    assert np.array_equal(selection.positions[selection.kept], selection.rank[selection.kept])
    assert selection.positions[-1] == 0
