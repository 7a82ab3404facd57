"""Influence of samples with images, on a tiny model of each family that reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from diq_core.models.batching import collate
from diq_core.models.features import features_once
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.losses import token_losses
from diq_core.models.sight import Sight
from diq_core.models.stand_in import STAND_IN, STAND_IN_NAME
from diq_core.models.tokens import Tokens, tokenise
from diq_core.scoring.influence.by_token import token_terms
from diq_core.scoring.influence.direction import scored_parameters, validation_direction
from diq_core.scoring.influence.engine import (
    STEP,
    FiniteDifference,
    check_samples,
    choose_step,
    relative_error,
)
from diq_core.scoring.influence.ifd import lone_losses, without_question
from diq_core.scoring.influence.norms import gradient_norms
from diq_core.scoring.influence.oracle import naive_influence, naive_norms
from tests.support.eyes import Family, family_named
from tests.support.eyes_fixtures import Seeing, pictured

LARGEST_ERROR = 1e-3


def check(
    model: Any, tokens: tuple[Tokens, ...], held_out: tuple[Tokens, ...], rounding: float = 1e-5
) -> None:
    """Pass if influence agrees with autograd, alone and in batches of any order."""
    direction = validation_direction(model, held_out)
    exact = naive_influence(model, direction, tokens)
    with FiniteDifference(model, direction) as engine:
        together = engine.score(collate(tokens)).influence
        alone = np.concatenate([engine.score(collate([each])).influence for each in tokens])
        turned = engine.score(collate(tokens[::-1])).influence[::-1]
        terms = [each.terms.sum() for each in token_terms(engine, collate(tokens))]
    assert relative_error(together, exact) <= LARGEST_ERROR
    assert relative_error(together, alone) <= rounding
    assert relative_error(turned, alone) <= rounding
    assert terms == pytest.approx(together, rel=1e-6, abs=1e-6 * np.abs(together).mean())


def test_finite_differences_agree_with_autograd_and_batches_with_single_samples(
    seeing: Seeing,
) -> None:
    model, tokens, held_out = seeing
    check(model.model, tokens, held_out)


def test_what_sees_has_no_part_in_the_direction(seeing: Seeing) -> None:
    model, _, held_out = seeing
    direction = validation_direction(model.model, held_out)
    assert set(direction.gradient) <= set(scored_parameters(model.model))
    assert not any("vis" in name or "projector" in name for name in direction.gradient)
    assert all(value.grad is None for value in model.model.parameters())


def test_lengths_of_gradients_agree_with_autograd(seeing: Seeing) -> None:
    model, tokens, held_out = seeing
    names = list(validation_direction(model.model, held_out).gradient)
    exact = naive_norms(model.model, tokens, names)
    assert relative_error(gradient_norms(model.model, tokens, names), exact) <= 1e-4


def test_without_its_question_a_response_still_has_its_images(seeing: Seeing) -> None:
    model, tokens, _ = seeing
    found = lone_losses(model.model, tokens, (1, 9))
    for each, loss in zip(tokens, found, strict=True):
        lone = without_question(each, (1, 9))
        assert lone is not None
        assert lone.ids[lone.start :].tolist() == each.ids[each.start :].tolist()
        if each.seen is None:
            assert lone.ids[: lone.start].tolist() == [1, 9]
            continue
        assert lone.seen is not None
        assert (lone.seen.keys, lone.seen.image_tokens) == (each.seen.keys, each.seen.image_tokens)
        assert "sign" in model.tokenizer.decode(each.ids[: each.start])
        assert "sign" not in model.tokenizer.decode(lone.ids[: lone.start])
        inputs = collate([lone]).inputs()
        with torch.no_grad():
            logits = model.model(**inputs, use_cache=False).logits[0, lone.start - 1 : -1]
        wanted = inputs["input_ids"][0, lone.start :]
        assert loss == pytest.approx(
            float(torch.nn.functional.cross_entropy(logits, wanted)), rel=1e-5
        )


def test_features_of_a_batch_are_computed_once_and_are_the_same_bits(seeing: Seeing) -> None:
    model, tokens, _ = seeing
    base, calls = model.model.base_model, []
    compute = base.get_image_features

    def counted(*given: Any, **named: Any) -> Any:
        calls.append(1)
        return compute(*given, **named)

    base.get_image_features = counted
    try:
        with torch.no_grad():
            first, other = collate(tokens[:3]), collate(tokens[3:])
            plain = [token_losses(model.model, batch) for batch in (first, first, other)]
            assert len(calls) == 3
            with features_once(model.model):
                kept = [token_losses(model.model, batch) for batch in (first, first, other)]
    finally:
        del base.get_image_features
    assert len(calls) == 5
    for one, another in zip(plain, kept, strict=True):
        assert torch.equal(one, another)


def test_another_image_changes_a_loss(seeing: Seeing, pictures: Path) -> None:
    model, _, _ = seeing
    sight = Sight(model.processor, lambda name: pictures / name.replace("p2", "p0"))
    other = Sight(model.processor, pictures.joinpath)
    losses = []
    for each in (sight, other):
        tokens = tokenise([pictured(2)], model.tokenizer, max_tokens=900, sight=each).tokens
        with torch.no_grad():
            losses.append(token_losses(model.model, collate(tokens)))
    assert not torch.equal(*losses)


def test_a_more_curved_model_is_given_a_shorter_step(
    seeing_folder: Callable[[Family], Path], pictures: Path
) -> None:
    """Gemma 3 scales its embeddings, so that a step moves its losses farther."""
    model = load_causal(str(seeing_folder(family_named("gemma3"))))
    tokens, held_out = seen(model, pictures, range(4, 9)), seen(model, pictures, range(50, 53))
    direction = validation_direction(model.model, held_out)
    chosen = choose_step(model.model, direction, check_samples(tokens))
    assert chosen.step < STEP
    assert chosen.relative_error <= LARGEST_ERROR


def seen(model: CausalModel, pictures: Path, numbers: range) -> tuple[Tokens, ...]:
    sight = Sight(model.processor, pictures.joinpath)
    samples = [pictured(number) for number in numbers]
    found = tokenise(samples, model.tokenizer, max_tokens=900, sight=sight)
    assert found.unscored == ()
    return found.tokens


@pytest.mark.slow
def test_the_stand_in_is_measured_as_well_and_named_for_what_it_is(pictures: Path) -> None:
    model = load_causal(STAND_IN)
    assert model.facts["name"] == STAND_IN_NAME
    tokens, held_out = seen(model, pictures, range(5, 7)), seen(model, pictures, range(50, 52))
    check(model.model, tokens, held_out, rounding=2e-5)  # of thirty layers in float32


@pytest.mark.slow
def test_the_stand_in_reads_text_as_the_embedded_model_does(pictures: Path) -> None:
    eye, plain = load_causal(STAND_IN), load_causal("embedded")
    found = [
        tokenise([pictured(3)], each.tokenizer, max_tokens=900).tokens for each in (eye, plain)
    ]
    assert found[0][0].ids.tolist() == found[1][0].ids.tolist()
    with torch.no_grad():
        losses = [token_losses(each.model, collate(found[0])) for each in (eye, plain)]
    assert torch.equal(*losses)
