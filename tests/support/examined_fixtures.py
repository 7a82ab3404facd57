"""A tiny model and a small benchmark, for the rooms that test models and compare them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from diq_core.models.load import CausalModel, load_causal
from tests.support.benchmarks import write_benchmark
from tests.support.tiny import tiny_llama, tiny_tokenizer


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tiny") / "tiny-model"
    model = tiny_llama(4)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            # Stronger layers: different questions get different answers.
            weight.mul_(6 if "_proj" in name else 1)
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def model(model_folder: str) -> CausalModel:
    return load_causal(model_folder, device="cpu")


@pytest.fixture
def benchmark_file(tmp_path: Path) -> str:
    return write_benchmark(tmp_path / "medqa.jsonl", 12)
