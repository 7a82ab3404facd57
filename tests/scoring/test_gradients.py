from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from diq_core.errors import BadSetting
from diq_core.models.batching import batches_of, collate
from diq_core.models.kernels import fast_linears, has_onednn
from diq_core.models.load import freeze
from diq_core.models.losses import sample_losses, token_losses, with_gradients
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence.direction import (
    Direction,
    scored_parameters,
    validation_direction,
)
from tests.support.tiny import tiny_llama


def reference_loss(model: Any, sample: Tokens) -> torch.Tensor:
    """Return the loss as transformers computes it from labels, for one sample on its own."""
    ids = torch.from_numpy(sample.ids.astype(np.int64))[None]
    labels = ids.clone()
    labels[:, : sample.start] = -100
    return model(input_ids=ids, labels=labels).loss


def reference_gradient(model: Any, tokens: tuple[Tokens, ...]) -> dict[str, torch.Tensor]:
    model.get_input_embeddings().padding_idx = None
    model.requires_grad_(True)
    model.zero_grad()
    sum(reference_loss(model, each) for each in tokens).div(len(tokens)).backward()
    return {name: value.grad.clone() for name, value in model.named_parameters()}


def difference(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> float:
    assert left.keys() == right.keys()
    gap = sum(float((left[name] - right[name]).square().sum()) for name in left) ** 0.5
    return gap / sum(float(value.square().sum()) for value in right.values()) ** 0.5


def test_losses_are_those_of_each_sample_alone(model: Any, tokens: tuple[Tokens, ...]) -> None:
    batch = collate(tokens)
    with torch.no_grad():
        found = sample_losses(token_losses(model, batch), batch)
        alone = torch.stack([reference_loss(model, each) for each in tokens])
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, alone.double(), rtol=1e-5, atol=1e-6)


def test_there_is_one_loss_for_each_response_token(model: Any, tokens: tuple[Tokens, ...]) -> None:
    with torch.no_grad():
        losses = token_losses(model, collate(tokens))
    assert len(losses) == sum(each.response_tokens for each in tokens)
    assert bool((losses > 0).all())


@pytest.mark.parametrize("tied", [True, False])
def test_the_direction_is_the_gradient_of_the_mean_loss(
    held_out: tuple[Tokens, ...], tied: bool
) -> None:
    found = validation_direction(tiny_llama(tied=tied), held_out)
    expected = reference_gradient(tiny_llama(tied=tied), held_out)
    assert difference(dict(found.gradient), expected) < 1e-5
    assert ("lm_head.weight" in found.gradient) is (not tied)
    length = sum(float(value.double().square().sum()) for value in expected.values()) ** 0.5
    assert found.norm == pytest.approx(length, rel=1e-5)
    assert found.samples == len(held_out)


def test_its_loss_is_the_mean_over_samples(model: Any, held_out: tuple[Tokens, ...]) -> None:
    found = validation_direction(model, held_out)
    with torch.no_grad():
        mean = sum(float(reference_loss(model, each)) for each in held_out) / len(held_out)
    assert found.loss == pytest.approx(mean, rel=1e-5)


def test_an_end_of_turn_that_is_also_padding_keeps_its_gradient(
    model: Any, held_out: tuple[Tokens, ...]
) -> None:
    assert model.get_input_embeddings().padding_idx == 2
    # Untied, the embedding's row has no other source of gradient.
    untied = tiny_llama(tied=False)
    gradient = validation_direction(untied, held_out).gradient["model.embed_tokens.weight"]
    assert float(gradient[2].abs().sum()) > 0


def test_the_model_is_frozen_and_unchanged_afterwards(
    model: Any, held_out: tuple[Tokens, ...]
) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.requires_grad_(True)
    validation_direction(model, held_out)
    assert not any(value.requires_grad for value in model.parameters())
    assert all(value.grad is None for value in model.parameters())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_weights_are_frozen_after_an_error_too(model: Any) -> None:
    with pytest.raises(RuntimeError, match="stop"), with_gradients(dict(model.named_parameters())):
        raise RuntimeError("stop")
    assert not any(value.requires_grad for value in model.parameters())


def test_batches_do_not_change_the_direction(model: Any, held_out: tuple[Tokens, ...]) -> None:
    done: list[int] = []
    together = validation_direction(model, held_out, batch_tokens=4000)
    apart = validation_direction(model, held_out[::-1], batch_tokens=2, progress=done.append)
    assert difference(dict(apart.gradient), dict(together.gradient)) < 1e-5
    assert done == [1] * len(held_out)


def test_the_same_set_gives_the_same_bits(model: Any, held_out: tuple[Tokens, ...]) -> None:
    first, second = (validation_direction(model, held_out) for _ in range(2))
    assert all(torch.equal(first.gradient[name], second.gradient[name]) for name in first.gradient)
    assert (first.norm, first.loss) == (second.norm, second.loss)


def test_a_direction_survives_being_saved(
    model: Any, held_out: tuple[Tokens, ...], tmp_path: Any
) -> None:
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    direction = validation_direction(model, held_out, which="linear")
    save_file(direction.tensors(), tmp_path / "d.safetensors", metadata=direction.metadata())
    with safe_open(tmp_path / "d.safetensors", "pt") as handle:
        back = Direction.restore(load_file(tmp_path / "d.safetensors"), handle.metadata())
    assert (back.norm, back.loss, back.samples, back.which) == (
        direction.norm,
        direction.loss,
        direction.samples,
        "linear",
    )
    assert all(torch.equal(back.gradient[n], v) for n, v in direction.gradient.items())


def test_all_parameters_or_only_linear_layers(model: Any) -> None:
    everything, linear = scored_parameters(model), scored_parameters(model, "linear")
    assert set(everything) == {name for name, _ in model.named_parameters()}
    assert len(linear) == 2 * 7
    assert all("_proj.weight" in name for name in linear)
    untied = tiny_llama(tied=False)
    assert "lm_head.weight" in scored_parameters(untied)
    assert "lm_head.weight" not in scored_parameters(untied, "linear")


def test_an_empty_validation_set_is_refused(model: Any) -> None:
    with pytest.raises(
        BadSetting, match="no sample that can be scored.*that fit into the token limit"
    ):
        validation_direction(model, [])


def test_a_gradient_that_is_not_a_number_is_refused(
    model: Any, held_out: tuple[Tokens, ...]
) -> None:
    with torch.no_grad():
        model.model.norm.weight.fill_(float("nan"))
    with pytest.raises(BadSetting, match="validation gradient has length nan"):
        validation_direction(model, held_out)


@pytest.mark.skipif(not has_onednn(), reason="oneDNN's linear operator is not used here")
def test_the_fast_kernel_computes_what_pytorch_does(tokens: tuple[Tokens, ...]) -> None:
    layer = torch.nn.Sequential(torch.nn.Linear(48, 33), torch.nn.Linear(33, 20, bias=False))
    inputs = torch.randn(3, 5, 48, requires_grad=True)
    results = []
    for fast in (False, True):
        layer.zero_grad()
        inputs.grad = None
        if fast:
            with fast_linears(layer) as kind:
                output = layer(inputs)
            assert kind == "onednn"
        else:
            output = layer(inputs)
        output.square().sum().backward()
        results.append([output, inputs.grad, *(value.grad for value in layer.parameters())])
    for plain, quick in zip(*results, strict=True):
        torch.testing.assert_close(quick, plain, rtol=1e-4, atol=1e-4)
    assert not any("forward" in vars(each) for each in layer.modules())


def test_layers_of_another_precision_are_left_alone(model: Any) -> None:
    with fast_linears(freeze(model.bfloat16())) as kind:
        assert kind == "torch"


def test_batches_of_covers_all(tokens: tuple[Tokens, ...]) -> None:
    batches = batches_of(tokens, batch_tokens=500)
    assert sorted(id for batch in batches for id in batch.ids) == sorted(t.id for t in tokens)
