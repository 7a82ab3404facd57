"""Learning from what answers earn: it helps, it says when it does not, and it can go on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from diq_core.data.sample import Option, Sample
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.tokens import Tokens, tokenise
from diq_core.stages.rewarding import judge_of
from diq_core.training import sft
from diq_core.training.fit import Trained
from diq_core.training.grpo import train_policy
from diq_core.training.rewards import (
    COLLAPSE_STEPS,
    Policy,
    Rollout,
    has_collapsed,
    has_form,
    rollout,
)
from diq_core.training.watch import Step, Watch
from tests.support.training import short, tiny_folder

NEVER = 10**6


def letters(count: int, seed: int) -> list[Sample]:
    """Return questions whose last letter is the right one of four options."""
    draw = random.Random(seed)
    return [_letter(f"t{number:03}", draw.choice("ABCD"), draw) for number in range(count)]


def _letter(name: str, right: str, draw: random.Random) -> Sample:
    asked = "".join(draw.choice("xyz") for _ in range(3)) + right.lower()
    options = tuple(Option(label, label.lower() * 2) for label in "ABCD")
    return Sample(name, asked, reasoning=right.lower(), options=options, answer_label=right)


def mostly_wrong(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """Return the samples with an answer drawn anew for seven in ten."""
    draw = random.Random(seed)
    drawn = [each.answer_label if draw.random() < 0.3 else draw.choice("ABCD") for each in samples]
    return [replace(each, answer_label=label, reasoning=label.lower())
            for each, label in zip(samples, drawn, strict=True)]  # fmt: skip


def in_tokens(model: CausalModel, samples: Sequence[Sample]) -> list[Tokens]:
    found = tokenise(samples, model.tokenizer, max_tokens=400).tokens
    return sorted(found, key=lambda each: each.id)


def reinforce(
    model: CausalModel,
    samples: Sequence[Sample],
    place: Path,
    *,
    stop: Any = None,
    judge: Any = None,
    **values: Any,
) -> tuple[Trained, list[Policy], list[tuple[int, Sequence[Rollout]]]]:
    steps: list[Step] = []
    rollouts: list[tuple[int, Sequence[Rollout]]] = []
    settings = short(model.ref, **{
        "objective": "grpo", "method": "full", "batch_size": 16, "micro_batch": 16, "rollouts": 8,
        "max_new_tokens": 40, "schedule": "constant", "kl": 0.0, "save_steps": NEVER, **values,
    })  # fmt: skip
    watch = Watch(on_step=steps.append, on_rollouts=lambda *found: rollouts.append(found),
                  should_stop=stop)  # fmt: skip
    trained = train_policy(
        model, in_tokens(model, samples), judge or judge_of(tuple(samples)), settings,
        folder=place, watch=watch,
    )  # fmt: skip
    return trained, [step.policy for step in steps if step.policy], rollouts


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_after_fine_tuning_rewards_raise_the_share_of_right_answers(
    seed: int, tmp_path: Path
) -> None:
    model = load_causal(tiny_folder(tmp_path / "base", seed), device="cpu")
    samples = letters(64, seed)
    taught = short(model.ref, method="full", max_steps=200, batch_size=16, micro_batch=16,
                   learning_rate=1e-2, save_steps=NEVER, seed=seed)  # fmt: skip
    tokens = in_tokens(model, mostly_wrong(samples, seed + 1))
    sft.train(model, tokens, taught, folder=tmp_path / "sft")
    trained, steps, rollouts = reinforce(
        model, samples, tmp_path / "grpo", max_steps=50, learning_rate=1.5e-3, seed=seed
    )
    after = sum(step.accuracy for step in steps[-5:]) / 5
    assert after >= steps[0].accuracy + 0.3
    assert trained.steps == 50
    assert trained.tokens > 50 * 16 * 8
    assert not has_collapsed(steps)
    # The answers that are kept to be read earned what the rule says.
    judge = judge_of(tuple(samples))
    assert [number for number, _ in rollouts] == list(range(1, 51))
    for _, found in rollouts[::10]:
        assert len({each.id for each in found}) == 1
        assert list(found) == [rollout(each.id, each.text, judge, "gate") for each in found]


@pytest.mark.slow
def test_a_run_that_learns_nothing_is_said_to_have_collapsed(tmp_path: Path) -> None:
    model = load_causal(tiny_folder(tmp_path / "base"), device="cpu")
    _, steps, _ = reinforce(
        model, letters(8, 0), tmp_path / "grpo", max_steps=COLLAPSE_STEPS, batch_size=4,
        micro_batch=4, rollouts=2, max_new_tokens=8, reward="sum", learning_rate=1e-6,
    )  # fmt: skip
    assert has_collapsed(steps)


def _by_length(_sample: str, text: str) -> tuple[Any, str]:
    """Judge so that a model which knows nothing has something to learn."""
    return ("right" if len(text) % 2 else "wrong"), text


@pytest.mark.slow
def test_stopped_and_continued_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "base")
    samples = letters(6, 0)
    shape: dict[str, Any] = {
        "max_steps": 4, "batch_size": 2, "micro_batch": 1, "rollouts": 3, "max_new_tokens": 6,
        "reward": "accuracy", "method": "lora", "kl": 0.02, "learning_rate": 1e-2, "save_steps": 1,
    }  # fmt: skip

    def weights(place: str, *attempts: Any) -> dict[str, torch.Tensor]:
        for stop in attempts:
            torch.manual_seed(len(attempts))  # what was drawn before makes no difference
            model = load_causal(folder, device="cpu")
            trained, _, _ = reinforce(
                model, samples, tmp_path / place, stop=stop, judge=_by_length, **shape
            )
        assert trained.steps == 4
        found = trained.model.state_dict()
        return {name: found[name] for name in found if "lora" in name}

    whole = weights("whole", None)
    parts = weights("parts", lambda: True, lambda: True, None)
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert any(bool(value.any()) for name, value in whole.items() if "lora_B" in name)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("<think>so</think>B", True),
        ("so</think>\nB", True),
        ("## Thinking\n\nso\n\n## Final Response\n\nB.", True),
        ("<think></think>B", False),
        ("<think>so</think>", False),
        ("<think>so", False),
        ("B", False),
        ("", False),
    ],
)
def test_the_form_is_a_thinking_that_ends_and_an_answer(text: str, form: bool) -> None:
    assert has_form(text) is form


RIGHT, WRONG, NONE = "<think>so</think>B", "<think>so</think>A", "<think>so</think>Who knows?"


@pytest.mark.parametrize(
    ("text", "gate", "added", "accuracy"),
    [(RIGHT, 1.0, 1.0, 1.0), ("B", 0.0, 0.9, 1.0), (WRONG, 0.0, 0.1, 0.0), ("A", 0.0, 0.0, 0.0),
     (NONE, 0.0, 0.1, 0.0)],
)  # fmt: skip
def test_what_an_answer_earns(text: str, gate: float, added: float, accuracy: float) -> None:
    sample = _letter("t", "B", random.Random(0))
    judge = judge_of((sample,))
    earned = [rollout("t", text, judge, rule).reward for rule in ("gate", "sum", "accuracy")]
    assert earned == pytest.approx([gate, added, accuracy])


def _policy(alike: float, accuracy: float) -> Policy:
    return Policy(0.5, 0.5, accuracy, 0.1, 0.1, alike, None, 10.0, 0.0)


def test_a_collapse_takes_ten_steps_without_spread_and_without_right_answers() -> None:
    assert has_collapsed([_policy(1.0, 0.0)] * COLLAPSE_STEPS)
    assert not has_collapsed([_policy(1.0, 0.0)] * (COLLAPSE_STEPS - 1))
    assert not has_collapsed([_policy(1.0, 0.95)] * COLLAPSE_STEPS)  # it has learned all
    assert not has_collapsed([_policy(0.5, 0.0)] * COLLAPSE_STEPS)
    assert not has_collapsed([_policy(1.0, 0.0)] * 20 + [_policy(0.0, 0.5)] * COLLAPSE_STEPS)
