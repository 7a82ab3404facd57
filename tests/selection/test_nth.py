"""The value at one place, beside what sorting all of them says."""

from __future__ import annotations

import numpy as np
import pytest

from diq_core.selection import nth as module
from diq_core.selection.nth import nth

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
    assert nth(values, place) == np.sort(values)[place]
    assert (values == before).all()


def test_few_values_are_looked_at_at_once() -> None:
    values = np.array([3.0, 1.0, 2.0])
    assert [nth(values, place) for place in range(3)] == [1.0, 2.0, 3.0]


def test_a_wrong_guess_costs_a_look_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    by_partition = module._by_partition

    def watched(values: module.Floats, place: int) -> float:
        looks.append(len(values))
        return by_partition(values, place)

    monkeypatch.setattr(module, "_by_partition", watched)
    nth(SHAPES["normal"], COUNT // 2)
    nth(SHAPES["misleading"], COUNT // 2)
    assert looks[0] < COUNT // 5
    assert looks[1] == COUNT
