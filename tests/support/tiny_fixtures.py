"""A tiny model and tokenised questions, for the rooms that score and the room of models."""

from __future__ import annotations

from typing import Any

import pytest

from diq_core.models.tokens import Tokens, tokenise
from tests.support.tiny import questions, tiny_llama, tiny_tokenizer


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    return tiny_tokenizer()


@pytest.fixture
def model() -> Any:
    return tiny_llama()


@pytest.fixture(scope="session")
def tokens(tokenizer: Any) -> tuple[Tokens, ...]:
    return tokenise(questions(14), tokenizer, max_tokens=400).tokens


@pytest.fixture(scope="session")
def held_out(tokenizer: Any) -> tuple[Tokens, ...]:
    return tokenise(questions(5, first=50), tokenizer, max_tokens=400).tokens
