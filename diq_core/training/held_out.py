"""What is never trained on: a share of the data, or what a file of validation samples also asks.

Two samples with the same prompt are the same question to a model. So whole questions are held
out, never one of their answers alone.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.models.tokens import Tokens, tokens_digest
from diq_core.training.data import Dropped
from diq_core.training.pairs import PairTokens

Item = Tokens | PairTokens
"""An example or a pair of supervised or preference training."""

T = TypeVar("T", Tokens, PairTokens)

HELD_OUT = "held out: its loss is measured while the model trains, it is never trained on"
ASKED_IN_VALIDATION = "the validation samples ask the same, so it is never trained on"


@dataclass(frozen=True, eq=False)
class Apart:
    """What is never trained on.

    Attributes:
        tokens, pairs: what the validation loss is measured on; both empty = it is not.
        rows: what of the data is not trained on because of it, with the reason.
        lost: validation samples that cannot be measured, such as one without a response.
    """

    tokens: tuple[Tokens, ...] = ()
    pairs: tuple[PairTokens, ...] = ()
    rows: tuple[Dropped, ...] = ()
    lost: int = 0

    @property
    def held(self) -> Sequence[Item]:
        return self.tokens or self.pairs

    @property
    def facts(self) -> dict[str, Any]:
        """What a manifest says of it; two runs with one digest measured the same samples."""
        parts = [each for pair in self.pairs for each in (pair.chosen, pair.rejected)]
        return {
            "samples": len(self.held),
            "response_tokens": sum(each.response_tokens for each in self.held),
            "dropped": self.lost,
            "digest": tokens_digest(self.tokens or parts),
        }


NOTHING = Apart()


def set_apart(
    items: tuple[T, ...], settings: FinetuneSettings, named: Sequence[T] | None
) -> tuple[tuple[T, ...], tuple[T, ...], tuple[Dropped, ...]]:
    """Return what is left to train on, what the validation loss is measured on, and what of
    `items` is not trained on because of it, with the reason.

    Args:
        named: the validation samples of a file; None = `holdout` says how many are drawn.

    Raises:
        BadSetting: nothing would be left to train on.
    """
    if named is not None:
        left, out = not_asked(items, named)
        return left, tuple(named), _rows(out, ASKED_IN_VALIDATION)
    if settings.holdout:
        left, held = hold_out(items, settings.holdout, settings.seed)
        return left, held, _rows(held, HELD_OUT)
    return items, (), ()


def _rows(items: Sequence[Item], reason: str) -> tuple[Dropped, ...]:
    return tuple(Dropped(each.id, 0, reason) for each in items)


def check_validation(settings: FinetuneSettings, *, named: bool) -> None:
    """Refuse a validation loss that cannot be measured.

    Args:
        named: whether a file of validation samples is named.

    Raises:
        BadSetting: says what to do instead.
    """
    if settings.holdout and named:
        raise BadSetting(
            "A share that is held out and a file of validation samples contradict each other",
            which="holdout, validation",
            todo="give one of them",
        )
    if settings.eval_steps and not (settings.holdout or named):
        raise BadSetting(
            "There is nothing to measure a validation loss on",
            which="eval_steps",
            todo="give --holdout or --validation with it",
        )
    if settings.objective == "grpo" and (settings.holdout or named):
        raise BadSetting(
            "Training with rewards has no loss that says how well a model learns",
            which="holdout, validation",
            todo="leave it out, and evaluate the run on questions that it has not seen",
        )


def hold_out(items: Sequence[T], share: float, seed: int) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Draw questions until `share` of `items` is held out: as many as fit, at least one.

    Returns:
        What is trained on and what is held out, each in the order of `items`.

    Which ones depends on their ids and the seed only, not on the order of the data.

    Raises:
        BadSetting: all items ask the same, so none could be left to train on.
    """
    questions: dict[bytes, list[T]] = {}
    for each in sorted(items, key=lambda item: item.id):
        questions.setdefault(prompt(each), []).append(each)
    drawn = sorted(questions, key=lambda asked: questions[asked][0].id)
    if len(drawn) < 2:
        raise BadSetting(
            "Nothing can be held out: all samples have the same prompt",
            which="holdout",
            todo="leave --holdout out, or use data with more questions",
        )
    random.Random(f"{seed}/holdout").shuffle(drawn)
    room = round(share * len(items))
    held: set[str] = set()
    for asked in drawn[:-1]:
        group = questions[asked]
        if not held or len(held) + len(group) <= room:
            held.update(each.id for each in group)
    return (
        tuple(each for each in items if each.id not in held),
        tuple(each for each in items if each.id in held),
    )


def not_asked(items: Sequence[T], held: Collection[T]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Take what `held` also asks out of `items`; return what is left and what was taken out.

    Raises:
        BadSetting: nothing would be left to train on.
    """
    asked = {prompt(each) for each in held}
    left = tuple(each for each in items if prompt(each) not in asked)
    if not left:
        raise BadSetting(
            f"Nothing is left to train on: the validation samples ask all {len(items)} questions",
            which="validation",
            todo="use other validation samples, or --holdout for a share of these",
        )
    return left, tuple(each for each in items if prompt(each) in asked)


def prompt(item: Item) -> bytes:
    """Return the tokens that the model is given, as bytes."""
    tokens = item.chosen if isinstance(item, PairTokens) else item
    return tokens.ids[: tokens.start].tobytes()
