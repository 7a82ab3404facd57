"""What a run will cost: the arithmetic against real models, the refusal, the probe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import get_peft_model

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.models.files import find_causal
from diq_core.models.load import load_causal
from diq_core.training import preparing
from diq_core.training.adapter import lora_config
from diq_core.training.preparing import prepare, read_data
from diq_core.training.probe import check_memory, estimate_memory, probe
from tests.support.tiny import questions
from tests.support.training import sample_file, short, tiny_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tiny_folder(tmp_path_factory.mktemp("tiny") / "base"))


@pytest.mark.parametrize("targets", [("q_proj", "v_proj"), ("all-linear",)])
def test_the_numbers_of_parameters_are_those_of_the_real_model(
    folder: Path, targets: tuple[str, ...]
) -> None:
    settings = FinetuneSettings(targets=targets, rank=4)
    found = estimate_memory(folder, settings, longest=100)
    model = load_causal(str(folder), device="cpu").model
    assert found.parameters == sum(each.numel() for each in model.parameters())
    tuned = get_peft_model(model, lora_config(settings, model))
    assert found.trained == tuned.get_nb_trainable_parameters()[0]
    assert found.training == 12 * found.trained


def test_precision_method_and_length_change_the_estimate_as_they_should(folder: Path) -> None:
    lora = estimate_memory(folder, FinetuneSettings(), longest=100)
    half = estimate_memory(folder, FinetuneSettings(dtype="bfloat16"), longest=100)
    full = estimate_memory(folder, FinetuneSettings(method="full"), longest=100)
    assert half.weights * 2 == lora.weights == full.weights
    assert full.training == 12 * full.parameters
    twice = estimate_memory(folder, FinetuneSettings(micro_batch=2), longest=100)
    longer = estimate_memory(folder, FinetuneSettings(), longest=200)
    assert twice.activations == longer.activations == 2 * lora.activations
    again = estimate_memory(folder, FinetuneSettings(recompute=True), longest=100)
    assert again.activations < lora.activations


def test_a_run_that_does_not_fit_is_refused_with_the_estimate(folder: Path) -> None:
    memory = replace(estimate_memory(folder, FinetuneSettings(), longest=100), weights=3 * 10**9)
    check_memory(memory, memory.total, "tiny")
    wanted = r"needs about 4\.2 GB of memory: 3\.00 weights.*4\.0 GB are free.*--force"
    with pytest.raises(BadSetting, match=wanted):
        check_memory(memory, 4 * 10**9, "tiny")


def test_qlora_is_refused_where_it_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(preparing.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(BadSetting, match="QLoRA needs the package bitsandbytes and a CUDA device"):
        preparing.check_method(FinetuneSettings(method="qlora"))


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_probe_times_real_steps_and_leaves_the_model_as_it_was(
    folder: Path, tmp_path: Path, method: str
) -> None:
    settings = short(str(folder), method=method, max_steps=5)
    read = read_data(sample_file(tmp_path / "pool.jsonl", questions(9)), settings)
    prepared = prepare(read, settings, find_causal(str(folder)))
    model = load_causal(str(folder), device="cpu").model
    names = [name for name, _ in model.named_modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = probe(model, prepared.sequences, prepared.plan, settings, prepared.memory)
    assert found.steps == 5
    assert found.tokens == sum(len(prepared.tokens[each].ids) for each in prepared.plan.order)
    assert found.seconds == pytest.approx(found.tokens * found.seconds_a_token)
    assert found.seconds > 0
    watched = probe(model, prepared.sequences, prepared.plan, settings, prepared.memory,
                    validation=prepared.tokens[:2])  # fmt: skip
    # Five steps: measured before the first and after each.
    assert watched.measured == 6 * sum(len(each.ids) for each in prepared.tokens[:2])
    assert f"and {watched.measured:,} of validation" in watched.text()
    assert [name for name, _ in model.named_modules()] == names
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(each.requires_grad for each in model.parameters())
