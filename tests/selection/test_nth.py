"""The value at one place, beside what sorting all of them says."""

from __future__ import annotations

import numpy as np
import pytest

from diq_core.selection import nth as module
from diq_core.selection.nth import nth, nth_and_next

COUNT = 60_000
DRAWN = np.random.default_rng(3)
SHAPES = {
    "normal": DRAWN.normal(size=COUNT),
    "heavy tails": DRAWN.standard_t(1.1, COUNT),
    "few values": DRAWN.integers(0, 4, COUNT).astype(float),
    "one value": np.full(COUNT, 2.5),
    "ascending": np.arange(COUNT, dtype=float),
    "descending": -np.arange(COUNT, dtype=float),
    "infinite ends": np.r_[-np.inf, DRAWN.normal(size=COUNT - 2), np.inf],
    # Every value that is looked at first is low, all others are high.
    "misleading": np.where(np.arange(COUNT) % (COUNT // 8192) == 0, 0.0, DRAWN.normal(9, 1, COUNT)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("place", [0, 1, 7, COUNT // 2, COUNT // 2 + 1, COUNT - 6000, COUNT - 1])
def test_it_is_what_sorting_gives(shape: str, place: int) -> None:
    values = SHAPES[shape]
    before = values.copy()
    ordered = np.sort(values)
    assert nth(values, place) == ordered[place]
    if place + 1 < COUNT:
        assert nth_and_next(values, place) == (ordered[place], ordered[place + 1])
    assert (values == before).all()


def test_few_values_are_looked_at_at_once() -> None:
    values = np.array([3.0, 1.0, 2.0])
    assert [nth(values, place) for place in range(3)] == [1.0, 2.0, 3.0]


def test_a_wrong_guess_costs_a_look_at_all() -> None:
    assert len(module._near(SHAPES["normal"], COUNT // 2)[0]) < COUNT // 5
    assert len(module._near(SHAPES["misleading"], COUNT // 2)[0]) == COUNT
