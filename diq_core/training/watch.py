"""What a caller is told while a model trains, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diq_core.training.plan import Plan
from diq_core.training.rewards import Policy, Rollout
from diq_core.training.validation import Validated


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of training was like.

    Attributes:
        step: 1 for the first.
        epoch: passes over the samples so far, e.g. 0.5.
        loss: mean over the response tokens of the step, before it; nats per token.
        learning_rate: with which the step was made.
        grad_norm: length of the gradient before it was clipped.
        tokens: response tokens learned from so far; of reinforcement learning those that were
            read and written.
        policy: what reinforcement learning was like; None = it is none.
    """

    step: int
    epoch: float
    loss: float
    learning_rate: float
    grad_norm: float
    tokens: int
    policy: Policy | None = None


@dataclass(frozen=True)
class Tracking:
    """A tracker of the user's own, beside our files.

    Attributes:
        tracker: TRL's name of it, e.g. "mlflow".
        project, run: what this run is called there.
    """

    tracker: str
    project: str
    run: str


@dataclass(frozen=True)
class Watch:
    """What the caller wants to be told and asked.

    Attributes:
        on_plan: called once, before the first step.
        on_step: called after every step, before its checkpoint is written.
        on_rollouts: called with the number of a step of reinforcement learning and the answers to
            its first prompt.
        on_validation: called whenever the validation loss was measured.
        should_stop: asked after every step; True = write a checkpoint and return.
        tracking: where else the steps are reported; None = nowhere.
    """

    on_plan: Callable[[Plan], None] | None = None
    on_step: Callable[[Step], None] | None = None
    on_rollouts: Callable[[int, Sequence[Rollout]], None] | None = None
    on_validation: Callable[[Validated], None] | None = None
    should_stop: Callable[[], bool] | None = None
    tracking: Tracking | None = None
