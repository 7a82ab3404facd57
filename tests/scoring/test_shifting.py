"""Shifted weights: what a copy of the model with shifted weights computes, and nothing is left."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch

from diq_core.models.batching import Batch, batches_of
from diq_core.models.kernels import fast_linears
from diq_core.models.load import freeze
from diq_core.models.losses import token_losses
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence import shifting
from diq_core.scoring.influence.direction import validation_direction
from diq_core.scoring.influence.engine import FiniteDifference
from diq_core.scoring.influence.shifting import Shift
from tests.support.tiny import tiny_llama

DISTANCE = 3e-3


def digest(model: Any) -> str:
    total = hashlib.sha256()
    for name, value in model.named_parameters():
        total.update(name.encode() + value.data.numpy().tobytes())
    return total.hexdigest()


def moved(model: Any, towards: dict[str, torch.Tensor]) -> Any:
    """Return the obvious thing: a copy whose weights are shifted, all at once."""
    copy = deepcopy(model)
    for name, value in copy.named_parameters():
        if name in towards:
            value.data = value.data.add(towards[name], alpha=DISTANCE)
    return copy


def drawn(model: Any) -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    return {name: torch.randn(value.shape, generator=draw)
            for name, value in model.named_parameters()}  # fmt: skip


def probe(model: Any) -> Callable[[], object]:
    return lambda: model(input_ids=torch.zeros(1, 2, dtype=torch.long))


@pytest.fixture
def batch(tokens: tuple[Tokens, ...]) -> Batch:
    return batches_of(tokens[:3])[0]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("slice", [1 << 22, 1000])
def test_it_computes_what_a_shifted_copy_computes(
    batch: Batch, tied: bool, slice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shifting, "SLICE", slice)
    model = freeze(tiny_llama(tied=tied))
    towards = drawn(model)
    copy = moved(model, towards)
    with torch.no_grad(), fast_linears(model), fast_linears(copy):
        expected = token_losses(copy, batch)
        with Shift(model, towards, probe(model)).by(DISTANCE):
            found = token_losses(model, batch)
    assert torch.equal(found, expected) if slice > 1000 else torch.allclose(found, expected)


def test_a_weight_that_is_used_without_a_call_of_its_module_is_shifted_too() -> None:
    class Outer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.own = torch.nn.Parameter(torch.ones(3))
            self.lent = torch.nn.Linear(3, 2, bias=False)
            self.called = torch.nn.Linear(2, 2)

        def get_input_embeddings(self) -> None: ...

        def get_output_embeddings(self) -> None: ...

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = self.called((values * self.own) @ self.lent.weight.t())
            return result

    torch.manual_seed(0)
    model = Outer().requires_grad_(False)
    towards, values = drawn(model), torch.randn(4, 3)
    with Shift(model, towards, lambda: model(values)).by(DISTANCE):
        found = model(values)
    assert torch.equal(found, moved(model, towards)(values))


def test_what_is_not_in_the_direction_stays(batch: Batch) -> None:
    model = freeze(tiny_llama())
    towards = {name: value for name, value in drawn(model).items() if "q_proj" in name}
    copy = moved(model, towards)
    with torch.no_grad(), Shift(model, towards, probe(model)).by(DISTANCE):
        found = token_losses(model, batch)
    with torch.no_grad():
        assert torch.equal(found, token_losses(copy, batch))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("inside", [False, True])
def test_whatever_ends_a_pass_the_weights_are_what_they_were(
    batch: Batch, error: type[BaseException], inside: bool
) -> None:
    """`SystemExit` is what SIGTERM becomes where it is asked for."""
    model = freeze(tiny_llama())
    before, forwards = digest(model), [vars(each).get("forward") for each in model.modules()]
    places = [value.data_ptr() for value in model.parameters()]

    def stop(*_: object) -> None:
        raise error

    layer = model.model.layers[1].mlp.down_proj
    with pytest.raises(error), torch.no_grad():
        shift = Shift(model, drawn(model), probe(model))
        with shift.by(DISTANCE):
            if inside:
                layer.register_forward_pre_hook(stop)
            token_losses(model, batch)
            stop()
    assert digest(model) == before
    assert [value.data_ptr() for value in model.parameters()] == places
    assert [vars(each).get("forward") for each in model.modules()] == forwards
    assert len(layer._forward_pre_hooks) == inside


def test_scoring_leaves_the_model_bit_for_bit_as_it_was(
    model: Any, tokens: tuple[Tokens, ...], held_out: tuple[Tokens, ...]
) -> None:
    before = digest(model)
    direction = validation_direction(model, held_out)
    with FiniteDifference(model, direction) as engine:
        for batch in batches_of(tokens):
            engine.score(batch)
            assert digest(model) == before
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
