"""A run that measures a validation loss: what is counted and said, and that it can be continued."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from diq_core.artefact import Artefact
from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting, Stopped
from diq_core.jobs.progress import silent
from diq_core.stages import run as finetuning
from diq_core.stages.run_metrics import read_metrics, read_validation
from diq_core.study import Study, create_study
from diq_core.training.pairs import match_pairs, write_pairs
from tests.support.tiny import questions
from tests.support.training import sample_file, short, tiny_folder

# Every test trains.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_folder(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sample_file(tmp_path_factory.mktemp("pool") / "pool.jsonl", questions(10))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


def _run(
    study: Study, data: str, settings: FinetuneSettings, name: str = "main", **more: Any
) -> Artefact:
    return finetuning.run(study, name, settings, silent(), data=data, **more)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_held_out_samples_are_counted_named_and_never_trained_on(
    study: Study, model: str, pool: str
) -> None:
    made = _run(study, pool, short(model, max_steps=4, holdout=0.3))
    counts, facts = made.manifest["counts"], made.manifest["facts"]["validation"]
    assert (counts["samples"], counts["trained"], counts["held_out"]) == (10, 7, 3)
    assert facts["samples"] == 3
    rows = pq.read_table(made.path / "data.parquet").to_pylist()
    held = [row for row in rows if row["reason"]]
    assert [row["passes"] for row in held] == [0, 0, 0]
    assert all(row["reason"].startswith("held out") for row in held)
    found = read_validation(made.path)
    assert [row["step"] for row in found] == [0, 1, 2, 3, 4]
    assert found[-1]["loss"] < found[0]["loss"]
    assert made.faults() == []


@pytest.mark.parametrize("stop_at", [2, 5])
def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(
    study: Study, model: str, pool: str, stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = short(model, max_steps=7, holdout=0.2, eval_steps=2, dropout=0.1)
    whole = _run(study, pool, settings, "whole")
    assert [row["step"] for row in read_validation(whole.path)] == [0, 2, 4, 6, 7]
    part = study.folder("run", "main").with_name("main.part")
    with monkeypatch.context() as patch:
        patch.setattr(finetuning, "asked_to_stop", _asked_after(part, stop_at))
        with pytest.raises(Stopped, match="the same command continues"):
            _run(study, pool, settings)
    assert len(read_metrics(part)) < 7
    assert _bytes(_run(study, pool, settings).path) == _bytes(whole.path)


def _asked_after(part: Path, step: int) -> Any:
    from contextlib import contextmanager

    @contextmanager
    def asked() -> Any:
        yield lambda: len(read_metrics(part)) >= step

    return asked


def test_what_a_file_of_validation_samples_asks_is_never_trained_on(
    study: Study, model: str, pool: str, tmp_path: Path
) -> None:
    others = sample_file(tmp_path / "dev.jsonl", questions(13)[8:])
    made = _run(study, pool, short(model, max_steps=2), validation=others)
    counts = made.manifest["counts"]
    # Two of the ten are among the five.
    assert (counts["trained"], counts["held_out"]) == (8, 2)
    assert made.manifest["facts"]["validation"]["samples"] == 5
    assert made.manifest["inputs"]["validation"]["path"] == "dev.jsonl"
    with pytest.raises(BadSetting, match="the validation samples ask all 10 questions"):
        _run(study, pool, short(model, max_steps=2), "none", validation=pool)
    assert not study.folder("run", "none").with_name("none.part").exists()


def test_pairs_are_held_out_too(study: Study, model: str, tmp_path: Path) -> None:
    right = questions(6)
    wrong = [replace(each, id=f"w{each.id}", answer="Other", answer_label="") for each in right]
    file = tmp_path / "pairs.jsonl"
    write_pairs(match_pairs(right, wrong).pairs, file)
    made = _run(study, str(file), short(model, objective="dpo", max_steps=2, holdout=0.3))
    assert made.manifest["counts"]["held_out"] == 2
    # Before the first step the model is the reference, so its loss is log 2.
    assert read_validation(made.path)[0]["loss"] == pytest.approx(0.6931, abs=1e-3)
