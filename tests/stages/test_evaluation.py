"""The evaluation stage on a tiny model: what it writes, what it refuses, how it continues."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch

from diq_core.artefact import Artefact
from diq_core.config import EvaluateSettings, FinetuneSettings
from diq_core.draft import Draft, begin
from diq_core.errors import BadFile, BadSetting, NotFound, OutOfSpace
from diq_core.evaluation.tuned import load_tuned
from diq_core.jobs.executors import Here
from diq_core.jobs.order import Order
from diq_core.jobs.progress import silent
from diq_core.models.load import load_causal
from diq_core.stages import evaluation as evaluating
from diq_core.stages import run as finetuning
from diq_core.stages.evaluation import ANSWERS, read_results
from diq_core.study import Study, create_study
from tests.support.benchmarks import rows, write_benchmark, write_rows
from tests.support.studies import command_for
from tests.support.tampering import vouched_anew
from tests.support.tiny import tiny_llama, tiny_tokenizer
from tests.support.training import exported, short


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model") / "tiny"
    tiny_llama().save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return str(folder)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


@pytest.fixture
def medqa(tmp_path: Path) -> str:
    return write_benchmark(tmp_path / "medqa.jsonl", 10)


def _settings(model: str, **values: Any) -> EvaluateSettings:
    return EvaluateSettings(**{"model": model, "max_tokens": 480, "max_new_tokens": 8, **values})


def _evaluate(
    study: Study, model: str, files: list[str], name: str = "main", run: Artefact | None = None,
    trained_on: str | None = None, **values: Any,
) -> Artefact:  # fmt: skip
    return evaluating.run(
        study, name, _settings(model, **values), silent(), benchmarks=files, run=run,
        trained_on=trained_on,
    )  # fmt: skip


def _make_run(study: Study, model: str, *, digest: str | None = None) -> Artefact:
    """Write a run by hand: a peft adapter that is far from doing nothing."""
    from peft import LoraConfig, get_peft_model

    base = load_causal(model, device="cpu")
    draft = begin(
        study.folder("run", "tuned"), kind="run",
        settings=FinetuneSettings(model=model).model_dump(mode="json"),
        inputs={"data": {"path": "pool.jsonl", "digest": "ab" * 32}},
    )  # fmt: skip
    assert isinstance(draft, Draft)
    torch.manual_seed(1)
    config = LoraConfig(
        r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False
    )
    get_peft_model(base.model, config).save_pretrained(draft.path / "adapter")
    facts = {"model": {"digest": digest or base.digest}}
    return draft.finish(counts={"trained": 3}, facts=facts)


def test_every_question_and_scoring_has_a_row(study: Study, model: str, medqa: str) -> None:
    made = _evaluate(study, model, [medqa], scorings=("letter", "option", "generated"))
    table = pq.read_table(made.path / ANSWERS)
    assert table.column_names == [
        "benchmark", "id", "scoring", "gold", "chosen", "correct", "logliks", "answer_loss",
        "answer_tokens", "text", "reason",
    ]  # fmt: skip
    assert table["id"].to_pylist() == [f"b{n:03d}" for n in range(10) for _ in range(3)]
    for row in table.to_pylist():
        assert row["correct"] == (row["chosen"] == row["gold"])
        assert (row["chosen"] is None) == (row["reason"] is not None)
        assert (row["text"] is not None) == (row["scoring"] == "generated") == (not row["logliks"])
        assert row["answer_loss"] > 0
        assert row["answer_tokens"] > 0
    results = read_results(made)["benchmarks"]["medqa"]
    letters = [row for row in table.to_pylist() if row["scoring"] == "letter"]
    figures = results["scorings"]["letter"]
    assert figures["correct"] == sum(row["correct"] for row in letters)
    assert (figures["n"], figures["chance"], figures["unanswered"]) == (10, 0.25, 0)
    assert figures["low"] < figures["accuracy"] < figures["high"]
    mean = sum(row["answer_loss"] for row in letters) / 10
    assert results["answer_loss"]["mean"] == pytest.approx(mean)
    assert made.manifest["counts"] == {
        "questions": 10, "left_out": 0, "not_drawn": 0, "answers": 30,
        "unanswered": results["scorings"]["generated"]["unanswered"],
    }  # fmt: skip
    assert made.manifest["facts"]["template"] == "plain"
    assert not (made.path / "shards").exists()


def test_the_loss_alone_can_be_measured(study: Study, model: str, medqa: str) -> None:
    made = _evaluate(study, model, [medqa], scorings=())
    table = pq.read_table(made.path / ANSWERS)
    assert table["scoring"].to_pylist() == [None] * 10
    assert table["answer_loss"].null_count == table["gold"].null_count == 0
    assert read_results(made)["averages"] == {}


def test_a_run_is_tested_with_its_adapter(study: Study, model: str, medqa: str) -> None:
    from peft import PeftModel

    run = _make_run(study, model)
    base = _evaluate(study, model, [medqa], "base")
    # The settings need not name the base model: the run does.
    tuned = _evaluate(study, "embedded", [medqa], "tuned", run=run)
    assert tuned.manifest["settings"]["model"] == model
    assert tuned.manifest["inputs"]["run"]["path"] == "run/tuned"
    losses = [pq.read_table(one.path / ANSWERS)["answer_loss"].to_pylist() for one in (base, tuned)]
    assert losses[0] != losses[1]
    merged = load_tuned(run.path, model)
    plain = PeftModel.from_pretrained(load_causal(model, device="cpu").model, run.path / "adapter")
    ids = torch.arange(3, 40).unsqueeze(0)
    with torch.no_grad():
        torch.testing.assert_close(merged.model(ids).logits, plain(ids).logits)


def test_a_whole_model_is_tested(study: Study, model: str, medqa: str) -> None:
    run = _make_run(study, model)
    shutil.rmtree(run.path / "adapter")
    shutil.copytree(model, run.path / "model")
    run = vouched_anew(run.path)
    base, tuned = _evaluate(study, model, [medqa], "b"), _evaluate(study, model, [medqa], "t", run)
    assert (base.path / ANSWERS).read_bytes() == (tuned.path / ANSWERS).read_bytes()


def test_stopped_in_the_middle_it_continues_to_the_same_bytes(
    study: Study, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [write_benchmark(tmp_path / "medqa.jsonl", 9)]
    monkeypatch.setattr(evaluating, "SHARD_QUESTIONS", 4)
    whole = _evaluate(study, model, files, "whole")
    real, calls = evaluating._answer, []

    def stops(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(evaluating, "_answer", stops)
    with pytest.raises(KeyboardInterrupt):
        _evaluate(study, model, files, "stopped")
    assert len(list(study.path.glob("evaluation/stopped.part/shards/*"))) == 2
    monkeypatch.setattr(evaluating, "_answer", real)
    made = _evaluate(study, model, files, "stopped")
    for file in whole.manifest["files"]:
        assert (made.path / file).read_bytes() == (whole.path / file).read_bytes()
    assert made.digest == whole.digest


def test_a_part_is_drawn_by_seed_whatever_the_order(
    study: Study, model: str, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    one = write_rows(here / "q.jsonl", rows(12))
    two = write_rows(there / "q.jsonl", reversed(rows(12)))
    ids = []
    for name, file, seed in (("one", one, 3), ("two", two, 3), ("other", one, 4)):
        made = _evaluate(study, model, [file], name, limit=5, seed=seed, answer_loss=False)
        assert made.manifest["counts"]["not_drawn"] == 7
        ids.append(set(pq.read_table(made.path / ANSWERS)["id"].to_pylist()))
    assert ids[0] == ids[1] != ids[2]


def test_questions_that_cannot_count_are_listed(study: Study, model: str, tmp_path: Path) -> None:
    lines = rows(6)
    lines[1].pop("answer_idx"), lines[1].pop("answer")
    lines[3]["answer_idx"] = "Z"
    lines[4]["options"] = {}
    made = _evaluate(study, model, [write_rows(tmp_path / "q.jsonl", lines)])
    problems = pq.read_table(made.path / "problems.parquet").to_pylist()
    found = [(row["line"], row["rule"]) for row in problems]
    assert found == [(2, "no-answer"), (4, "label-unknown"), (5, "no-options")]
    results = read_results(made)["benchmarks"]["q"]
    assert results["left_out"] == {"label-unknown": 1, "no-answer": 1, "no-options": 1}
    assert results["questions"] == results["scorings"]["letter"]["n"] == 3


def test_averages_weigh_benchmarks_alike(study: Study, model: str, tmp_path: Path) -> None:
    files = [
        write_benchmark(tmp_path / f"{name}.jsonl", count, first=first, options=options)
        for name, count, first, options in (
            ("one", 4, 0, 4),
            ("two", 8, 4, 4),
            ("xpert", 6, 20, 10),
        )
    ]
    made = _evaluate(study, model, files, groups={"S": ("one", "two"), "C": ("xpert",)})
    results = read_results(made)
    parts = {name: each["scorings"]["letter"] for name, each in results["benchmarks"].items()}
    averages = results["averages"]["letter"]
    expected = (parts["one"]["accuracy"] + parts["two"]["accuracy"]) / 2
    assert averages["S"]["accuracy"] == pytest.approx(expected)
    assert averages["S"]["n"] == 12
    assert averages["C"]["chance"] == pytest.approx(0.1)
    assert averages["A"]["benchmarks"] == ["one", "two", "xpert"]
    assert averages["A"]["chance"] == pytest.approx((0.25 + 0.25 + 0.1) / 3)


def test_what_was_trained_on_is_shown_beside_the_result(
    study: Study, model: str, tmp_path: Path
) -> None:
    lines = rows(8)
    medqa = write_rows(tmp_path / "medqa.jsonl", lines)
    training = [{**line, "id": f"t{n}"} for n, line in enumerate([*lines[2:4], *rows(3, first=70)])]
    pool = write_rows(tmp_path / "pool.jsonl", training)
    run = _make_run(study, model)
    results = read_results(_evaluate(study, model, [medqa], "blind", run=run))
    unknown = results["benchmarks"]["medqa"]["contamination"]
    assert "not part of this study" in unknown["unknown"]
    assert "clean" not in results["benchmarks"]["medqa"]["scorings"]["letter"]
    made = _evaluate(study, model, [medqa], "seen", run=run, trained_on=pool)
    found = read_results(made)["benchmarks"]["medqa"]
    assert found["contamination"] == {"trained": 5, "exact": ["b002", "b003"], "near": []}
    letter = found["scorings"]["letter"]
    assert (letter["n"], letter["clean"]["n"], letter["contaminated"]["n"]) == (8, 6, 2)
    assert letter["clean"]["correct"] + letter["contaminated"]["correct"] == letter["correct"]


def test_from_training_to_result(study: Study, model: str, tmp_path: Path) -> None:
    lines = rows(6)
    pool = write_rows(tmp_path / "pool.jsonl", [*lines[:2], *rows(4, first=80)])
    export = exported(study, pool, "trl")
    tuned = finetuning.run(study, "tuned", short(model, max_steps=2), silent(), data=export)
    medqa = write_rows(tmp_path / "medqa.jsonl", lines)
    made = _evaluate(study, "embedded", [medqa], "tuned", run=tuned)
    found = read_results(made)["benchmarks"]["medqa"]
    known = found["contamination"]
    assert (known["trained"], known["exact"]) == (6, ["b000", "b001"])
    assert found["scorings"]["letter"]["contaminated"]["n"] == 2 + len(known["near"])
    assert made.manifest["facts"]["model"]["name"] == "tuned"


def test_the_button_runs_what_was_set(
    study: Study, medqa: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diq_core.cli import app

    asked: dict[str, Any] = {}

    def note(_study: Study, _name: str, settings: EvaluateSettings, _: Any, **rest: Any) -> None:
        asked.update(rest, settings=settings)
        raise BadSetting("that will do", todo="stop")

    monkeypatch.setattr(evaluating, "run", note)
    settings = EvaluateSettings(
        model="m", scorings=("option", "generated"), template="chat", limit=7, seed=3,
        groups={"S": ("medqa",), "C": ("medqa", "x")}, answer_loss=False, max_tokens=99,
        max_new_tokens=9, batch_size=2, threads=2,
    )  # fmt: skip
    for each in (settings, EvaluateSettings(scorings=())):
        command = command_for(
            "evaluation", study.path, "n", each, benchmark=[medqa, "a/b"], trained_on="pool.jsonl"
        )
        with pytest.raises(BadSetting, match="that will do"):
            app(command, standalone_mode=False)
        assert asked == {
            "settings": each, "benchmarks": (medqa, "a/b"), "run": None, "trained_on": "pool.jsonl",
            "executor": Here(),
        }  # fmt: skip


def test_mistakes_have_words(study: Study, model: str, medqa: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="no benchmark to evaluate on.*--benchmark FILE"):
        _evaluate(study, model, [])
    (tmp_path / "other").mkdir()
    twin = write_benchmark(tmp_path / "other" / "medqa.jsonl", 3)
    with pytest.raises(BadSetting, match="Two benchmarks are called 'medqa'.*name of its own"):
        _evaluate(study, model, [medqa, twin])
    with pytest.raises(NotFound, match="nowhere.jsonl"):
        _evaluate(study, model, [str(tmp_path / "nowhere.jsonl")])
    blank = [{**line, "answer_idx": "", "answer": ""} for line in rows(3)]
    with pytest.raises(BadFile, match=r"None of the 3 questions.*not given.*q.jsonl, line 1"):
        _evaluate(study, model, [write_rows(tmp_path / "q.jsonl", blank)], "blank")
    with pytest.raises(NotFound, match="no model folder here.*no-such-model"):
        _evaluate(study, str(tmp_path / "no-such-model"), [medqa], "nomodel")
    with pytest.raises(BadSetting, match="'S' names the benchmark 'medmcqa'.*names of: medqa"):
        _evaluate(study, model, [medqa], groups={"S": ("medqa", "medmcqa")})
    with pytest.raises(BadSetting, match="'A' always means all benchmarks"):
        _evaluate(study, model, [medqa], groups={"A": ("medqa",)})
    with pytest.raises(BadSetting, match="Nothing is to be measured"):
        _evaluate(study, model, [medqa], scorings=(), answer_loss=False)


def test_a_run_without_its_base_has_words(
    study: Study, model: str, medqa: str, tmp_path: Path
) -> None:
    lost = tmp_path / "lost-model"
    shutil.copytree(model, lost)
    run = _make_run(study, str(lost))
    with pytest.raises(BadSetting, match="trained on .*lost-model.* name .*leave the model out|L"):
        _evaluate(study, model, [medqa], "other", run=run)
    shutil.rmtree(lost)
    with pytest.raises(NotFound, match="base model of run 'tuned' cannot be loaded.*lost-model"):
        _evaluate(study, "embedded", [medqa], "gone", run=run)


def test_a_run_on_another_base_has_words(study: Study, model: str, medqa: str) -> None:
    run = _make_run(study, model, digest="00" * 32)
    with pytest.raises(NotFound, match="another one than the adapter was trained on"):
        _evaluate(study, "embedded", [medqa], run=run)


def test_a_damaged_adapter_has_words(study: Study, model: str, medqa: str) -> None:
    run = _make_run(study, model)
    (run.path / "adapter" / "adapter_model.safetensors").write_bytes(b"not tensors")
    with pytest.raises(BadFile, match=r"not as it was made: adapter/adapter_model.safetensors was"):
        _evaluate(study, "embedded", [medqa], run=run)
    run = vouched_anew(run.path)
    with pytest.raises(BadFile, match="adapter of run 'tuned' does not fit its base model"):
        _evaluate(study, "embedded", [medqa], "again", run)


def test_a_full_disk_loses_nothing(
    study: Study, model: str, medqa: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diq_core.jobs.making import as_job

    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    def stage(where: Study, name: str, progress: Any) -> Artefact:
        return evaluating.run(where, name, _settings(model), progress, benchmarks=[medqa])

    monkeypatch.setattr(evaluating, "write_json", full)
    with pytest.raises(OutOfSpace, match="disk is full.*run the same command again"):
        as_job(study, Order("evaluation", "main"), stage)
    assert list(study.path.glob("evaluation/main.part/shards/*"))
    monkeypatch.undo()
    assert as_job(study, Order("evaluation", "main"), stage).manifest["counts"]["answers"]
