"""What an experiment made is known as its arms, and never taken for somebody's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from diq_core.config import ExperimentSettings
from diq_core.draft import begin
from diq_core.stages.experiment_arms import arms_of, own_first
from diq_core.status import status
from diq_core.study import Study, create_study
from tests.support.benchmarks import write_benchmark
from tests.support.results import add_evaluation, add_experiment, add_run
from tests.support.studies import add_dataset

RIGHT = {"base": {"b000"}, "diq": {"b000", "b001"}, "random": {"b002"}, "full": {"b003"}}
HOW = {"strategies": ("diq", "random"), "budgets": ("5%",), "seeds": (0, 1),
       "recipe": {"max_steps": 5}}  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = create_study(tmp_path / "study")
    file = write_benchmark(tmp_path / "medqa.jsonl", 12)
    add_experiment(study, add_dataset(study), [file], RIGHT, name="race", **HOW)
    add_run(study, name="mine", count=2)
    add_evaluation(study, [file], {"b000"}, name="zero")
    return study


def test_arms_are_known_by_the_experiment_that_made_them(study: Study) -> None:
    runs = arms_of(study, "run")
    assert set(runs.values()) == {"race"}
    assert set(runs) == {one.name for one in study.artefacts("run")} - {"mine"}
    tested = arms_of(study, "evaluation")
    assert set(tested) == {one.name for one in study.artefacts("evaluation")} - {"zero"}
    assert "race-base" in tested
    assert "race-base" not in runs
    assert set(arms_of(study, "selection")) == {
        "race-diq-5pct",
        "race-random-5pct-s0",
        "race-random-5pct-s1",
        "race-full-100pct",
    }
    assert arms_of(study, "dataset") == {}


def test_what_is_nobodys_arm_comes_first(study: Study) -> None:
    listed = [one.name for one in own_first(study, "run", study.artefacts("run"))]
    assert listed[0] == "mine"
    assert listed[1:] == sorted(listed[1:])
    said = {step.key: step.summary for step in status(study)}
    assert said["run"].startswith("mine: 2 steps")
    assert said["run"].endswith("6 of the experiment 'race'")
    assert said["evaluation"].endswith("7 of the experiment 'race'")


def test_an_experiment_that_is_not_finished_has_arms_too(study: Study) -> None:
    settings = ExperimentSettings.model_validate({**HOW, "seeds": (0,)})
    begin(study.folder("experiment", "later"), kind="experiment",
          settings=settings.model_dump(mode="json"), inputs={})  # fmt: skip
    assert arms_of(study, "run")["later-diq-5pct-s0"] == "later"
