"""Accuracies, losses and averages by hand, and the sentences made of them."""

from __future__ import annotations

import numpy as np
import pytest

from diq_core.evaluation.conclude import against_chance, amount, conclusion
from diq_core.evaluation.figures import accuracy, average, mean_loss
from diq_core.statistics.paired import Difference, paired


def test_wilson_by_hand() -> None:
    # 15 of 60: centre (15 + 1.96²/2) / (60 + 1.96²), half-width by Wilson's formula.
    found = accuracy([True] * 15 + [False] * 45, chance=0.25, unanswered=2)
    assert (found.n, found.correct, found.accuracy, found.unanswered) == (60, 15, 0.25, 2)
    z, n = 1.959964, 60
    centre = (15 + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(15 * 45 / n + z**2 / 4)
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half), abs=1e-6)


def test_nothing_right_still_has_doubt() -> None:
    found = accuracy([False] * 20, chance=0.2)
    assert found.low == 0
    assert 0.1 < found.high < 0.2


def test_mean_loss_by_hand() -> None:
    found = mean_loss([1.0, 2.0, 3.0, None])
    assert (found.n, found.mean, found.not_measured) == (3, 2.0, 1)
    # t(2; 0.975) = 4.3027; standard error 1/√3.
    assert found.high - 2 == pytest.approx(4.302653 / 3**0.5, abs=1e-5)
    assert mean_loss([None]).mean is None
    assert mean_loss([2.5]).low is None


def test_average_of_benchmarks() -> None:
    parts = {
        "one": accuracy([True] * 10 + [False] * 30, chance=0.25),
        "two": accuracy([True] * 150 + [False] * 150, chance=0.5),
    }
    found = average(parts)
    assert found["accuracy"] == pytest.approx((0.25 + 0.5) / 2)
    assert (found["n"], found["chance"]) == (340, 0.375)
    assert found["benchmarks"] == ["one", "two"]
    # Each benchmark's own interval, its two sides put together as independent ones are.
    below, above = (
        np.sqrt(sum(((each.accuracy - end(each)) / 2) ** 2 for each in parts.values()))
        for end in (lambda each: each.low, lambda each: each.high)
    )
    assert found["low"] == pytest.approx(0.375 - below)
    assert found["high"] == pytest.approx(0.375 + above)
    [one] = [average({"one": parts["one"]})]
    assert (one["low"], one["high"]) == pytest.approx((parts["one"].low, parts["one"].high))


def _difference(**values: object) -> Difference:
    return Difference(**{"value": 0.0167, "low": -0.083, "high": 0.1167, "p": 0.8,
                         "test": "mcnemar", "questions": 60, "seeds": (1, 1), **values})  # type: ignore[arg-type]  # fmt: skip


def test_what_cannot_be_concluded() -> None:
    said = conclusion(_difference(), "accuracy", first="tuned", second="base")
    assert said == (
        "Cannot tell tuned and base apart: difference +1.7 points, 95 % interval −8.3 points to "
        "+11.7 points, p = 0.800, 60 questions."
    )


def test_what_can_be_concluded() -> None:
    sure = _difference(value=0.2, low=0.1, high=0.3, p=0.001)
    assert conclusion(sure, "accuracy", first="a", second="b").startswith("a is better than b: ")
    # A higher loss is worse.
    assert conclusion(sure, "answer loss", first="a", second="b").startswith("a is worse than b: ")
    assert "+0.2000 nats" in conclusion(sure, "answer loss", first="a", second="b")
    edge = _difference(value=0.1, low=0.01, high=0.2, p=0.06)
    said = conclusion(edge, "accuracy", first="a", second="b")
    assert said.startswith("Cannot tell a and b apart")
    assert "+1.0 points to +20.0 points, p = 0.060" in said
    same = paired(np.ones(5), np.ones(5))
    said = conclusion(same, "accuracy", first="a", second="b")
    assert said.startswith("a and b got the same answers")


def test_the_chance_line() -> None:
    close = accuracy([True] * 17 + [False] * 43, chance=0.25)
    assert against_chance("base", close) == (
        "base cannot be told apart from guessing: 28.3 % right, 95 % interval 18.5 % to 40.8 %, "
        "chance 25.0 %, 60 questions."
    )
    good, bad = (accuracy([right] * 50 + [True, False], chance=0.5) for right in (True, False))
    assert against_chance("x", good).startswith("x is better than guessing")
    assert against_chance("x", bad).startswith("x is worse than guessing")


def test_amounts_have_one_kind_of_zero() -> None:
    assert amount(-0.00001, "accuracy") == "0.0 points"
    assert amount(-0.5, "accuracy") == "−50.0 points"
