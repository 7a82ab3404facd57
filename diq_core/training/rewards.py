"""What a written answer earns: by its form, and by whether it is right.

The published recipe adds a reward of form and one of accuracy, 1 : 9, and says no more (InfiMed,
arXiv 2505.23867). From a model that is not ready for the task that sum teaches the form only, and
training collapses there; so our default pays for accuracy where the form is right, and for
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diq_core.config.models import Reward
from diq_core.data.formats.thinking import split_thinking

Outcome = Literal["right", "wrong", "undecided"]

FORM_SHARE = 0.1
"""Of the published sum: form to accuracy as 1 to 9."""

COLLAPSE_STEPS = 10
"""Steps in a row that are looked at for a collapse."""
_ALIKE, _LOW = 0.8, 0.3


@dataclass(frozen=True, slots=True)
class Rollout:
    """One written answer to a prompt, and what it earned.

    Attributes:
        id: of the sample.
        form: its thinking ends and an answer follows.
        outcome: as the verifier judged it; undecided earns what wrong earns.
        said: the answer as it was understood; "" = none was.
        reward: 0 to 1.
    """

    id: str
    text: str
    form: bool
    outcome: Outcome
    said: str
    reward: float


Judge = Callable[[str, str], tuple[Outcome, str]]
"""Takes a sample's id and a text, returns the verdict and the answer as it was understood."""


def has_form(text: str) -> bool:
    """Return whether a text thinks, ends its thinking, and then answers."""
    reasoning, answer, closed = split_thinking(text)
    return closed and bool(reasoning.strip()) and bool(answer.strip())


def rollout(sample: str, text: str, judge: Judge, reward: Reward) -> Rollout:
    """Return a written answer with what it earns.

    ``gate`` pays 1 for a right answer in the right form; ``sum`` pays 0.1 for the form and 0.9 for
    a right answer; ``accuracy`` pays 1 for a right answer.
    """
    form = has_form(text)
    outcome, said = judge(sample, text)
    right = outcome == "right"
    earned = {
        "gate": float(right and form),
        "sum": FORM_SHARE * form + (1.0 - FORM_SHARE) * right,
        "accuracy": float(right),
    }[reward]
    return Rollout(sample, text, form, outcome, said, earned)


@dataclass(frozen=True, slots=True)
class Policy:
    """What one step of reinforcement learning was like, over all its rollouts.

    Attributes:
        reward: mean, 0 to 1.
        form, accuracy, undecided: shares of the rollouts.
        spread: mean over the prompts of the standard deviation of their rollouts' rewards.
        alike: share of the prompts whose rollouts all earned the same: nothing is learned there.
        kl: mean divergence from the base model, nats per token; None = not held to it.
        length: mean tokens of a rollout.
        cut: share of the rollouts that reached the token limit.
    """

    reward: float
    form: float
    accuracy: float
    undecided: float
    spread: float
    alike: float
    kl: float | None
    length: float
    cut: float


def policy_of(logs: Mapping[str, Any]) -> Policy | None:
    """Return what TRL logged of a step of reinforcement learning; None of any other step."""
    if "reward" not in logs:
        return None
    return Policy(
        reward=logs["reward"],
        form=logs["form"],
        accuracy=logs["accuracy"],
        undecided=logs["undecided"],
        spread=logs["reward_std"],
        alike=logs["frac_reward_zero_std"],
        kl=logs.get("kl"),
        length=logs["completions/mean_length"],
        cut=logs["completions/clipped_ratio"],
    )


def has_collapsed(steps: Sequence[Policy]) -> bool:
    """Return whether the last steps learned nothing while hardly anything was right.

    That is: over `COLLAPSE_STEPS` steps more than 0.8 of the prompts had rollouts that all earned
    the same, and less than 0.3 of the rollouts were right.
    """
    last = steps[-COLLAPSE_STEPS:]
    if len(last) < COLLAPSE_STEPS:
        return False
    alike = sum(each.alike for each in last) / len(last)
    accuracy = sum(each.accuracy for each in last) / len(last)
    return alike > _ALIKE and accuracy < _LOW
