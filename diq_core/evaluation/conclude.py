"""What can and what cannot be concluded from a comparison, in one sentence."""

from __future__ import annotations

from typing import Literal

from diq_core.evaluation.figures import Accuracy
from diq_core.statistics.paired import Difference

Measure = Literal["accuracy", "answer loss"]
MINUS = "−"


def conclusion(found: Difference, measure: Measure, *, first: str, second: str) -> str:
    """Return the sentence about the difference of `first` and `second`.

    A higher accuracy is better, and a lower loss.
    """
    figures = (
        f"difference {amount(found.value, measure)}, 95 % interval {amount(found.low, measure)} "
        f"to {amount(found.high, measure)}, {found.questions} questions"
    )
    if found.value == 0 and found.low == 0 and found.high == 0:
        same = "answers" if measure == "accuracy" else "losses"
        return f"{first} and {second} got the same {same}: {figures}."
    if not found.told_apart:
        return f"Cannot tell {first} and {second} apart: {figures}."
    better = (found.value > 0) == (measure == "accuracy")
    word = "better" if better else "worse"
    sure = ""
    if found.p >= 0.05:
        sure = f" This is a borderline case: the exact test gives p = {found.p:.3f}."
    return f"{first} is {word} than {second}: {figures}.{sure}"


def against_chance(name: str, figures: Accuracy) -> str:
    """Return the sentence about one accuracy and blind guessing."""
    numbers = (
        f"{percent(figures.accuracy)} right, 95 % interval {percent(figures.low)} to "
        f"{percent(figures.high)}, chance {percent(figures.chance)}, {figures.n} questions"
    )
    if figures.low > figures.chance:
        return f"{name} is better than guessing: {numbers}."
    if figures.high < figures.chance:
        return f"{name} is worse than guessing: {numbers}."
    return f"{name} cannot be told apart from guessing: {numbers}."


def amount(value: float, measure: Measure) -> str:
    """Return a difference with its sign and unit: percentage points, or nats a token."""
    if measure == "accuracy":
        return f"{_signed(100 * value, 1)} points"
    return f"{_signed(value, 4)} nats"


def percent(share: float) -> str:
    """Return a share between 0 and 1 as text."""
    return f"{100 * share:.1f} %"


def _signed(value: float, places: int) -> str:
    rounded = round(value, places)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{places}f}"
