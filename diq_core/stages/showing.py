"""How a stage shows a model the images of samples, and what its artefact says of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from diq_core.config import Images
from diq_core.data.sample import Sample
from diq_core.models.load import CausalModel
from diq_core.models.sight import Limits, Sight
from diq_core.models.stand_in import STAND_IN_NAME
from diq_core.models.tokens import Tokenised

SHOWN = "images_shown"
"""The fact of an artefact: how many of what had images that the model saw, and their tokens."""


class _Settings(Protocol):
    """The settings that say how images are shown."""

    @property
    def images(self) -> Images: ...
    @property
    def max_pixels(self) -> int | None: ...
    @property
    def max_tiles(self) -> int | None: ...


def sight_of(model: CausalModel, settings: _Settings, find: Callable[[str], Path]) -> Sight | None:
    """Return what shows `model` images; None = it reads none, or is to ignore them.

    Args:
        find: name of an image in a sample → its file.

    Raises:
        BadSetting: tiles are limited, and this model cuts no image into tiles.
    """
    if not model.reads_images or settings.images == "ignore":
        return None
    return Sight(model.processor, find, Limits(settings.max_pixels, settings.max_tiles))


def shown_facts(groups: Mapping[str, Tokenised]) -> dict[str, Any]:
    """Return what an artefact states of images that the model saw; empty where there were none.

    Args:
        groups: what the samples are called in the plural → the samples as tokens.
    """
    seen = {
        what: [tokens.seen for tokens in found.tokens if tokens.seen is not None]
        for what, found in groups.items()
    }
    if not any(seen.values()):
        return {}
    tokens = sum(each.image_tokens for group in seen.values() for each in group)
    counts = {what: len(group) for what, group in seen.items()}
    return {SHOWN: {**counts, "image_tokens": tokens}}


def asked_with_images(groups: Mapping[str, Iterable[Sample]]) -> dict[str, Any]:
    """Return what is stated of samples before their tokens are known; empty without images.

    Args:
        groups: what the samples are called in the plural → the samples.
    """
    counts = {what: sum(bool(each.images) for each in group) for what, group in groups.items()}
    return {SHOWN: counts} if any(counts.values()) else {}


def shown_words(facts: Mapping[str, Any]) -> str:
    """Return the sentence about images that the model saw, without its full stop; "" = none."""
    counts = dict(facts.get(SHOWN) or {})
    if not counts:
        return ""
    tokens = counts.pop("image_tokens", None)
    taken = "" if tokens is None else f", as {tokens:,} tokens"
    said = " and of ".join(f"{number:,} {what}" for what, number in counts.items())
    blind = f". It is {STAND_IN_NAME}" if STAND_IN_NAME in facts["model"]["name"] else ""
    return f"The model saw the images of {said}{taken}{blind}"


def keep_images(samples: Iterable[Sample], source: Path, target: Path) -> None:
    """Copy the images of `samples` from one folder to another, which is made for them."""
    for name in sorted({name for sample in samples for name in sample.images}):
        target.mkdir(exist_ok=True)
        shutil.copyfile(source / name, target / name)
