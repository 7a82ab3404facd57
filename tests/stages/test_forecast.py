"""What work will take, measured on a few samples: scaled rightly, and nothing left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.config import EvaluateSettings, ImportSettings, InfluenceSettings
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.models.shipped import cache_folder
from diq_core.stages import dataset as importing
from diq_core.stages import forecast
from diq_core.stages.trial import Trial, in_words
from diq_core.study import Study, create_study
from tests.support.benchmarks import write_benchmark
from tests.support.tiny import questions
from tests.support.training import sample_file, tiny_folder

# Every test loads a model and tries it.
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_folder(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("forecast")
    study = create_study(folder / "study")
    source = sample_file(folder / "pool.jsonl", questions(24))
    importing.run(study, "main", ImportSettings(exclude_duplicates=False), silent(),
                  source=source, validation=[])  # fmt: skip
    return study


def _files(study: Study) -> list[str]:
    return sorted(str(each) for each in study.path.rglob("*"))


def test_influence_is_tried_on_a_few_and_nothing_is_kept(
    study: Study, model: str, tmp_path: Path
) -> None:
    before = _files(study)
    held_out = sample_file(tmp_path / "held.jsonl", questions(5, first=50))
    settings = InfluenceSettings(model=model, max_tokens=400, batch_tokens=600)
    found = forecast.influence_forecast(study, settings, study.find("dataset"), held_out)
    assert found.seconds > 0
    assert found.memory > 50_000_000
    assert found.text().startswith("Estimate: about ")
    assert "8 of 24 samples and 1 of 5 validation questions, measured here just now" in found.basis
    assert _files(study) == before
    assert not (cache_folder() / "directions").exists()


def test_what_grows_with_the_samples_is_scaled_and_what_is_done_once_is_not(
    study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held_out = sample_file(tmp_path / "held.jsonl", [*questions(1, first=50)])
    phases = {"": 1.0, "Loading the model": 4.0, "Turning the samples into tokens": 0.5,
              "Finding the direction of improvement": 2.0, "Measuring influence": 0.1}  # fmt: skip
    trial = Trial(phases, 3.0, [6.0, 2.0], ())
    monkeypatch.setattr(forecast, "try_out", lambda *_: trial)
    monkeypatch.setattr(forecast, "_ratio", lambda whole, part, _cut: len(whole) / len(part))
    found = forecast.influence_forecast(study, InfluenceSettings(), study.find("dataset"), held_out)
    # Once: 1 + 4 + 3. The only validation question: 2. 24 samples for 8: three times 0.5 + 8.
    assert found.seconds == pytest.approx(8.0 + 2.0 + 3 * 8.5)


def test_an_evaluation_is_scaled_by_the_questions_of_each_benchmark(
    study: Study, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_benchmark(tmp_path / "medqa.jsonl", 10)
    settings = EvaluateSettings(model=model, max_tokens=480, max_new_tokens=8,
                                scorings=("letter", "generated"))  # fmt: skip
    real, tried = forecast.try_out, []

    def seen(*arguments: Any) -> Trial:
        tried.append(real(*arguments))
        return tried[0]

    monkeypatch.setattr(forecast, "try_out", seen)
    found = forecast.evaluation_forecast(study, settings, [file], None)
    assert [kind for _, kind, _ in tried[0].parts] == ["letter", "generated", "loss"]
    assert found.seconds == pytest.approx(tried[0].fixed() + sum(tried[0].shards) * 10 / 4)
    assert found.basis == "4 of 10 questions, measured here just now"
    with pytest.raises(BadSetting, match="Nothing is to be measured"):
        forecast.evaluation_forecast(
            study, EvaluateSettings(scorings=(), answer_loss=False), [file], None
        )


def test_the_commands_say_it_and_make_nothing(study: Study, model: str, tmp_path: Path) -> None:
    file = write_benchmark(tmp_path / "medqa.jsonl", 6)
    before = _files(study)
    common = ["--study", str(study.path), "--benchmark", file, "--probe", "--json"]

    def said(*command: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, [*command, *common])
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    tested = said("evaluate", "--model", model, "--max-tokens", "480")
    experiment = said(
        "experiment", "--model", model, "--strategies", "random", "--budgets", "50%",
        "--seeds", "0,1", "--steps", "2", "--limit", "4",
    )  # fmt: skip
    assert tested.keys() == experiment.keys() == {"seconds", "memory", "basis"}
    # The base model, and with two seeds a random half and everything.
    assert "4 runs of " in experiment["basis"]
    assert "5 evaluations of " in experiment["basis"]
    assert _files(study) == before


def test_an_estimate_says_no_more_digits_than_it_is_worth() -> None:
    assert [in_words(each) for each in (0.2, 12.4, 600, 9000)] == ["1 s", "12 s", "10 min", "2.5 h"]
