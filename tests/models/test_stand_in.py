"""The stand-in for a model that reads images: drawn alike everywhere, and named for what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from transformers import AutoModelForImageTextToText

from diq_core.models.shipped import CAUSAL_NAME
from diq_core.models.stand_in import STAND_IN_NAME, _draw_eye, stand_in_digest
from diq_core.models.vision import language_parameters
from tests.support.eyes import Family, family_named


def test_an_eye_is_drawn_the_same_twice_and_the_language_model_is_left_alone(
    seeing_folder: Callable[[Family], Path],
) -> None:
    folder = seeing_folder(family_named("llava"))
    plain, *drawn = (AutoModelForImageTextToText.from_pretrained(folder) for _ in range(3))
    for each in drawn:
        _draw_eye(each)
    language = set(language_parameters(plain))
    for (name, before), (_, one), (_, other) in zip(
        *(each.named_parameters() for each in (plain, *drawn)), strict=True
    ):
        assert torch.equal(one, other)
        if name in language or before.dim() > 1:
            assert torch.equal(one, before) == (name in language), name


def test_what_an_eye_makes_of_an_image_is_as_large_as_what_words_are(
    seeing_folder: Callable[[Family], Path],
) -> None:
    model = AutoModelForImageTextToText.from_pretrained(seeing_folder(family_named("llava")))
    _draw_eye(model)
    with torch.no_grad():
        found = model.model.get_image_features(pixel_values=torch.randn(4, 3, 28, 28))
    features = torch.cat(list(getattr(found, "pooler_output", found)))
    spread = float(model.get_input_embeddings().weight.detach().std())
    assert 0.2 * spread < float(features.std()) < 5 * spread


def test_it_is_another_model_than_the_one_it_is_made_of() -> None:
    assert stand_in_digest("a") != "a"
    assert stand_in_digest("a") != stand_in_digest("b")
    assert STAND_IN_NAME != CAUSAL_NAME
    assert "untrained eye: images change scores without meaning" in STAND_IN_NAME
