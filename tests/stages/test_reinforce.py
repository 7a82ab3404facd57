"""Reinforcement learning as a run: what it leaves out, what it keeps, killed and continued."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from diq_core.artefact import Artefact
from diq_core.config import FinetuneSettings
from diq_core.data.sample import Option, Sample
from diq_core.errors import BadSetting
from diq_core.evaluation.verify.verifying import VERIFIER
from diq_core.jobs.progress import silent
from diq_core.models.load import load_causal
from diq_core.models.tokens import tokenise
from diq_core.stages import run as finetuning
from diq_core.stages.run_metrics import read_metrics, read_rollouts
from diq_core.study import Study, create_study
from diq_core.training import sft
from diq_core.training.adapter import save_whole
from tests.support.studies import command_for
from tests.support.training import sample_file, short, tiny_folder

ROOT = Path(__file__).resolve().parents[2]

# Every test trains.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a tiny model that answers "A." or "B.", right about half of the time."""
    place = tmp_path_factory.mktemp("tiny")
    tuned = load_causal(tiny_folder(place / "base"), device="cpu")
    tokens = tokenise(_questions(8), tuned.tokenizer, max_tokens=200).tokens
    settings = short(tuned.ref, method="full", max_steps=40, learning_rate=1e-2, save_steps=1000)
    trained = sft.train(tuned, tokens, settings, folder=place / "sft")
    save_whole(trained.model, tuned.tokenizer, place / "model")
    return str(place / "model")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


def _settings(model: str, **values: object) -> FinetuneSettings:
    return short(model, objective="grpo", rollouts=2, max_new_tokens=4, reward="accuracy",
                 learning_rate=1e-3, **values)  # fmt: skip


def _questions(count: int) -> list[Sample]:
    options = (Option("A", "Fever"), Option("B", "Cough"))
    return [Sample(f"q{each}", f"Which {each}?", options=options, answer_label="AB"[each % 2])
            for each in range(count)]  # fmt: skip


def _run(study: Study, data: str, settings: FinetuneSettings, name: str = "main") -> Artefact:
    return finetuning.run(study, name, settings, silent(), data=data)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*")) if file.is_file()}  # fmt: skip


def test_what_cannot_be_verified_is_left_out_with_its_reason(
    study: Study, model: str, tmp_path: Path
) -> None:
    essay = Sample("essay", "Why?", answer=" ".join(f"word{each}" for each in range(40)))
    file = sample_file(tmp_path / "mixed.jsonl", [*_questions(4), essay])
    made = _run(study, file, _settings(model, max_steps=2))
    rows = {row["id"]: row for row in pq.read_table(made.path / "data.parquet").to_pylist()}
    assert "more than a rule can compare" in rows["essay"]["reason"]
    assert sum(row["passes"] for row in rows.values()) == 8
    assert made.manifest["facts"]["verifier"] == VERIFIER
    assert made.manifest["counts"]["tokens"] == read_metrics(made.path)[-1]["tokens"] > 0
    found = read_rollouts(made.path)
    assert [each["step"] for each in found] == [1, 1, 2, 2]
    assert {each["outcome"] for each in found} <= {"right", "wrong", "undecided"}
    assert all(each["reward"] == (each["outcome"] == "right") for each in found)


def test_nothing_that_can_be_verified_is_refused(study: Study, model: str, tmp_path: Path) -> None:
    essay = Sample("essay", "Why?", answer=" ".join(f"word{each}" for each in range(40)))
    file = sample_file(tmp_path / "essay.jsonl", [essay])
    with pytest.raises(BadSetting, match="No answer to any of the 1 samples can be verified"):
        _run(study, file, _settings(model))
    assert not list((study.path / "run").glob("*"))


def test_its_time_is_not_guessed(model: str, tmp_path: Path) -> None:
    file = sample_file(tmp_path / "pool.jsonl", _questions(2))
    with pytest.raises(BadSetting, match=r"known only when answers are written.*--max-steps 2"):
        finetuning.probe_run(_settings(model), file)


def test_killed_it_goes_on_and_ends_with_the_same_bytes(
    study: Study, model: str, tmp_path: Path
) -> None:
    file = sample_file(tmp_path / "pool.jsonl", _questions(5))
    settings = _settings(model, max_steps=30, save_steps=2, kl=0.02)
    whole = _run(study, file, settings, "whole")
    earned = [step["policy"]["reward"] for step in read_metrics(whole.path)]
    assert 0 < sum(earned) < len(earned)
    part = study.folder("run", "main").with_name("main.part")
    command = command_for("run", study.path, "main", settings, data=file)
    process = subprocess.Popen([sys.executable, "-m", "diq_core", *command], cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    while process.poll() is None:
        if part.is_dir() and len(read_metrics(part)) >= 5:
            process.kill()
            break
        time.sleep(0.002)
    assert process.wait() == -signal.SIGKILL, process.communicate()
    assert 5 <= len(read_metrics(part)) < 30
    made = _run(study, file, settings)
    assert _bytes(made.path) == _bytes(whole.path)
