"""Figures about one model: accuracy and mean loss, each with interval, chance level and number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of right answers.

    Attributes:
        n: questions asked; an unanswered one counts as not right.
        low, high: Wilson's 95 % interval.
        chance: accuracy expected of blind guessing.
        unanswered: questions without a choice.
    """

    n: int
    correct: int
    accuracy: float
    low: float
    high: float
    chance: float
    unanswered: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class MeanLoss:
    """The mean loss of the right answers, in nats per token.

    Attributes:
        n: answers it is the mean of.
        low, high: 95 % interval of the mean, by Student's t; None with fewer than two answers.
        not_measured: questions whose answer could not be measured.
    """

    n: int
    mean: float | None
    low: float | None
    high: float | None
    not_measured: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def accuracy(correct: Sequence[bool], *, chance: float, unanswered: int = 0) -> Accuracy:
    """Return the accuracy of at least one answer."""
    from scipy.stats import binomtest

    right = int(sum(correct))
    interval = binomtest(right, len(correct)).proportion_ci(CONFIDENCE, method="wilson")
    return Accuracy(
        len(correct),
        right,
        right / len(correct),
        float(interval.low),
        float(interval.high),
        chance,
        unanswered,
    )


def mean_loss(losses: Sequence[float | None]) -> MeanLoss:
    """Return the mean of the losses that were measured."""
    from scipy.stats import t

    values = np.array([loss for loss in losses if loss is not None])
    count, missing = len(values), len(losses) - len(values)
    if count == 0:
        return MeanLoss(0, None, None, None, missing)
    mean = float(values.mean())
    if count == 1:
        return MeanLoss(1, mean, None, None, missing)
    half = float(t.ppf((1 + CONFIDENCE) / 2, count - 1) * values.std(ddof=1) / np.sqrt(count))
    return MeanLoss(count, mean, mean - half, mean + half, missing)


def average(parts: Mapping[str, Accuracy]) -> dict[str, Any]:
    """Return the mean accuracy of several benchmarks, each with the same weight.

    The interval is normal, from the benchmarks' own variances: it speaks of other questions of
    the same benchmarks, not of other benchmarks.

    Returns:
        ``accuracy``, ``low``, ``high``, ``chance``, ``n`` (questions), ``benchmarks`` (names).
    """
    from scipy.stats import norm

    shares = np.array([each.accuracy for each in parts.values()])
    # Agresti and Coull's two successes and two failures keep 0 % and 100 % from having no doubt.
    wide = [((each.correct + 2) / (each.n + 4), each.n + 4) for each in parts.values()]
    variance = sum(share * (1 - share) / n for share, n in wide) / len(wide) ** 2
    half = float(norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(variance))
    mean = float(shares.mean())
    return {
        "accuracy": mean,
        "low": max(0.0, mean - half),
        "high": min(1.0, mean + half),
        "chance": float(np.mean([each.chance for each in parts.values()])),
        "n": sum(each.n for each in parts.values()),
        "benchmarks": list(parts),
    }
