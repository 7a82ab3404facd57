"""Tiny models that read images and questions about pictures, made once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from diq_core.data.sample import Sample
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.sight import Limits, Sight
from diq_core.models.tokens import Tokens, tokenise
from tests.support.eyes import FAMILIES, Family, write_image, write_model
from tests.support.tiny import question

Seeing = tuple[CausalModel, tuple[Tokens, ...], tuple[Tokens, ...]]


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four pictures of different shapes."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, (width, height) in enumerate(((90, 60), (60, 90), (64, 64), (30, 120))):
        write_image(folder / f"p{number}.png", width, height, number)
    return folder


def pictured(number: int, *, words: int = 6) -> Sample:
    """Return sample `number`, which shows a picture; one in five shows two, one in seven none."""
    shown = 2 if number % 5 == 0 else int(number % 7 != 0)
    images = tuple(f"p{(number + more) % 4}.png" for more in range(shown))
    return replace(question(number, words=words), images=images)


@pytest.fixture(scope="session")
def seeing_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Family], Path]:
    """Return the folder of a family's tiny model, made when it is first asked for."""
    made: dict[str, Path] = {}

    def folder(family: Family) -> Path:
        if family.name not in made:
            made[family.name] = write_model(family, tmp_path_factory.mktemp("eyes") / family.name)
        return made[family.name]

    return folder


@pytest.fixture(scope="session", params=FAMILIES[:-1], ids=lambda family: family.name)
def seeing(
    request: pytest.FixtureRequest, seeing_folder: Callable[[Family], Path], pictures: Path
) -> Seeing:
    """A tiny model of each family, seven samples as its tokens, and four validation questions."""
    model = load_causal(str(seeing_folder(request.param)))
    sight = Sight(model.processor, pictures.joinpath, Limits())

    def tokens(numbers: range) -> tuple[Tokens, ...]:
        samples = [pictured(number, words=2 + number % 5) for number in numbers]
        found = tokenise(samples, model.tokenizer, max_tokens=900, sight=sight)
        assert found.unscored == ()
        return found.tokens

    return model, tokens(range(4, 11)), tokens(range(50, 54))
