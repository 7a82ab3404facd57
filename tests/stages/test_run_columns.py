"""Folders to train from elsewhere: what lies in them is what those trainers read."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.config import FinetuneSettings
from diq_core.data.sample import Option, Sample, Turn
from diq_core.errors import BadSetting
from diq_core.stages.rewarding import judge_of
from diq_core.stages.run_columns import write_columns
from diq_core.study import create_study
from diq_core.training.pairs import match_pairs, write_pairs
from diq_core.training.rewards import rollout
from tests.support.training import exported, sample_file

OPTIONS = (Option("A", "cyst"), Option("B", "stone"))
BONE = Sample("bone", "What does it show?", reasoning="round", answer="B. stone", answer_label="B",
              options=OPTIONS)  # fmt: skip
GRPO: dict[str, Any] = {"objective": "grpo", "model": "owner/base", "batch_size": 1}
WRITTEN = "<think>It is hard.</think>\n\nThe answer is B."


def asked(place: Path, *, images: bool = False) -> str:
    """Write two samples that can be verified, the first with an image where asked for."""
    first = BONE
    if images:
        Image.new("L", (5, 3), 200).save(place / "scan.png")
        first = replace(BONE, images=("scan.png",))
    return sample_file(place / "asked.jsonl", [first, replace(BONE, id="b", question="And this?")])


def rows_of(folder: Path, cache: Path) -> list[dict[str, Any]]:
    """Return what `datasets` reads, as both trainers do."""
    from datasets import load_dataset

    found = load_dataset("parquet", data_files=str(folder / "train.parquet"), split="train",
                         cache_dir=str(cache))  # fmt: skip
    return list(found)


def reward_of(folder: Path) -> ModuleType:
    """Return the reward's file as EasyR1 imports it."""
    spec = importlib.util.spec_from_file_location("written_reward", folder / "reward.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def trl_reads(command: str, folder: Path) -> tuple[Any, ...]:
    """Return the configuration as TRL's own command takes it; a name that it does not know ends
    the test."""
    script = importlib.import_module(f"trl.scripts.{command}")
    file = str(folder / "config.yaml")
    return tuple(script.make_parser().parse_args_and_config(
        ["--config", file, "--output_dir", str(folder)]
    ))  # fmt: skip


def test_easyr1_reads_one_text_an_answer_and_its_images(tmp_path: Path) -> None:
    settings = FinetuneSettings(**GRPO, kl=0.02, learning_rate=1e-6, schedule="constant")
    said = write_columns("easyr1", settings, asked(tmp_path, images=True), tmp_path / "out")
    assert said == "2 rows for easyr1: train.parquet, config.yaml, reward.py"
    first, second = rows_of(tmp_path / "out", tmp_path / "cache")
    assert first["prompt"] == "<image>What does it show?\n\nA. cyst\nB. stone"
    assert (first["images"][0].size, second["images"]) == ((5, 3), [])
    assert "<image>" not in second["prompt"]
    found = yaml.safe_load((tmp_path / "out" / "config.yaml").read_text())
    assert found["data"]["train_files"] == str(tmp_path / "out" / "train.parquet")
    assert found["algorithm"]["kl_coef"] == 0.02
    actor = found["worker"]["actor"]
    assert (actor["optim"]["lr"], actor["optim"]["lr_scheduler_type"]) == (1e-6, "constant")
    assert actor["model"]["freeze_vision_tower"] is True
    assert actor["model"]["lora"]["target_modules"] == "q_proj,k_proj,v_proj"
    assert found["worker"]["rollout"]["n"] == 8
    assert found["worker"]["reward"]["reward_function"].endswith("out/reward.py:compute_score")


@pytest.mark.parametrize("reward", ["gate", "sum", "accuracy"])
def test_the_reward_elsewhere_is_the_reward_here(reward: Any, tmp_path: Path) -> None:
    source = asked(tmp_path)
    write_columns("easyr1", FinetuneSettings(**GRPO, reward=reward), source, tmp_path / "out")
    known = rows_of(tmp_path / "out", tmp_path / "cache")[0]["answer"]
    made, judge = reward_of(tmp_path / "out"), judge_of((BONE,))
    texts = [WRITTEN, "B", WRITTEN.replace("B.", "A."), "<think>never ends", ""]
    here = [rollout("bone", text, judge, reward).reward for text in texts]
    scores = made.compute_score([{"response": text, "ground_truth": known} for text in texts])
    assert [each["overall"] for each in scores] == here
    spoken = [[{"role": "assistant", "content": text}] for text in texts]
    assert made.reward(completions=spoken, answer=[known] * len(texts), prompts=texts) == here
    assert here[0] == 1.0
    assert here[2] < 1.0


def test_the_reward_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_columns("easyr1", FinetuneSettings(**GRPO), asked(tmp_path), tmp_path / "out")
    monkeypatch.setitem(sys.modules, "diq_core.stages.rewarding_elsewhere", None)
    with pytest.raises(ImportError, match="pip install diq-studio"):
        reward_of(tmp_path / "out")


@pytest.mark.parametrize("images", [False, True])
def test_trl_rewards_by_the_file_beside_its_configuration(images: bool, tmp_path: Path) -> None:
    settings = FinetuneSettings(**GRPO, rollouts=4, policy_loss="gspo")
    write_columns("trl", settings, asked(tmp_path, images=images), tmp_path / "out")
    script, training, model, mixture = trl_reads("grpo", tmp_path / "out")
    assert script.reward_funcs == ["reward.reward"]
    assert (training.num_generations, training.beta) == (4, 0.01)
    assert (training.loss_type, training.importance_sampling_level) == ("grpo", "sequence")
    assert mixture.datasets[0].data_files == str(tmp_path / "out" / "train.parquet")
    assert isinstance(model.lora_target_modules, str) is images
    row = rows_of(tmp_path / "out", tmp_path / "cache")[0]
    content = row["prompt"][0]["content"]
    assert [each["type"] for each in content] == ["image", "text"] if images else content


def test_trl_is_given_pairs_with_their_images(tmp_path: Path) -> None:
    Image.new("L", (5, 3), 200).save(tmp_path / "scan.png")
    right = replace(BONE, images=("scan.png",))
    wrong = replace(right, id="bad", answer="A. cyst", answer_label="A")
    pairs = match_pairs([right], [wrong])
    write_pairs(pairs.pairs, tmp_path / "pairs.jsonl", tmp_path)
    settings = FinetuneSettings(objective="dpo", model="owner/base", beta=0.3)
    write_columns("trl", settings, str(tmp_path / "pairs.jsonl"), tmp_path / "out")
    _, training, _, _ = trl_reads("dpo", tmp_path / "out")
    assert (training.beta, training.max_length) == (0.3, None)
    (row,) = rows_of(tmp_path / "out", tmp_path / "cache")
    assert [part["type"] for part in row["prompt"][0]["content"]] == ["image", "text"]
    assert "stone" in row["chosen"][0]["content"][0]["text"]
    assert "cyst" in row["rejected"][0]["content"][0]["text"]
    assert row["images"][0].size == (5, 3)


def test_trl_learns_the_very_records_of_an_export_with_images(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study")
    made = exported(study, asked(tmp_path, images=True), "prompt-completion")
    command = ["run", "--study", str(study.path), "--write-config", "trl", "--into",
               str(tmp_path / "out"), "--model", "owner/base"]  # fmt: skip
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    _, training, _, _ = trl_reads("sft", tmp_path / "out")
    assert (training.completion_only_loss, training.max_length) == (True, None)
    rows = rows_of(tmp_path / "out", tmp_path / "cache")
    told = [json.loads(line) for line in made.file("train.jsonl").read_text().splitlines()]
    assert [row["completion"][0]["content"][0]["text"] for row in rows] == [
        each["completion"][0]["content"][0]["text"] for each in told
    ]
    assert sorted(len(row["images"]) for row in rows) == [0, 1]
    again = CliRunner().invoke(app, command)
    assert "There is something already" in str(again.exception)


def test_equal_samples_give_equal_bytes(tmp_path: Path) -> None:
    source = asked(tmp_path, images=True)
    for name in ("one", "two"):
        write_columns("trl", FinetuneSettings(**GRPO), source, tmp_path / name)
    one, two = ((tmp_path / name / "train.parquet").read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("trainer", "values", "words"),
    [
        ("axolotl", {}, "No data in columns of its own are written for 'axolotl'.*trl, easyr1"),
        ("easyr1", {"objective": "dpo"}, "easyr1 has no objective dpo"),
        ("easyr1", {"schedule": "linear"}, "constant or falls as a cosine"),
        ("easyr1", {"policy_loss": "sapo"}, "of these losses it has dapo, grpo, gspo"),
        ("easyr1", {"dropout": 0.1}, "its adapters have none"),
        ("easyr1", {"epochs": 0.5}, "whole passes only"),
        ("easyr1", {"batch_size": 8}, "whole steps only, and there are 2 samples"),
        ("easyr1", {"method": "qlora"}, "no model in 4 bits"),
        ("trl", {"token_budget": 9}, "after steps or epochs, not after tokens"),
        ("trl", {"max_pixels": 9}, "size that the model's processor has"),
        ("trl", {"method": "full"}, "train what reads the images, too"),
        ("trl", {"targets": ("all-linear",)}, "also those that read the images"),
    ],
)
def test_what_a_trainer_cannot_be_told_is_refused_in_words(
    trainer: str, values: dict[str, Any], words: str, tmp_path: Path
) -> None:
    source = asked(tmp_path, images=True)
    if values.get("objective") == "dpo":
        pair = match_pairs([BONE], [replace(BONE, id="bad", answer="A. cyst", answer_label="A")])
        write_pairs(pair.pairs, Path(source))
    with pytest.raises(BadSetting, match=words):
        write_columns(trainer, FinetuneSettings(**{**GRPO, **values}), source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"system": "Be brief."}, "each question in one message"),
        ({"history": (Turn("user", "Hello"), Turn("assistant", "Yes?"))}, "in one message"),
        ({"question": "Is <video> here?"}, "contains <video>, which EasyR1 takes for a file"),
    ],
)
def test_a_sample_that_easyr1_cannot_ask_is_named(
    changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    source = sample_file(tmp_path / "asked.jsonl", [replace(BONE, **changes)])
    with pytest.raises(BadSetting, match=f"{words}.*'bone'"):
        write_columns("easyr1", FinetuneSettings(**GRPO), source, tmp_path / "out")


def test_rewards_and_pairs_are_told_where_their_data_are_written(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study")
    exported(study, asked(tmp_path), "trl")
    for trainer, objective in (("trl", "grpo"), ("easyr1", "grpo"), ("llama-factory", "dpo")):
        done = CliRunner().invoke(app, ["run", "--study", str(study.path), "--objective", objective,
                                        "--write-config", trainer])  # fmt: skip
        assert "--into FOLDER" in str(done.exception)
