"""Whole pipelines whose processes are killed at random moments: same bytes, nothing lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.disturbed import Length
from benchmarks.kills import kills, planned
from benchmarks.pipeline import Sources, orders
from diq_core.jobs.worker import TRIES

pytestmark = pytest.mark.xdist_group("whole")

STEPS = orders(Sources("model", "pool.jsonl", "validation.jsonl", "medqa.jsonl"))
LENGTHS = [Length(8.0, 3.0)] * len(STEPS)


def test_a_seed_says_who_is_killed_and_when() -> None:
    one, two = (planned(random.Random(3), STEPS, LENGTHS, 60) for _ in range(2))
    assert one == two
    assert sum(map(len, one)) == 60
    assert {kill.target for some in one for kill in some} == {
        "stage", "worker", "server", "reviewer", "machine",
    }  # fmt: skip
    before = sum(kill.after < 3.0 for some in one for kill in some)
    assert 15 < before < 45


def test_no_entry_of_the_queue_dies_as_often_as_it_may_be_begun() -> None:
    for seed in range(30):
        for step, some in zip(STEPS, planned(random.Random(seed), STEPS, LENGTHS, 80), strict=True):
            died = sum(kill.target in ("stage", "machine") for kill in some)
            assert died < TRIES or step.kind not in ("run", "evaluation")


@pytest.mark.slow
def test_whatever_is_killed_a_pipeline_ends_with_the_same_bytes(tmp_path: Path) -> None:
    found = kills(tmp_path, times=5, seed=37, minutes=20, most=1)
    assert found.faults == []
    assert found.killed.total() > 1
    assert found.verdicts > 0
