"""How far a job is can be counted from its first second: every word of a stage has its place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from diq_core.jobs.phases import PHASES, STARTING, phase_of
from diq_core.jobs.progress import Progress, Snapshot
from diq_core.kinds import ROWS

STAGES = Path(__file__).resolve().parents[2] / "diq_core" / "stages"
_OTHERS = {"judge": "review"}
"""File of a stage that is not called by its kind."""
_ASIDE = {"export_push", "export_thinking"}
"""Work that is no job of its own, or what is only remarked on the way."""


def _kind(stem: str) -> str:
    """Return the kind that a file is about: its name is that of the kind, or begins with it."""
    named = _OTHERS.get(stem, stem)
    return next((kind for kind in PHASES if named == kind or named.startswith(f"{kind}_")), named)


def _said() -> list[tuple[str, str]]:
    """Return (kind, message) for whatever a stage says by a literal text."""
    found = []
    for file in sorted(STAGES.glob("*.py")):
        if file.stem in _ASIDE:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                texts = [*node.args, *(each.value for each in node.keywords
                                       if each.arg == "message")]  # fmt: skip
                if node.func.attr in ("say", "expect") and "progress" in ast.unparse(node.func):
                    found += [
                        (_kind(file.stem), each.value)
                        for each in texts
                        if isinstance(each, ast.Constant) and isinstance(each.value, str)
                    ]
    return found


def test_every_kind_of_work_has_its_phases() -> None:
    assert {facts.kind for facts in ROWS} == PHASES.keys()
    assert all(phases[0] == STARTING and len(phases) > 1 for phases in PHASES.values())


@pytest.mark.parametrize(("kind", "message"), _said())
def test_whatever_a_stage_says_is_one_of_its_phases(kind: str, message: str) -> None:
    assert phase_of(kind, message), f"{message!r} has no place among the phases of {kind}"


def test_a_job_is_counted_before_there_is_anything_to_count() -> None:
    told: list[Snapshot] = []
    progress = Progress(None, Snapshot("running", "run", "main", message=STARTING), told.append)
    progress.say("Loading the model")
    progress.say("Fetching org/name from the hub")
    progress.expect(30, unit="steps", message="Training")
    # What comes late has no say in how far it is.
    progress.say("Turning the samples into tokens")
    assert [job.phase for job in told] == [1, 4, 4, 6, 6]
    assert {job.phases for job in told} == {7}
    assert phase_of("quality", "Asking 'gpt'") == 2
    assert phase_of("dataset", "Reading: 1,000") == 2
    assert phase_of("dataset", "Readings") == 0


def test_the_arm_that_goes_on_is_named_and_what_is_counted_stays() -> None:
    progress = Progress(None, Snapshot("running", "experiment", "main", message=STARTING))
    progress.expect(12, unit="parts", finished=3, message="Training and testing")
    progress.name("run 'main-diq-5'")
    progress.name("evaluation 'main-diq-5'")
    job = progress.snapshot
    assert (job.message, job.done, job.total) == (
        "Training and testing: evaluation 'main-diq-5'", 3, 12
    )  # fmt: skip
    assert (job.phase, job.phases) == (2, 3)
