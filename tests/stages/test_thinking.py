"""Native reasoning through the stages: influence, the export behind it, and a run on that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diq_core.config import (
    ExportSettings,
    FinetuneSettings,
    ImportSettings,
    InfluenceSettings,
    SelectSettings,
)
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.models.chat import Chat
from diq_core.models.tokens import tokenise, tokens_digest
from diq_core.stages import dataset as importing
from diq_core.stages import export as exporting
from diq_core.stages import influence
from diq_core.stages import run as running
from diq_core.stages import selection as selecting
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.study import Study, create_study
from tests.support.families import FAMILIES, Family, tokenizer_of
from tests.support.tiny import questions, tiny_llama
from tests.support.training import SHORT

BY_NAME = {family.name: family for family in FAMILIES}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "cache"))


def _folder(path: Path, family: Family) -> str:
    tiny_llama().save_pretrained(path)
    tokenizer_of(family).save_pretrained(path)
    return str(path)


def _file(path: Path, samples: list[Sample], **more: Any) -> str:
    rows = [
        {"id": s.id, "question": f"{s.question} ({s.id})", "reasoning": s.reasoning,
         "answer": s.answer, "system": "Be brief.", **more}
        for s in samples
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def _import(study: Study, source: str) -> None:
    settings = ImportSettings(exclude_duplicates=False)
    importing.run(study, "main", settings, silent(), source=source, validation=[])


def _scored(tmp_path: Path, model: str, thinking: Any) -> tuple[Study, Any, Any]:
    study = create_study(tmp_path / "study")
    _import(study, _file(tmp_path / "pool.jsonl", questions(6)))
    held_out = _file(tmp_path / "held.jsonl", questions(3, first=50), meta={"task": "sums"})
    scores = influence.run(
        study, "main",
        InfluenceSettings(model=model, thinking=thinking, max_tokens=400, batch_tokens=600),
        silent(), dataset=study.find("dataset"), validation=held_out,
    )  # fmt: skip
    settings = SelectSettings(strategy="influence", budget="100%")
    inputs = selecting.inputs(study, settings, None, None, None)
    return study, scores, selecting.run(study, "main", settings, silent(), **inputs)


@pytest.mark.parametrize(
    ("name", "format"),
    [("qwen-3", "trl"), ("gpt-oss", "trl"), ("r1-distil", "alpaca"),
     ("r1-distil", "prompt-completion"), ("gemma", "trl")],
)  # fmt: skip
def test_a_run_learns_the_tokens_that_were_scored(name: str, format: str, tmp_path: Path) -> None:
    family = BY_NAME[name]
    model = _folder(tmp_path / "model", family)
    study, scores, selection = _scored(tmp_path, model, "native")
    facts = scores.manifest["facts"]["thinking"]
    assert facts["place"] == family.place
    assert facts.get("system") == ("folded into the question" if family.folds_system else None)
    export = exporting.run(
        study, "main", ExportSettings(format=format), silent(), selection=selection
    )
    said = export.manifest["facts"]["thinking"]
    assert (said["asked"], said["place"]) == ("native", family.place)
    run = running.run(
        study, "main", FinetuneSettings(model=model, max_tokens=400, max_steps=1, **SHORT),
        silent(), data=export,
    )  # fmt: skip
    samples = load_samples(load_table(study.find("dataset"), SAMPLES))
    tokenizer = tokenizer_of(family)
    ours = tokenise(samples, tokenizer, max_tokens=400, chat=Chat(tokenizer, "native"))
    assert run.manifest["facts"]["tokens_digest"] == tokens_digest(ours.tokens)
    assert run.manifest["facts"]["thinking"]["place"] == family.place


def test_an_export_follows_influence_unless_told_otherwise(tmp_path: Path) -> None:
    model = _folder(tmp_path / "model", BY_NAME["qwen-3"])
    study, _, selection = _scored(tmp_path, model, "native")

    def answer(name: str, **values: Any) -> dict[str, Any]:
        made = exporting.run(study, name, ExportSettings(**values), silent(), selection=selection)
        line = (made.path / "train.jsonl").read_text("utf-8").splitlines()[0]
        sheet = (made.path / "DATASHEET.md").read_text("utf-8")
        assert ("reasoning_content" in sheet) == ("reasoning_content" in line)
        message: dict[str, Any] = json.loads(line)["messages"][-1]
        return message

    native = answer("native")
    assert native["reasoning_content"]
    assert "##" not in native["content"]
    headed = answer("headed", thinking="huatuo")
    assert "reasoning_content" not in headed
    assert native["reasoning_content"] in headed["content"]


def test_what_native_cannot_do_is_said(tmp_path: Path) -> None:
    model = _folder(tmp_path / "model", BY_NAME["r1-distil"])
    study, _, selection = _scored(tmp_path, model, "native")
    with pytest.raises(BadSetting, match="leaves the reasoning out of every message.*prompt-compl"):
        exporting.run(study, "a", ExportSettings(), silent(), selection=selection)
    whole = exporting.run(
        study, "b", ExportSettings(format="prompt-completion"), silent(), selection=selection
    )
    first = json.loads((whole.path / "train.jsonl").read_text("utf-8").splitlines()[0])
    assert first["prompt"].endswith("<｜Assistant｜><think>\n")
    assert first["completion"].endswith("<｜end▁of▁sentence｜>")
    with pytest.raises(BadSetting, match="a chat template has written already.*--format alpaca"):
        running.run(
            study, "c", FinetuneSettings(model=model, thinking="huatuo", **SHORT), silent(),
            data=whole,
        )  # fmt: skip
    other = _folder(tmp_path / "other", BY_NAME["qwen-3"])
    with pytest.raises(BadSetting, match="written for another model: this one has no control"):
        running.run(study, "d", FinetuneSettings(model=other, **SHORT), silent(), data=whole)


def test_what_the_models_template_cannot_write_is_left_out_of_its_export(tmp_path: Path) -> None:
    model, study = _folder(tmp_path / "model", BY_NAME["mistral"]), create_study(tmp_path / "study")
    said = [
        {"role": "user", "content": "Which dose?"},
        {"role": "assistant", "content": "", "tool_calls": [{"name": "ask", "arguments": {}}]},
        {"role": "tool", "content": "5 mg"},
        {"role": "assistant", "content": "15 mg."},
    ]
    rows = [{"id": "tools", "messages": said}, {"id": "plain", "messages": [said[0], said[-1]]}]
    file = tmp_path / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    _import(study, str(file))
    everything = SelectSettings(strategy="full")
    inputs = selecting.inputs(study, everything, None, None, None)
    selection = selecting.run(study, "main", everything, silent(), **inputs)
    settings = ExportSettings(thinking="native", model=model)
    made = exporting.run(study, "main", settings, silent(), selection=selection)
    assert made.manifest["counts"]["exported"] == 1
    (dropped,) = map(json.loads, (made.path / "dropped.jsonl").read_text("utf-8").splitlines())
    assert dropped["id"] == "tools"
    assert "Only user and assistant roles are supported!" in dropped["reason"]
    # Whose template will write it is not known here.
    headed = exporting.run(study, "b", ExportSettings(), silent(), selection=selection)
    assert headed.manifest["counts"]["exported"] == 2


def test_native_without_a_model_is_refused(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study")
    _import(study, _file(tmp_path / "pool.jsonl", questions(6)))
    settings = SelectSettings(strategy="full")
    inputs = selecting.inputs(study, settings, None, None, None)
    selection = selecting.run(study, "main", settings, silent(), **inputs)
    with pytest.raises(BadSetting, match="no model is named.*--model"):
        exporting.run(study, "a", ExportSettings(thinking="native"), silent(), selection=selection)
