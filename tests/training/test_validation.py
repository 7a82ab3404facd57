"""Samples that are held out: which they are, and what their loss is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.models.batching import collate
from diq_core.models.load import load_causal
from diq_core.models.losses import token_losses
from diq_core.models.tokens import Tokens, tokenise
from diq_core.training import sft
from diq_core.training.held_out import check_validation, hold_out, not_asked, prompt
from diq_core.training.validation import Validated, held_of
from diq_core.training.watch import Watch
from tests.support.tiny import questions
from tests.support.training import short, tiny_folder


def _item(id: str, asked: int) -> Tokens:
    return Tokens(id, np.array([asked, 7, 8], dtype=np.int32), start=1)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30), st.floats(0.01, 0.99), st.integers())
def test_whole_questions_are_held_out_and_none_is_on_both_sides(
    asked: list[int], share: float, seed: int
) -> None:
    items = [_item(f"s{number}", each) for number, each in enumerate(asked)]
    if len(set(asked)) == 1:
        with pytest.raises(BadSetting, match="all samples have the same prompt"):
            hold_out(items, share, seed)
        return
    left, held = hold_out(items, share, seed)
    assert sorted([*left, *held], key=items.index) == items
    assert left
    assert held
    assert not {prompt(each) for each in left} & {prompt(each) for each in held}
    again = hold_out(items[::-1], share, seed)
    assert {each.id for each in again[1]} == {each.id for each in held}


def test_a_tenth_of_twenty_questions_is_two_and_another_seed_holds_out_others() -> None:
    items = [_item(f"s{number:02}", number) for number in range(20)]
    drawn = [tuple(each.id for each in hold_out(items, 0.1, seed)[1]) for seed in range(4)]
    assert [len(each) for each in drawn] == [2] * 4
    assert len(set(drawn)) > 1


def test_what_the_validation_samples_ask_is_taken_out_of_the_training() -> None:
    items = [_item("a", 1), _item("b", 2), _item("c", 1)]
    left, out = not_asked(items, [_item("v", 1)])
    assert ([each.id for each in left], [each.id for each in out]) == (["b"], ["a", "c"])
    with pytest.raises(BadSetting, match="the validation samples ask all 3 questions"):
        not_asked(items, [_item("v", 1), _item("w", 2)])


@pytest.mark.parametrize(
    ("values", "named", "said"),
    [
        ({"holdout": 0.1}, True, "contradict each other"),
        ({"eval_steps": 5}, False, "nothing to measure a validation loss on"),
        ({"holdout": 0.1, "objective": "grpo"}, False, "Training with rewards has no loss"),
        ({"objective": "grpo"}, True, "Training with rewards has no loss"),
    ],
)
def test_what_cannot_be_measured_is_refused(values: dict[str, Any], named: bool, said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        check_validation(FinetuneSettings(**values), named=named)


def test_a_run_is_measured_ten_times_after_its_start_and_always_at_its_end() -> None:
    def steps_of(count: int, **values: Any) -> list[int]:
        held = held_of([_item("v", 1)], lambda rows: rows, FinetuneSettings(**values), count)
        assert held is not None
        return [step for step in range(count + 1) if held.is_due(step, count)]

    assert steps_of(30) == list(range(0, 31, 3))
    assert steps_of(4) == [0, 1, 2, 3, 4]
    assert steps_of(60, eval_steps=25) == [0, 25, 50, 60]
    assert held_of([], lambda rows: rows, FinetuneSettings(), 30) is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_folder(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="module")
def tokens(folder: str) -> Sequence[Tokens]:
    tokenizer = load_causal(folder, device="cpu").tokenizer
    return tokenise(questions(8), tokenizer, max_tokens=400).tokens


def _trained(
    folder: str, place: Path, tokens: Sequence[Tokens], held: Sequence[Tokens], **values: Any
) -> tuple[Any, list[Validated]]:
    told: list[Validated] = []
    settings = short(folder, max_steps=3, dropout=0.2, learning_rate=1e-2, **values)
    trained = sft.train(load_causal(folder, device="cpu"), tokens, settings, folder=place,
                        watch=Watch(on_validation=told.append), held=held)  # fmt: skip
    return trained.model, told


@pytest.mark.slow
def test_the_loss_is_that_of_influence_and_to_be_watched_changes_no_weight(
    folder: str, tokens: Sequence[Tokens], tmp_path: Path
) -> None:
    train, held = tokens[:5], tokens[5:]
    model, told = _trained(folder, tmp_path / "a", train, held)
    assert [each.step for each in told] == [0, 1, 2, 3]
    for loss, weights in (
        (told[0].loss, load_causal(folder, device="cpu").model),
        (told[-1].loss, model.get_base_model()),
    ):
        with torch.no_grad():
            parts = [token_losses(weights, collate([each])) for each in held]
        assert loss == pytest.approx(float(torch.cat(parts).mean()), rel=1e-5)
    alone, none = _trained(folder, tmp_path / "b", train, ())
    assert none == []
    for one, two in zip(model.parameters(), alone.parameters(), strict=True):
        assert torch.equal(one, two)
    _, packed = _trained(folder, tmp_path / "c", train, held, packing=True)
    assert packed[0].loss == pytest.approx(told[0].loss, rel=1e-5)
