"""Training in this process: the loss is the one influence is measured on, packed or not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from diq_core.models.batching import collate
from diq_core.models.load import load_causal
from diq_core.models.losses import token_losses
from diq_core.models.tokens import Tokens, tokenise
from diq_core.training import fit, sft
from diq_core.training.adapter import save_adapter, save_whole
from diq_core.training.trainers import response_loss
from diq_core.training.watch import Step, Watch
from tests.support.tiny import questions
from tests.support.training import short, tiny_folder

# Every test trains.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_folder(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="module")
def tokens(folder: str) -> Sequence[Tokens]:
    tokenizer = load_causal(folder, device="cpu").tokenizer
    return tokenise(questions(8), tokenizer, max_tokens=400).tokens


def _train(folder: str, tokens: Sequence[Tokens], place: Path, **values: Any) -> Any:
    model = load_causal(folder, device="cpu")
    steps: list[Step] = []
    settings = short(folder, **values)
    watch = Watch(on_step=steps.append)
    trained = sft.train(model, tokens, settings, folder=place, watch=watch)
    return model, trained, steps


def _step_loss(folder: str, chosen: Sequence[Tokens]) -> float:
    """Return the mean loss over all response tokens of some samples, as influence measures it."""
    losses = token_losses(load_causal(folder, device="cpu").model, collate(chosen))
    return float(losses.sum() / sum(each.response_tokens for each in chosen))


def test_the_loss_is_over_the_response_tokens_that_influence_is_measured_on(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path
) -> None:
    _, trained, steps = _train(folder, tokens, tmp_path, max_steps=1)
    first = [tokens[each] for each in trained.plan.order[:4]]
    assert steps[0].loss == pytest.approx(_step_loss(folder, first), rel=1e-5)
    assert steps[0].tokens == sum(each.response_tokens for each in first)


def test_on_a_cpu_loss_and_gradient_are_those_of_trl(folder: str, tokens: Sequence[Tokens]) -> None:
    from trl.trainer.utils import add_fused_lm_head

    model = load_causal(folder, device="cpu").model.requires_grad_(True)
    batch = collate(tokens[:3])
    ids = torch.tensor(batch.input_ids)
    mask = (torch.arange(ids.shape[1]) < torch.tensor(batch.lengths)[:, None]).long()
    labels = ids.masked_fill(mask == 0, -100)
    for row, each in enumerate(tokens[:3]):
        labels[row, : each.start] = -100
    inputs = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    found = []
    add_fused_lm_head(model)
    for loss in (
        response_loss(model, inputs),
        model(**inputs, fused_lm_head=True).loss,
    ):
        model.zero_grad()
        loss.backward()
        gradient = torch.cat([each.grad.flatten() for each in model.parameters()])
        found.append((loss.item(), gradient.clone()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-6)
    assert (found[0][1] - found[1][1]).norm() < 1e-5 * found[1][1].norm()


@pytest.mark.parametrize(
    "other",
    [{"micro_batch": 1}, {"micro_batch": 4}, {"packing": True}, {"recompute": True}],
    ids=str,
)
def test_how_a_step_is_cut_changes_rounding_only(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path, other: dict[str, Any]
) -> None:
    one, two = (
        _train(folder, tokens, tmp_path, max_steps=2, learning_rate=1e-2, **more)
        for more in ({}, other)
    )
    for first, second in zip(one[2], two[2], strict=True):
        assert first.loss == pytest.approx(second.loss, rel=1e-5)
        assert first.grad_norm == pytest.approx(second.grad_norm, rel=1e-4)


def test_the_fast_linear_layers_change_rounding_only(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for wide in (True, False):
        monkeypatch.setattr(fit, "_wide", lambda wide=wide: wide)
        found.append(_train(folder, tokens, tmp_path, max_steps=2, learning_rate=1e-2))
    assert [each[1].kernel for each in found][1] == "torch"
    for first, second in zip(found[0][2], found[1][2], strict=True):
        assert first.grad_norm == pytest.approx(second.grad_norm, rel=1e-4)


def test_the_cosine_schedule_by_hand(folder: str, tokens: Sequence[Tokens], tmp_path: Path) -> None:
    _, _, steps = _train(folder, tokens, tmp_path, max_steps=4, warmup=0.5)
    # Two steps of warmup from 0, then the first two of a cosine over two.
    wanted = [0.0, 0.5e-4, 1e-4, 0.5e-4 * (1 + math.cos(math.pi / 2))]
    assert [step.learning_rate for step in steps] == pytest.approx(wanted)


def test_the_adapter_loads_in_plain_peft_and_the_merged_model_in_plain_transformers(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path
) -> None:
    model, trained, _ = _train(folder, tokens, tmp_path, max_steps=3, learning_rate=1e-2)
    ids = torch.tensor(tokens[0].ids).long()[None]
    with torch.no_grad():
        ours = trained.model(input_ids=ids).logits
        base = AutoModelForCausalLM.from_pretrained(folder)
        assert (base(input_ids=ids).logits - ours).abs().max() > 1e-3
        save_adapter(trained.model, tmp_path / "adapter", base=folder, base_name="tiny")
        plain = PeftModel.from_pretrained(base, tmp_path / "adapter").eval()
        assert torch.equal(plain(input_ids=ids).logits, ours)
        save_whole(trained.model.merge_and_unload(), model.tokenizer, tmp_path / "model")
        merged = AutoModelForCausalLM.from_pretrained(tmp_path / "model").eval()
        assert torch.allclose(merged(input_ids=ids).logits, ours, atol=1e-5)


def test_full_fine_tuning_trains_every_weight_and_loads_in_plain_transformers(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path
) -> None:
    model, trained, steps = _train(
        folder, tokens, tmp_path, method="full", max_steps=3, learning_rate=1e-3
    )
    assert steps[-1].loss < steps[0].loss
    save_whole(trained.model, model.tokenizer, tmp_path / "model")
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "model").eval()
    before = AutoModelForCausalLM.from_pretrained(folder)
    for (name, new), old in zip(plain.named_parameters(), before.parameters(), strict=True):
        assert not torch.equal(new, old), name
    ids = torch.tensor(tokens[0].ids).long()[None]
    with torch.no_grad():
        assert torch.equal(plain(input_ids=ids).logits, trained.model(input_ids=ids).logits)


def test_a_hub_id_is_kept_in_the_adapter_and_a_path_is_not(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path
) -> None:
    import json

    _, trained, _ = _train(folder, tokens, tmp_path, max_steps=1)
    for base, said in (("owner/model", "owner/model"), (folder, None), ("embedded", None)):
        save_adapter(trained.model, tmp_path / "out", base=base, base_name="tiny")
        config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
        assert config["base_model_name_or_path"] == said
        assert config["target_modules"] == ["k_proj", "q_proj", "v_proj"]


def test_a_short_run_writes_nothing_and_sends_nothing(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import trl.trainer.base_trainer as base_trainer

    def sent(**_: Any) -> None:
        raise AssertionError("telemetry was sent")

    monkeypatch.setattr(base_trainer, "send_telemetry", sent)
    monkeypatch.delenv("CI", raising=False)
    _train(folder, tokens, tmp_path / "none", max_steps=2, save_steps=50)
    assert list((tmp_path / "none").rglob("*")) == []


def test_all_linear_puts_an_adapter_on_every_layer_but_the_output(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path
) -> None:
    _, trained, _ = _train(folder, tokens, tmp_path, max_steps=1, targets=("all-linear",))
    names = [name for name, _ in trained.model.named_parameters() if "lora_A" in name]
    assert len(names) == 2 * 7
    assert not any("lm_head" in name for name in names)
