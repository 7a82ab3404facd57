"""Random sequences of what two people do on the Explore page end with the ids that they set."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.generate_study import generate_study
from benchmarks.sequences import play
from benchmarks.visitor import Ground

# More of them: python -m benchmarks.sequences --times 200
SEEDS = (2, 9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_two_people_do_they_end_with_the_ids_they_set(workspace: Path, seed: int) -> None:
    ground = Ground.of(generate_study(workspace / "made", 120))
    told = play(ground, seed, steps=8)
    assert told[-1] == "1 compares"
