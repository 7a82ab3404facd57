"""Near neighbours skipped: the first of two that are alike stays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.selection import apart
from diq_core.selection.choose import select
from diq_core.selection.contents import Contents, Pairs
from diq_core.selection.pool import Rows
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores

Edges = set[tuple[int, int]]


def near(edges: Edges) -> Contents:
    def pairs(rows: Rows, _similarity: float) -> Pairs:
        place = {int(row): at for at, row in enumerate(rows)}
        found = sorted(
            tuple(sorted((place[a], place[b]))) for a, b in edges if a in place and b in place
        )
        one, other = zip(*found, strict=True) if found else ((), ())
        return np.array(one, dtype=np.intp), np.array(other, dtype=np.intp)

    return Contents({"subject": pa.array(["x", "y"] * 6)}, near=pairs)


def choose(edges: Edges, budget: int, size: int = 12, **more: object) -> Selection:
    scores = Scores.of([f"{row:02}" for row in range(size)], None, range(size, 0, -1))
    return select(scores, strategy="influence", budget=budget, apart=0.5, contents=near(edges),
                  **more)  # type: ignore[arg-type] # fmt: skip


def test_what_is_skipped_stops_nothing_itself() -> None:
    chosen = choose({(0, 1), (1, 2), (5, 6)}, 4)
    assert np.flatnonzero(chosen.kept).tolist() == [0, 2, 3, 4]
    assert chosen.reason_of(1) == (
        "Out: its question is like that of one ranked higher (similarity 0.5 or more)"
    )
    # Beyond the last place it is the budget that decides.
    assert "the budget was 4" in chosen.reason_of(6)
    assert chosen.counts["ruled_out"] == 1
    assert sum(chosen.counts.values()) == 24


def test_what_a_hand_put_in_comes_first_and_quotas_see_what_stays() -> None:
    chosen = choose({(0, 11), (1, 3)}, 3, put_in=["11"])
    assert np.flatnonzero(chosen.kept).tolist() == [1, 2, 11]
    chosen = choose({(0, 11), (1, 3)}, 4, quotas=["subject=y>=3"])
    assert np.flatnonzero(chosen.kept).tolist() == [0, 1, 5, 7]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda e: e[0] < e[1])),
       st.integers(1, 12))  # fmt: skip
def test_a_larger_budget_keeps_all_that_a_smaller_one_keeps(edges: Edges, budget: int) -> None:
    stays: list[int] = []
    for row in range(12):
        if not any((other, row) in edges for other in stays):
            stays.append(row)
    with pytest.MonkeyPatch.context() as patch:
        # So few are looked at at once that it has to look again.
        patch.setattr(apart, "_AT_LEAST", 0)
        chosen = choose(edges, budget)
    assert np.flatnonzero(chosen.kept).tolist() == stays[:budget]
