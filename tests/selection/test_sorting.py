"""Sorting sorts everything: nothing last whichever way, equal ones by id."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from diq_core.selection.sorting import sort_rows

IDS = np.array(["e", "d", "c", "b", "a"], dtype=object)


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        (pa.array([2.0, float("nan"), 1.0, 2.0, None]), "cbead", "beca" "d"),
        (pa.array(["B", "a", "b", "", None]), "dceab", "ced" "ab"),
        (pa.array([True, False, None, True, False]), "adbec", "beadc"),
    ],
)  # fmt: skip
def test_hand_worked(column: pa.Array, up: str, down: str) -> None:
    rows = np.arange(5)
    assert "".join(IDS[sort_rows(rows, column, IDS, descending=False)]) == up
    assert "".join(IDS[sort_rows(rows, column, IDS, descending=True)]) == down
    few = sort_rows(np.array([4, 2, 0]), column, IDS, descending=False)
    assert "".join(IDS[few]) == "".join(id for id in up if id in "ace")
