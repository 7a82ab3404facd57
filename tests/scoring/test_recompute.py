"""Activations that are computed again: the same gradients, to the last bit, from less memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from diq_core.models.load import freeze
from diq_core.models.losses import with_gradients
from diq_core.models.recompute import backward_passes
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence.direction import Direction, validation_direction
from diq_core.scoring.influence.oracle import naive_influence
from tests.support.eyes_fixtures import Seeing
from tests.support.tiny import tiny_llama


def same(left: Direction, right: Direction) -> bool:
    assert left.gradient.keys() == right.gradient.keys()
    return (left.norm, left.loss) == (right.norm, right.loss) and all(
        torch.equal(value, right.gradient[name]) for name, value in left.gradient.items()
    )


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("which", ["all", "linear"])
@pytest.mark.parametrize("batch_tokens", [2, 4000])
def test_the_direction_is_the_same_to_the_last_bit(
    held_out: tuple[Tokens, ...], tied: bool, which: Any, batch_tokens: int
) -> None:
    model = tiny_llama(tied=tied)
    held, again = (
        validation_direction(
            model, held_out, which=which, batch_tokens=batch_tokens, recompute=recompute
        )
        for recompute in (False, True)
    )
    assert same(held, again)


@pytest.mark.parametrize("tied", [True, False])
def test_so_is_the_influence_that_the_engine_is_checked_against(
    tokens: tuple[Tokens, ...], held_out: tuple[Tokens, ...], tied: bool
) -> None:
    model = tiny_llama(tied=tied)
    direction = validation_direction(model, held_out)
    held, again = (
        naive_influence(model, direction, tokens, recompute=recompute)
        for recompute in (False, True)
    )
    np.testing.assert_allclose(again, held, rtol=1e-12)


def test_of_models_that_see_it_is_the_same_too(seeing: Seeing) -> None:
    model, tokens, held_out = seeing
    held, again = (
        validation_direction(model.model, held_out, recompute=recompute)
        for recompute in (False, True)
    )
    assert same(held, again)
    held_exact, exact = (
        naive_influence(model.model, held, tokens[:2], recompute=recompute)
        for recompute in (False, True)
    )
    np.testing.assert_allclose(exact, held_exact, rtol=1e-12)


def test_the_model_is_as_it_was_afterwards(model: Any, held_out: tuple[Tokens, ...]) -> None:
    before = {name: dict(vars(each)) for name, each in model.named_modules()}
    training = {name: each.training for name, each in model.named_modules()}
    validation_direction(model, held_out, recompute=True)
    assert training == {name: each.training for name, each in model.named_modules()}
    for name, each in model.named_modules():
        assert vars(each).keys() == before[name].keys()
        assert not each._forward_hooks
    assert not model.get_input_embeddings().sparse
    assert all(value.grad is None for value in model.parameters())


def test_a_layer_keeps_what_went_in_and_little_else() -> None:
    held, again = (_kept(recompute) for recompute in (False, True))
    assert again < held / 3


def _kept(recompute: bool) -> int:
    """Return the bytes that autograd keeps of one forward pass, weights aside."""
    model = freeze(tiny_llama())
    weights = {value.data_ptr() for value in model.parameters()}
    found: dict[int, int] = {}

    def keep(value: torch.Tensor) -> torch.Tensor:
        if value.data_ptr() not in weights:
            found[value.data_ptr()] = value.untyped_storage().nbytes()
        alive.append(value)
        return value

    alive: list[torch.Tensor] = []
    parameters = dict(model.named_parameters())
    with (
        with_gradients(parameters),
        backward_passes(model, recompute=recompute),
        torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value),
    ):
        model.base_model(input_ids=torch.zeros(1, 200, dtype=torch.long), use_cache=False)
    return sum(found.values())
