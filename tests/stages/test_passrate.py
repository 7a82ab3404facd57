"""Pass rates: drawn answers judged, the same whoever asks, and a score for the map and choices."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import ImportSettings, PassrateSettings
from diq_core.data.sample import Option, Sample
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import passrate
from diq_core.study import Study, create_study
from tests.support.training import sample_file, tiny_folder

OPTIONS = (Option("A", "Fever"), Option("B", "Cough"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    place = tmp_path_factory.mktemp("passrate")
    asked = [Sample(f"q{each}", f"Which {each}?", reasoning="So.", options=OPTIONS,
                    answer_label="AB"[each % 2]) for each in range(5)]  # fmt: skip
    essay = Sample("essay", "Why?", answer=" ".join(f"word{each}" for each in range(40)))
    made = create_study(place / "study")
    importing.run(
        made, "main", ImportSettings(exclude_duplicates=False), silent(),
        source=sample_file(place / "pool.jsonl", [*asked, essay]), validation=[],
    )  # fmt: skip
    tiny_folder(place / "model")
    return made


def _settings(study: Study, **values: int) -> PassrateSettings:
    model = str(study.path.parent / "model")
    return PassrateSettings(model=model, answers=3, max_new_tokens=4, **values)


def _run(study: Study, name: str, **values: int) -> Artefact:
    dataset = study.find("dataset", "main")
    return passrate.run(study, name, _settings(study, **values), silent(), dataset=dataset)


@pytest.mark.slow
def test_each_answer_has_a_verdict_and_each_sample_a_rate_or_a_reason(study: Study) -> None:
    made = _run(study, "pass-rate")
    answers = pq.read_table(made.path / "answers.parquet").to_pylist()
    rates = {row["id"]: row for row in pq.read_table(made.path / "scores.parquet").to_pylist()}
    assert [each["number"] for each in answers] == [0, 1, 2] * 5
    for name, row in rates.items():
        outcomes = [each["outcome"] for each in answers if each["id"] == name]
        assert [row[each] for each in ("right", "wrong", "undecided")] == [
            outcomes.count(each) for each in ("right", "wrong", "undecided")
        ]
        if name != "essay":
            assert row["pass-rate"] == pytest.approx(outcomes.count("right") / 3)
    assert rates["essay"]["pass-rate"] is None
    assert "more than a rule can compare" in rates["essay"]["reason"]
    assert made.manifest["counts"]["scored"] == 5
    assert made.faults() == []
    added = study.find("scores", "pass-rate")
    assert added.manifest["facts"]["score"]["best"] == "low"
    assert added.manifest["counts"]["scored"] == 5


@pytest.mark.slow
def test_the_shards_make_no_difference(study: Study) -> None:
    whole, parts = _run(study, "whole", shard_size=20), _run(study, "parts", shard_size=2)
    for file in ("answers.parquet", "scores.parquet"):
        assert pq.read_table(whole.path / file).equals(pq.read_table(parts.path / file))


@pytest.mark.slow
def test_the_command_measures_and_the_strategy_says_how(study: Study, tmp_path: Path) -> None:
    model = str(study.path.parent / "model")
    command = ["passrate", "--study", str(study.path), "--name", "by-hand", "--model", model,
               "--answers", "2", "--max-new-tokens", "2", "--json"]  # fmt: skip
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["counts"]["scored"] == 5
    missing = create_study(tmp_path / "other")
    importing.run(
        missing, "main", ImportSettings(exclude_duplicates=False), silent(),
        source=sample_file(tmp_path / "pool.jsonl", [Sample("a", "Which?", answer="Yes")]),
        validation=[],
    )  # fmt: skip
    asked = ["select", "--study", str(missing.path), "--strategy", "pass-rate"]
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code
    assert "Measure it with: diq passrate" in str(refused.exception)
