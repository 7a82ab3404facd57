"""Models that change their logits after the last layer, against transformers' own loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from diq_core.errors import BadSetting
from diq_core.models.batching import collate
from diq_core.models.losses import sample_losses, token_losses
from diq_core.models.output_logits import output_change
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence.direction import validation_direction
from diq_core.scoring.influence.norms import gradient_norms
from tests.scoring.test_gradients import difference, reference_gradient, reference_loss

SIZES: dict[str, Any] = {
    "vocab_size": 320, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512,
    "initializer_range": 0.5, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
}  # fmt: skip


def capped() -> Any:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    return Gemma2ForCausalLM(Gemma2Config(**SIZES, head_dim=8, final_logit_softcapping=2.0))


def divided() -> Any:
    from transformers import GraniteConfig, GraniteForCausalLM

    return GraniteForCausalLM(GraniteConfig(**SIZES, logits_scaling=4.0))


def multiplied() -> Any:
    from transformers import CohereConfig, CohereForCausalLM

    return CohereForCausalLM(CohereConfig(**SIZES, logit_scale=0.25))


@pytest.fixture(params=[capped, divided, multiplied])
def changed(request: pytest.FixtureRequest) -> Any:
    torch.manual_seed(3)
    return request.param().eval()


def test_losses_and_gradients_are_those_of_the_models_own_logits(
    changed: Any, tokens: tuple[Tokens, ...]
) -> None:
    with torch.no_grad():
        found = sample_losses(token_losses(changed, collate(tokens)), collate(tokens))
        wanted = [float(reference_loss(changed, each)) for each in tokens]
    assert found.tolist() == pytest.approx(wanted, rel=1e-4)
    direction = validation_direction(changed, tokens)
    assert difference(dict(direction.gradient), reference_gradient(changed, tokens)) < 1e-3


def test_the_change_matters_in_these_models(changed: Any) -> None:
    raw = torch.tensor([[3.0, -1.0]])
    assert not torch.allclose(output_change(changed)(raw), raw, rtol=0.05)


def test_a_plain_model_keeps_its_logits(model: Any) -> None:
    raw = torch.tensor([[3.0, -1.0]])
    assert output_change(model)(raw) is raw


def test_gradient_lengths_of_scaled_logits_equal_autograd(tokens: tuple[Tokens, ...]) -> None:
    torch.manual_seed(3)
    model = divided().eval()
    names = [name for name, _ in model.named_parameters()]
    found = gradient_norms(model, tokens[:2], names)
    for each, length in zip(tokens[:2], found, strict=True):
        wanted = reference_gradient(model, (each,))
        squares = sum(float(value.double().square().sum()) for value in wanted.values())
        assert length == pytest.approx(np.sqrt(squares), rel=1e-3)


def test_logits_that_nothing_explains_are_refused(model: Any) -> None:
    usual = model.forward

    def shifted(*given: Any, **named: Any) -> Any:
        said = usual(*given, **named)
        said.logits = said.logits * 1.5
        return said

    model.forward = shifted
    with pytest.raises(BadSetting, match="makes its logits from its last layer in a way"):
        output_change(model)
