"""Configurations for other trainers, made of an export of the study."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
import yaml

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, FinetuneSettings
from diq_core.draft import Draft, begin
from diq_core.errors import BadSetting
from diq_core.stages.run_elsewhere import config_for
from diq_core.study import create_study
from diq_core.training.configs import training_config

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


@pytest.mark.parametrize(
    ("trainer", "format"), [("axolotl", "llama-factory"), ("trl", "prompt-completion")]
)
def test_only_llama_factory_is_told_of_images(trainer: str, format: str, tmp_path: Path) -> None:
    settings = FinetuneSettings(max_pixels=50_000)
    say = partial(training_config, settings=settings, base="base", data=tmp_path, samples=2)
    text = say("llama-factory", format="llama-factory", images=True)
    told = {"freeze_vision_tower": True, "freeze_multi_modal_projector": True,
            "image_max_pixels": 50_000}  # fmt: skip
    assert told.items() <= yaml.safe_load(text).items()
    assert "freeze" not in say("llama-factory", format="llama-factory")
    with pytest.raises(BadSetting, match=f"no configuration for {trainer} .* shows them"):
        say(trainer, format=format, images=True)
