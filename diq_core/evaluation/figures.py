"""Figures about one model: accuracy and mean loss, each with interval, chance level and number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from diq_core.statistics.intervals import (
    check_interval,
    combined,
    range_of,
    student,
    wilson,
    within,
)

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of right answers.

    Attributes:
        n: questions asked: the denominator of `accuracy`.
        correct: right answers.
        low, high: Wilson's 95 % interval.
        chance: accuracy expected of blind guessing.
        unanswered: undecided questions: without a choice that could be told. They are among the
            `n` asked and neither right nor wrong.
    """

    n: int
    correct: int
    accuracy: float
    low: float
    high: float
    chance: float
    unanswered: int

    def __post_init__(self) -> None:
        check_interval(self.accuracy, self.low, self.high, range_of("share"))

    @property
    def wrong(self) -> int:
        """Questions for which another option was chosen."""
        return self.n - self.correct - self.unanswered

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"wrong": self.wrong}


@dataclass(frozen=True, slots=True)
class MeanLoss:
    """The mean loss of the right answers, in nats per token.

    Attributes:
        n: answers it is the mean of.
        low, high: 95 % interval of the mean, by Student's t, not below 0; None with fewer than
            two answers.
        not_measured: questions whose answer could not be measured.
    """

    n: int
    mean: float | None
    low: float | None
    high: float | None
    not_measured: int

    def __post_init__(self) -> None:
        check_interval(self.mean, self.low, self.high, range_of("loss"))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def accuracy(correct: Sequence[bool], *, chance: float, unanswered: int = 0) -> Accuracy:
    """Return the accuracy of at least one answer."""
    right, asked = int(sum(correct)), len(correct)
    low, high = wilson(right / asked, asked, CONFIDENCE)
    return Accuracy(asked, right, right / asked, low, high, chance, unanswered)


def mean_loss(losses: Sequence[float | None]) -> MeanLoss:
    """Return the mean of the losses that were measured."""
    values = np.array([loss for loss in losses if loss is not None])
    count, missing = len(values), len(losses) - len(values)
    if count == 0:
        return MeanLoss(0, None, None, None, missing)
    mean = float(values.mean())
    if count == 1:
        return MeanLoss(1, mean, None, None, missing)
    low, high = within(student(values, CONFIDENCE), range_of("loss"))
    return MeanLoss(count, mean, low, high, missing)


def average(parts: Mapping[str, Accuracy]) -> dict[str, Any]:
    """Return the mean accuracy of several benchmarks, each with the same weight.

    The interval is put together from the benchmarks' own: it speaks of other questions of the
    same benchmarks, not of other benchmarks.

    Returns:
        ``accuracy``, ``low``, ``high``, ``chance``, ``n`` (questions), ``benchmarks`` (names).
    """
    shares = [each.accuracy for each in parts.values()]
    ends = [(each.low, each.high) for each in parts.values()]
    weights = [1 / len(shares)] * len(shares)
    low, high = within(combined(shares, ends, weights), range_of("share"))
    return {
        "accuracy": float(np.mean(shares)),
        "low": low,
        "high": high,
        "chance": float(np.mean([each.chance for each in parts.values()])),
        "n": sum(each.n for each in parts.values()),
        "benchmarks": list(parts),
    }
