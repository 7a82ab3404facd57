"""The fine-tuning stage on a tiny model: what it refuses, what it writes, how it continues."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import FinetuneSettings
from diq_core.data.sample import Sample
from diq_core.errors import BadFile, BadSetting, NotFound, OutOfSpace, SettingsDiffer, Stopped
from diq_core.jobs import standing
from diq_core.jobs.progress import silent
from diq_core.stages import run as finetuning
from diq_core.stages.run_metrics import read_metrics
from diq_core.study import Study, create_study
from diq_core.training import checkpoints
from tests.support.studies import command_for
from tests.support.tiny import questions
from tests.support.training import exported, sample_file, short, tiny_folder

# Every test trains.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_folder(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sample_file(tmp_path_factory.mktemp("pool") / "pool.jsonl", questions(10))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


def _run(study: Study, data: Any, settings: FinetuneSettings, name: str = "main") -> Artefact:
    return finetuning.run(study, name, settings, silent(), data=data)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_every_row_is_learned_from_or_has_a_reason(
    study: Study, model: str, tmp_path: Path
) -> None:
    long = Sample("long", "why " * 200, answer="so")
    file = sample_file(
        tmp_path / "mixed.jsonl", [*questions(6), Sample("mute", "What now?"), long], "{broken"
    )
    made = _run(study, file, short(model, max_steps=3, max_tokens=300))
    counts = made.manifest["counts"]
    assert (counts["samples"], counts["trained"], counts["dropped"]) == (9, 6, 3)
    rows = pq.read_table(made.path / "data.parquet").to_pylist()
    reasons = {row["id"]: row["reason"] for row in rows if row["reason"]}
    assert "neither reasoning nor an answer" in reasons["mute"]
    assert "its prompt alone has" in reasons["long"]
    assert "not valid JSON" in reasons[None]
    assert [row["line"] for row in rows if row["id"] is None] == [9]
    # Three steps of four samples: each of the six is learned from twice.
    assert [row["passes"] for row in rows if not row["reason"]] == [2] * 6
    assert made.faults() == []


def test_metrics_have_each_step_once(study: Study, model: str, pool: str) -> None:
    made = _run(study, pool, short(model, max_steps=5))
    steps = read_metrics(made.path)
    assert [step["step"] for step in steps] == [1, 2, 3, 4, 5]
    assert [step["epoch"] for step in steps] == pytest.approx([0.4, 0.8, 1.2, 1.6, 2.0])
    assert steps[0]["learning_rate"] == 1e-4
    assert steps[-1]["tokens"] == made.manifest["counts"]["tokens"]
    assert set(steps[0]) == {"step", "epoch", "loss", "learning_rate", "grad_norm", "tokens"}


def test_the_same_run_twice_gives_the_same_bytes(tmp_path: Path, model: str, pool: str) -> None:
    settings = short(model, max_steps=3, dropout=0.1)
    one = _run(create_study(tmp_path / "one"), pool, settings)
    two = _run(create_study(tmp_path / "two"), pool, settings)
    assert _bytes(one.path) == _bytes(two.path)
    other = _run(Study(tmp_path / "two"), pool, short(model, max_steps=3, seed=1), "other")
    weights = "adapter/adapter_model.safetensors"
    assert _bytes(one.path)[weights] != _bytes(other.path)[weights]


def test_nothing_of_this_machine_is_in_the_files(
    study: Study, model: str, pool: str, tmp_path: Path
) -> None:
    made = _run(study, pool, short(model, max_steps=1, merge=True))
    for name, content in _bytes(made.path).items():
        # The manifest repeats the settings as they were given.
        assert name == "manifest.json" or str(tmp_path.parent).encode() not in content, name
    assert not (made.path / checkpoints.FOLDER).exists()


def test_an_export_is_learned_from_and_named_in_the_manifest(
    study: Study, model: str, pool: str, tmp_path: Path
) -> None:
    export = exported(study, pool, "llama-factory")
    made = _run(study, export, short(model, max_steps=1))
    assert study.resolve(made, "data") == export
    assert made.manifest["counts"]["trained"] == 10
    # It may leave its study, and is then read by its own manifest.
    away = export.path.rename(tmp_path / "away")
    again = _run(study, str(away), short(model, max_steps=1), "again")
    digests = [each.manifest["facts"]["tokens_digest"] for each in (made, again)]
    assert digests[0] == digests[1]


def test_an_export_without_responses_is_refused(study: Study, model: str, tmp_path: Path) -> None:
    file = sample_file(tmp_path / "mute.jsonl", [Sample("a", "What now?"), Sample("b", "And?")])
    with pytest.raises(BadSetting, match="all 2 samples were dropped; the first, sample 'a'"):
        _run(study, file, short(model))


def test_data_that_is_not_there_or_not_readable_is_refused(
    study: Study, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound, match="no such file or folder"):
        _run(study, str(tmp_path / "nowhere.jsonl"), short(model))
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadFile, match="holds no data file"):
        _run(study, str(tmp_path / "empty"), short(model))

    def forbidden(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied", "secret.jsonl")

    monkeypatch.setattr("diq_core.training.data.import_samples", forbidden)
    with pytest.raises(BadFile, match="may not be read by this user"):
        _run(study, str(tmp_path / "empty"), short(model))
    assert not study.folder("run", "main").with_name("main.part").exists()


def test_targets_that_name_no_layer_are_refused_with_the_names_there_are(
    study: Study, model: str, pool: str
) -> None:
    with pytest.raises(BadSetting, match=r"no layer called 'c_attn'.*down_proj, gate_proj, k_proj"):
        _run(study, pool, short(model, targets=("q_proj", "c_attn"), max_steps=1))


def test_a_batch_that_cannot_be_divided_is_refused(study: Study, model: str, pool: str) -> None:
    with pytest.raises(BadSetting, match="5 samples cannot be divided into micro-batches of 2"):
        _run(study, pool, short(model, batch_size=5))


def test_a_model_that_does_not_fit_is_refused_before_it_is_loaded(
    study: Study, model: str, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetuning, "free_memory", lambda: 10**8)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(finetuning, "load_base")
        with pytest.raises(BadSetting, match=r"needs about .* GB of memory.*0\.1 GB are free"):
            _run(study, pool, short(model, max_steps=1))
    assert not study.folder("run", "main").with_name("main.part").exists()
    forced = finetuning.run(
        study, "main", short(model, max_steps=1), silent(), data=pool, force=True
    )
    assert forced.manifest["counts"]["steps"] == 1


def test_preferences_are_learned_from_a_pairs_file(
    study: Study, model: str, tmp_path: Path
) -> None:
    right = sample_file(tmp_path / "right.jsonl", questions(6))
    bad = [
        replace(each, id=f"w{each.id}", answer="Other", answer_label="") for each in questions(6)
    ]
    wrong = sample_file(tmp_path / "wrong.jsonl", [*bad, Sample("alone", "Who?", answer="Me")])
    pairs = tmp_path / "pairs.jsonl"
    command = ["pairs", "--right", right, "--wrong", wrong, "--out", str(pairs), "--json"]
    out, error = (done := _start(command)).communicate()
    assert done.returncode == 0, error
    said = json.loads(out)
    assert said["pairs"] == 6
    assert said["dropped"] == {"no right sample asks the same question": 1}
    settings = short(model, objective="dpo", max_steps=6, dropout=0.1)
    made = _run(study, str(pairs), settings)
    assert made.manifest["counts"]["trained"] == 6
    assert read_metrics(made.path)[0]["loss"] == pytest.approx(0.6931, abs=1e-3)
    assert (made.path / "adapter" / "adapter_model.safetensors").exists()


def test_settings_estimate_and_configuration_are_shown_without_a_run(
    study: Study, model: str, pool: str
) -> None:
    def shown(*more: str) -> str:
        done = CliRunner().invoke(app, ["finetune", "--study", str(study.path), *more])
        assert done.exit_code == 0, done.output
        return str(done.stdout)

    rows = json.loads(shown("--show-settings", "--preset", "quick", "--rank", "4", "--json"))
    origin = {row["name"]: (row["value"], row["origin"]) for row in rows["settings"]}
    assert origin["rank"] == ("4", "yours")
    assert origin["max_steps"] == ("30", "our own decision")
    assert origin["schedule"] == ("cosine", "the paper, not confirmed")
    exported(study, pool, "llama-factory")
    text = shown("--model", model, "--write-config", "llama-factory", "--max-steps", "7")
    assert "max_steps: 7" in text
    assert f"model_name_or_path: {model}" in text
    cost = json.loads(shown("--model", model, "--probe", "--max-steps", "5", "--json"))
    assert cost["steps"] == 5
    assert cost["seconds"] > 0
    assert cost["memory"]["total"] > cost["memory"]["weights"]
    assert not (study.path / "run").exists()


def test_two_processes_share_every_step_under_accelerate(
    study: Study, model: str, pool: str
) -> None:
    settings = short(model, max_steps=3, learning_rate=1e-2)
    alone = _run(study, pool, settings, "alone")
    command = command_for("run", study.path, "both", settings, data=pool)
    done = _start([*command, "--launch", "accelerate", "--processes", "2"])
    out, error = done.communicate()
    assert done.returncode == 0, out + error
    both = study.find("run", "both")
    assert both.manifest["facts"]["processes"] == 2
    one, two = read_metrics(alone.path), read_metrics(both.path)
    assert [step["step"] for step in two] == [1, 2, 3]
    for left, right in zip(one, two, strict=True):
        assert left["loss"] == pytest.approx(right["loss"], rel=1e-4)
        assert left["grad_norm"] == pytest.approx(right["grad_norm"], rel=1e-3)


def test_a_loss_that_is_no_number_ends_the_run(study: Study, model: str, pool: str) -> None:
    with pytest.raises(BadSetting, match="not a number any more at step"):
        _run(study, pool, short(model, method="full", learning_rate=1e30, max_steps=9,
                                schedule="constant"))  # fmt: skip


def test_other_settings_under_the_same_name_are_refused(
    study: Study, model: str, pool: str
) -> None:
    _run(study, pool, short(model, max_steps=1))
    with pytest.raises(SettingsDiffer, match="rank was 8, now 4"):
        _run(study, pool, short(model, max_steps=1, rank=4))


def test_a_full_disk_at_a_checkpoint_keeps_what_was_finished(
    study: Study, model: str, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    settings = short(model, max_steps=8)
    whole = _run(study, pool, settings, "whole")
    real, saved = torch.save, []

    def full(value: Any, file: Any, *args: Any, **more: Any) -> None:
        saved.append(file)
        if "checkpoint-6" in str(file):
            raise RuntimeError("PytorchStreamWriter failed writing file data/3: file write failed")
        real(value, file, *args, **more)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OutOfSpace, match="continues from the last whole checkpoint"):
        _run(study, pool, settings)
    monkeypatch.setattr(torch, "save", real)
    part = study.folder("run", "main").with_name("main.part")
    left = checkpoints.last_whole(part / checkpoints.FOLDER)
    assert left is not None
    assert left.name == "checkpoint-3"
    assert not (part / checkpoints.FOLDER / "checkpoint-6").exists()
    assert _bytes(_run(study, pool, settings).path) == _bytes(whole.path)


def test_a_full_disk_at_the_end_keeps_the_last_checkpoint(
    study: Study, model: str, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(finetuning, "save_adapter", full)
    with pytest.raises(OutOfSpace, match="The disk is full"):
        _run(study, pool, short(model, max_steps=4))
    part = study.folder("run", "main").with_name("main.part")
    assert checkpoints.last_whole(part / checkpoints.FOLDER) is not None


def test_asked_to_stop_it_stops_after_the_step_with_a_checkpoint(
    study: Study, model: str, pool: str
) -> None:
    settings = short(model, max_steps=6, save_steps=100, dropout=0.1)
    whole = _run(study, pool, settings, "whole")
    real = finetuning.Progress.advance

    def advance(self: Any, units: int, **more: Any) -> None:
        real(self, units, **more)
        if self.snapshot.done == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finetuning.Progress, "advance", advance)
        with pytest.raises(Stopped, match="after step 3 of 6"):
            _run(study, pool, settings)
    assert signal.getsignal(signal.SIGTERM) == before
    part = study.folder("run", "main").with_name("main.part")
    assert [step["step"] for step in read_metrics(part)] == [1, 2, 3]
    assert _bytes(_run(study, pool, settings).path) == _bytes(whole.path)


KILLED_WHILE_SAVING = """
import os, signal, torch
from diq_core.cli import main
real = torch.save
def save(value, file, *args, **more):
    if "{checkpoint}" in str(file) and "{file}" in str(file):
        with open(file, "wb") as half:
            half.write(b"half of it")
        os.kill(os.getpid(), signal.SIGKILL)
    real(value, file, *args, **more)
torch.save = save
main()
"""


def _start(command: list[str], code: str = "") -> subprocess.Popen[str]:
    how = ["-c", code] if code else ["-m", "diq_core"]
    return subprocess.Popen(
        [sys.executable, *how, *command], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _killed_after(step: int, folder: Path, command: list[str]) -> None:
    process = _start(command)
    while process.poll() is None:
        if len(read_metrics(folder)) >= step:
            process.kill()
            break
        time.sleep(0.002)
    assert process.wait() == -signal.SIGKILL, process.communicate()


def test_killed_at_several_moments_it_ends_with_the_same_weights(
    study: Study, model: str, pool: str
) -> None:
    settings = short(model, max_steps=60, save_steps=4, dropout=0.1, learning_rate=1e-2)
    whole = _run(study, pool, settings, "whole")
    command = command_for("run", study.path, "main", settings, data=pool)
    part = study.folder("run", "main").with_name("main.part")
    places = part / checkpoints.FOLDER

    _killed_after(6, part, command)
    first = checkpoints.last_whole(places)
    assert first is not None
    killed = _start(
        command, KILLED_WHILE_SAVING.format(checkpoint="checkpoint-32", file="optimizer")
    )
    assert killed.wait() == -signal.SIGKILL
    # The half-written one is there, and is not what the run goes on from.
    assert (places / "checkpoint-32").is_dir()
    second = checkpoints.last_whole(places)
    assert second is not None
    assert second.name == "checkpoint-28"
    job = standing.look(study, "run", "main")
    assert job is not None
    assert job.state == "interrupted"
    end = _start(command)
    out, error = end.communicate()
    assert end.returncode == 0, out + error
    made = study.find("run", "main")
    steps = read_metrics(made.path)
    assert [step["step"] for step in steps] == list(range(1, 61))
    assert _bytes(made.path) == _bytes(whole.path)


def test_the_command_line_reads_what_the_page_writes(study: Study, model: str, pool: str) -> None:
    settings = short(
        model, max_steps=2, rank=4, targets=("q_proj", "v_proj"), schedule="linear", merge=True,
        packing=True, recompute=True, learning_rate=3e-4, seed=7,
    )  # fmt: skip
    command = command_for("run", study.path, "cli", settings, data=pool)
    done = _start([*command, "--json"])
    out, error = done.communicate()
    assert done.returncode == 0, error
    assert error == ""
    result = json.loads(out)
    assert result["counts"]["steps"] == 2
    made = study.find("run", "cli")
    assert made.manifest["settings"] == settings.model_dump(mode="json")
