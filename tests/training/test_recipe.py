"""Every setting with its origin, the presets, and the configurations for other trainers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.training.configs import FORMATS, TRAINERS, training_config
from diq_core.training.launch import (
    accelerate_command,
    check_launcher,
    check_tracker,
    without_launch,
)
from diq_core.training.recipe import PAPER, PRESETS, explain, settings_of


def test_the_paper_preset_says_what_the_docs_say() -> None:
    settings = settings_of("paper")
    assert (settings.method, settings.rank, settings.learning_rate) == ("lora", 8, 1e-4)
    assert settings.targets == ("q_proj", "k_proj", "v_proj")
    assert (settings.schedule, settings.epochs, settings.max_tokens) == ("cosine", 3.0, 8192)
    text = (Path(__file__).resolve().parents[2] / "docs" / "finetune.md").read_text()
    for said in ("rank 8 on `q_proj`", "rate 1e-4", "cosine, 3 epochs, 8,192 tokens [N]"):
        assert said in text, said


def test_every_setting_is_explained_once_with_its_origin() -> None:
    rows = explain(settings_of("paper", rank=4, alpha=32), {"rank", "alpha"})
    origin = {row.name: row.origin for row in rows}
    assert set(FinetuneSettings.model_fields) <= set(origin)
    assert len(origin) == len(rows)
    assert (origin["rank"], origin["alpha"]) == ("yours", "yours")
    assert [origin[name] for name in PAPER if name != "rank"] == ["the paper, not confirmed"] * 6
    assert origin["batch_size"] == "our own decision"
    assert origin["optimiser"] == "library default"


def test_epochs_that_do_not_end_the_run_are_not_the_papers() -> None:
    rows = explain(settings_of("quick"))
    assert {row.name: row.origin for row in rows}["epochs"] == "our own decision"


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(BadSetting, match="Use one of: paper, quick"):
        settings_of("fast")
    assert len({each.name for each in PRESETS}) == len(PRESETS)


def _config(trainer: str, **values: Any) -> dict[str, Any]:
    text = training_config(
        trainer, FinetuneSettings(**values), base="owner/base", data=Path("out/main"),
        format=FORMATS[trainer][0], samples=12,
    )  # fmt: skip
    assert text.startswith("# 12 samples; run with: ")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_a_configuration_for_llama_factory() -> None:
    found = _config("llama-factory", max_steps=30, batch_size=8, micro_batch=2)
    assert found["model_name_or_path"] == "owner/base"
    assert (found["dataset_dir"], found["dataset"]) == ("out/main", "diq")
    assert found["lora_target"] == "q_proj,k_proj,v_proj"
    assert (found["lora_rank"], found["cutoff_len"], found["max_steps"]) == (8, 8192, 30)
    assert found["per_device_train_batch_size"] * found["gradient_accumulation_steps"] == 8
    assert found["learning_rate"] == 1e-4
    assert found["lr_scheduler_type"] == "cosine"


def test_a_configuration_for_axolotl_trains_on_responses_only() -> None:
    found = _config("axolotl", targets=("all-linear",))
    data = found["datasets"][0]
    assert data["path"] == "out/main/train.jsonl"
    assert (data["type"], data["roles_to_train"]) == ("chat_template", ["assistant"])
    assert found["train_on_inputs"] is False
    assert found["lora_target_linear"] is True
    assert (found["sequence_len"], found["num_epochs"]) == (8192, 3.0)


def test_a_configuration_for_trl_names_only_options_of_trl(tmp_path: Path) -> None:
    from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig, TrlParser

    text = training_config(
        "trl", FinetuneSettings(), base="owner/base", data=Path("out/main"),
        format="prompt-completion", samples=12,
    )  # fmt: skip
    (tmp_path / "sft.yaml").write_text(text)
    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig, DatasetMixtureConfig))
    arguments = ["--config", str(tmp_path / "sft.yaml"), "--output_dir", str(tmp_path)]
    script, training, model, mixture = parser.parse_args_and_config(arguments)
    assert script is not None
    assert training.completion_only_loss is True
    assert (training.learning_rate, training.num_train_epochs) == (1e-4, 3.0)
    assert (model.lora_r, model.lora_target_modules) == (8, ["q_proj", "k_proj", "v_proj"])
    assert str(mixture.datasets[0].data_files) == "out/main/train.jsonl"


@pytest.mark.parametrize("trainer", TRAINERS)
def test_full_fine_tuning_leaves_the_adapter_out(trainer: str) -> None:
    text = str(_config(trainer, method="full"))
    assert "lora_r" not in text
    assert "adapter" not in text


def test_an_export_that_a_trainer_cannot_read_is_refused() -> None:
    with pytest.raises(BadSetting, match="Export the selection again with --format llama-factory"):
        training_config("llama-factory", FinetuneSettings(), base="b", data=Path("x"),
                        format="csv", samples=1)  # fmt: skip
    with pytest.raises(BadSetting, match="no configuration for 'keras'"):
        training_config("keras", FinetuneSettings(), base="b", data=Path("x"), format="trl",
                        samples=1)  # fmt: skip
    with pytest.raises(BadSetting, match="cannot express a token budget"):
        training_config("axolotl", FinetuneSettings(token_budget=9), base="b", data=Path("x"),
                        format="trl", samples=1)  # fmt: skip


def test_the_launched_command_is_the_same_without_its_launcher() -> None:
    given = ["finetune", "--study", "s", "--launch", "accelerate", "--processes=2", "--rank", "4"]
    assert without_launch(given) == ["finetune", "--study", "s", "--rank", "4"]
    line = accelerate_command(given, 2, gpus=0)
    assert line[-6:] == ["diq_core", "finetune", "--study", "s", "--rank", "4"]
    assert "--nproc_per_node=2" in line
    cards = accelerate_command(given, 2, gpus=4)
    assert "accelerate.commands.launch" in cards
    assert "--multi_gpu" in cards
    assert cards[-6:] == line[-6:]


def test_what_is_not_installed_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(BadSetting, match=r'ray is not installed.*pip install "diq-studio\[ray\]"'):
        check_launcher("ray", 1)
    with pytest.raises(BadSetting, match=r"trackio is not installed.*diq-studio\[tracking\]"):
        check_tracker("trackio")
    with pytest.raises(BadSetting, match="no tracker 'wandb'"):
        check_tracker("wandb")
    with pytest.raises(BadSetting, match="no launcher 'slurm'"):
        check_launcher("slurm", 1)
