"""What earlier work took is the ground of a forecast only where it was like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diq_core.jobs.order import Order
from diq_core.jobs.processes import HOST
from diq_core.jobs.progress import Progress, Snapshot
from diq_core.jobs.running import running
from diq_core.jobs.taken import taken
from diq_core.study import Study, create_study
from tests.support.studies import add_job

INFLUENCE = Order("influence", "next")
DONE: dict[str, Any] = {"host": HOST, "started": 1e9, "finished": 1e9 + 100, "units": 160,
                        "pace": 2.0, "unit": "samples", "memory": 10**9}  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


def test_the_time_before_the_first_unit_is_taken_as_it_was(study: Study) -> None:
    add_job(study, "influence", **DONE)
    found = taken(study, INFLUENCE)
    assert found is not None
    # 160 samples at 2 a second are 80 s of 100.
    assert (found.before, found.memory, found.name) == (20.0, 10**9, "main")
    assert found.seconds(400) == 220.0


@pytest.mark.parametrize(
    "other",
    [
        {"host": "elsewhere"},
        {"state": "failed"},
        {"pace": 0.0},
        {"order": None},
        {"order": Order("influence", "main", {"model": "/models/larger"})},
    ],
    ids=str,
)
def test_what_is_unlike_it_is_no_ground(study: Study, other: dict[str, Any]) -> None:
    add_job(study, "influence", **{**DONE, **other})
    add_job(study, "evaluation", **DONE)
    assert taken(study, INFLUENCE) is None


def test_an_experiment_is_like_one_with_the_model_of_its_recipe(study: Study) -> None:
    add_job(study, "experiment", **{**DONE, "unit": "parts"})
    assert taken(study, Order("experiment", "next", {"recipe": {"model": "embedded"}}))
    assert not taken(study, Order("experiment", "next", {"recipe": {"model": "/models/x"}}))


def test_a_job_that_ended_knows_its_pace_and_the_most_memory_that_it_held(study: Study) -> None:
    with running(study, INFLUENCE) as progress:
        progress.expect(10, message="Measuring influence")
        progress.advance(10)
        progress.say("Writing")
    job: Snapshot = progress.snapshot
    assert (job.total, job.units) == (0, 10)
    assert job.pace > 0
    assert job.memory > 10_000_000
    assert isinstance(progress, Progress)
