"""Configurations for other trainers, made of an export of the study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, FinetuneSettings
from diq_core.draft import Draft, begin
from diq_core.errors import BadSetting
from diq_core.stages.run_elsewhere import config_for
from diq_core.study import create_study

TALK = [("user", "Which bone?"), ("assistant", 'The "role": "assistant".')]


def export(path: Path, turns: list[tuple[str, str]]) -> Artefact:
    study = create_study(path)
    draft = begin(study.folder("export", "main"), kind="export",
                  settings=ExportSettings().model_dump(mode="json"), inputs={})  # fmt: skip
    assert isinstance(draft, Draft)
    record = {"id": "a", "messages": [{"role": who, "content": said} for who, said in turns]}
    (draft.path / "train.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    return draft.finish(counts={"exported": 1})


def test_axolotl_gets_no_conversation_of_which_it_would_learn_every_answer(tmp_path: Path) -> None:
    single = export(tmp_path / "single", TALK)
    assert "roles_to_train" in config_for("axolotl", FinetuneSettings(), single)
    several = export(tmp_path / "several", [*TALK, *TALK])
    with pytest.raises(BadSetting, match="every answer of a conversation.*main.*llama-factory"):
        config_for("axolotl", FinetuneSettings(), several)
