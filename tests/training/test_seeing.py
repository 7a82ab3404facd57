"""Training with images: what is learned from is what was scored, and what sees is never trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from diq_core.config import FinetuneSettings
from diq_core.jobs.progress import silent
from diq_core.models.batching import collate
from diq_core.models.load import load_causal
from diq_core.models.losses import token_losses
from diq_core.models.sight import Limits, Sight
from diq_core.models.tokens import Tokens, tokenise
from diq_core.models.vision import decoder_name
from diq_core.stages import run as finetuning
from diq_core.stages.showing import SHOWN
from diq_core.study import Study, create_study
from diq_core.training import trainers
from diq_core.training.adapter import check_targets, lora_config
from diq_core.training.pairs import match_pairs, read_pairs, write_pairs
from diq_core.training.showing import before_completions, compared, labelled
from diq_core.training.trainers import IGNORED, response_loss
from tests.support.eyes import Family, family_named
from tests.support.eyes_fixtures import Seeing, pictured
from tests.support.tiny import question
from tests.support.training import sample_file, short

OBJECTIVES = ("sft", "dpo", "grpo")


def test_the_loss_is_that_of_the_scores(seeing: Seeing) -> None:
    model, tokens, _ = seeing
    with torch.no_grad():
        found = response_loss(model.model, labelled(tokens[:3], IGNORED))
        scored = token_losses(model.model, collate(tokens[:3])).mean()
    assert float(found) == pytest.approx(float(scored), rel=1e-5)


def test_pairs_are_laid_out_as_trl_reads_them(seeing: Seeing) -> None:
    _, tokens, _ = seeing
    batch = compared(tokens[:2], tokens[2:4])
    assert batch["input_ids"].shape == batch["attention_mask"].shape
    assert batch["attention_mask"].sum(1).tolist() == [len(each.ids) for each in tokens[:4]]
    assert batch["completion_mask"].sum(1).tolist() == [each.response_tokens for each in tokens[:4]]


def test_what_a_policy_reads_is_what_was_scored(seeing: Seeing) -> None:
    """Prompts of several lengths, filled up on their left, each with its own images."""
    model, tokens, _ = seeing
    rows, shortest = tokens[:4], min(each.response_tokens for each in tokens[:4])
    cut = [replace(each, ids=each.ids[: each.start + shortest]) for each in rows]
    longest = max(each.start for each in cut)
    ids = torch.zeros(len(cut), longest + shortest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, each in enumerate(cut):
        ids[row, longest - each.start :] = torch.from_numpy(each.ids).long()
        mask[row, longest - each.start :] = 1
    shown = before_completions(cut, ids, shortest)
    with torch.no_grad():
        logits = model.model(input_ids=ids, attention_mask=mask, **shown).logits
        one_by_one = [token_losses(model.model, collate([each])) for each in cut]
    said = logits[:, longest - 1 : -1].flatten(0, 1)
    found = torch.nn.functional.cross_entropy(said, ids[:, longest:].flatten(), reduction="none")
    assert torch.allclose(found, torch.cat(one_by_one), atol=2e-3)


@pytest.mark.parametrize("name", ["llava", "smolvlm", "internvl"])
@pytest.mark.parametrize("targets", [("q_proj", "k_proj", "v_proj"), ("all-linear",)])
def test_an_adapter_lies_on_the_language_model_only(
    name: str, targets: tuple[str, ...], seeing_folder: Callable[[Family], Path]
) -> None:
    from peft import get_peft_model

    model = load_causal(str(seeing_folder(family_named(name)))).model
    check_targets(model, targets)
    within = f"base_model.model.{decoder_name(model)}."
    tuned = get_peft_model(model, lora_config(FinetuneSettings(targets=targets), model))
    trained = [name for name, value in tuned.named_parameters() if value.requires_grad]
    assert trained
    assert all(each.startswith(within) for each in trained)


@pytest.fixture(scope="module")
def llava(seeing_folder: Callable[[Family], Path]) -> str:
    return str(seeing_folder(family_named("llava")))


@pytest.fixture(scope="module")
def pool(pictures: Path) -> str:
    asked = [replace(pictured(each, words=3), question=f"Which {each}?", answer="Cause 1",
                     options=question(1).options, answer_label="A")
             for each in range(4, 11)]  # fmt: skip
    return sample_file(pictures / "pool.jsonl", asked)


@pytest.fixture(scope="module")
def pairs(pictures: Path) -> str:
    shown = [pictured(each) for each in range(4, 10)]
    rows = [{"id": each.id, "prompt": [{"role": "user", "content": each.question}],
             "chosen": [{"role": "assistant", "content": "Yes, it is."}],
             "rejected": [{"role": "assistant", "content": "No."}], "images": list(each.images)}
            for each in shown]  # fmt: skip
    file = pictures / "pairs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(file)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


def _run(study: Study, data: str, settings: FinetuneSettings, name: str = "main") -> Any:
    return finetuning.run(study, name, settings, silent(), data=data)


def _brief(model: str, **values: Any) -> FinetuneSettings:
    few = {"max_steps": 1, "max_new_tokens": 4, "rollouts": 2, "max_tokens": 900}
    return short(model, **{**few, **values})


@pytest.mark.slow
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_each_objective_takes_a_step_and_says_what_was_seen(
    objective: str, study: Study, llava: str, pool: str, pairs: str
) -> None:
    data = pairs if objective == "dpo" else pool
    made = _run(study, data, _brief(llava, objective=objective))
    facts = made.manifest["facts"]
    assert facts[SHOWN]["pairs" if objective == "dpo" else "samples"] in (5, 6)
    assert facts[SHOWN]["image_tokens"] > 0
    assert facts["with_images"] == 0
    assert made.manifest["counts"]["steps"] == 1


@pytest.mark.slow
def test_an_adapter_is_read_by_plain_peft(study: Study, llava: str, pool: str) -> None:
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    made = _run(study, pool, _brief(llava, max_steps=2, learning_rate=0.05, merge=True))
    load = partial(AutoModelForImageTextToText.from_pretrained, dtype="float32")
    base, merged = load(llava).eval(), load(made.path / "model").eval()
    before = {name: value.clone() for name, value in base.named_parameters()}
    tuned = PeftModel.from_pretrained(base, made.path / "adapter").merge_and_unload()
    changed = {name for name, value in tuned.named_parameters()
               if not torch.equal(value, before[name])}  # fmt: skip
    assert changed
    assert all(name.startswith("model.language_model.layers") for name in changed)
    assert all(torch.allclose(value, dict(merged.named_parameters())[name])
               for name, value in tuned.named_parameters())  # fmt: skip
    assert "AutoModelForImageTextToText" in (made.path / "adapter" / "README.md").read_text()
    assert load_causal(str(made.path / "model")).reads_images


@pytest.mark.slow
def test_whole_training_leaves_what_sees_as_it_was(study: Study, llava: str, pool: str) -> None:
    made = _run(study, pool, _brief(llava, method="full", learning_rate=0.05))
    before = dict(load_causal(llava).model.named_parameters())
    after = dict(load_causal(str(made.path / "model")).model.named_parameters())
    same = {name for name, value in after.items() if torch.equal(value, before[name])}
    assert {name for name in after if "vision_tower" in name or "projector" in name} <= same
    assert not any("language_model.layers" in name and "proj" in name for name in same)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["sft", "grpo"])
def test_a_run_that_was_stopped_ends_with_the_same_bytes(
    objective: str, tmp_path: Path, llava: str, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _brief(llava, objective=objective, max_steps=3, save_steps=1)
    whole = _run(create_study(tmp_path / "whole"), pool, settings)
    broken = create_study(tmp_path / "broken")
    with monkeypatch.context() as patched:
        patched.setattr(finetuning, "_save", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            _run(broken, pool, settings)
    again = _run(broken, pool, settings)
    name = "adapter/adapter_model.safetensors"
    assert again.file(name).read_bytes() == whole.file(name).read_bytes()


@pytest.mark.slow
def test_a_policy_sees_the_images_of_the_prompt_it_answers(
    study: Study, llava: str, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are mixed after they were answered; each keeps its own prompt."""
    asked: list[int] = []

    def watched(rows: list[Tokens], ids: Any, completion: int) -> Any:
        for row, each in enumerate(rows):
            prompt = ids[row, : ids.shape[1] - completion].tolist()
            assert prompt[-each.start :] == each.ids[: each.start].tolist()
        asked.append(len(rows))
        return before_completions(rows, ids, completion)

    monkeypatch.setattr(trainers, "before_completions", watched)
    trainers.grpo_trainer.cache_clear()
    _run(study, pool, _brief(llava, objective="grpo", max_steps=2))
    trainers.grpo_trainer.cache_clear()
    assert asked


def test_pairs_keep_their_images(pictures: Path, tmp_path: Path, llava: str) -> None:
    right = [replace(pictured(each), question="Which?") for each in (6, 8)]
    wrong = [replace(each, answer="Cause 9", answer_label="", id=f"w{each.id}") for each in right]
    found = match_pairs(right, wrong)
    assert [(pair.chosen.images, pair.rejected.images) for pair in found.pairs] == [
        (each.images, each.images) for each in right
    ]
    write_pairs(found.pairs, tmp_path / "pairs.jsonl", pictures)
    read = read_pairs(tmp_path / "pairs.jsonl")
    assert [len(pair.chosen.images) for pair in read.pairs] == [1, 1]
    model = load_causal(llava)
    assert read.pictures is not None
    sight = Sight(model.processor, read.pictures.path.joinpath, Limits())
    (one, *_) = tokenise(
        [read.pairs[0].chosen], model.tokenizer, max_tokens=900, sight=sight
    ).tokens
    assert one.seen is not None
