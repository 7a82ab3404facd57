"""Budget curves: each point is what a selection with that budget comes to."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from diq_core.selection.choose import select
from diq_core.selection.contents import Contents
from diq_core.selection.curves import SHARES, budget_curves
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores

SIZE = 60
SUBJECTS = [("Heart", "lung", "Skin", None)[row % 4] for row in range(SIZE)]
SCORES = Scores.of(
    [f"{row:02}" for row in range(SIZE)],
    [1 + 4 * ((7 * row) % SIZE) / SIZE for row in range(SIZE)],
    [((11 * row) % SIZE) - 20.0 if row % 9 else None for row in range(SIZE)],
    length=range(SIZE),
)
CONTENTS = Contents({"subject": pa.array(SUBJECTS)})


@pytest.mark.parametrize(
    "more",
    [{}, {"put_in": ["05", "50"]}, {"quotas": ["subject<=30%"]}, {"where": ["length>=20"]},
     {"strategy": "random"}],
)  # fmt: skip
def test_each_point_is_a_selection_with_that_budget(more: dict[str, object]) -> None:
    def chosen(budget: str) -> Selection:
        return select(SCORES, budget=budget, contents=CONTENTS, **more)  # type: ignore[arg-type]

    found = budget_curves(chosen("10%"), chosen, CONTENTS.columns["subject"], ["LUNG", "Eye"])
    assert set(found.shares) <= {*SHARES}
    assert {10, 50, 100} <= {*found.shares}
    for at, share in enumerate(found.shares):
        kept = np.flatnonzero(chosen(f"{share}%").kept)
        assert found.kept[at] == len(kept)
        assert found.length[at] == SCORES["length"][kept].sum()
        assert found.means["difficulty"][at] == pytest.approx(SCORES["difficulty"][kept].mean())
        subjects = {SUBJECTS[row] for row in kept} - {None}
        assert found.subjects[at] == pytest.approx(len(subjects) / 3)
        assert found.tasks[at] == ("lung" in subjects)


def test_budgets_below_what_a_hand_put_in_are_left_out() -> None:
    ids = [f"{row:02}" for row in range(6)]
    made = select(SCORES, budget="10%", put_in=ids, contents=CONTENTS)
    found = budget_curves(made, lambda _: made, CONTENTS.columns["subject"])
    assert found.shares[0] == 10
    assert np.isnan(found.tasks).all()
