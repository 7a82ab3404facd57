"""What can and what cannot be concluded from a comparison, in one sentence."""

from __future__ import annotations

from typing import Literal

from diq_core.evaluation.figures import Accuracy
from diq_core.statistics.paired import Difference
from diq_core.statistics.significance import ALPHA, FEWEST_QUESTIONS, share_p
from diq_core.statistics.verdict import p_words, too_few_questions

Measure = Literal["accuracy", "answer loss"]
MINUS = "−"


def conclusion(
    found: Difference,
    measure: Measure,
    *,
    first: str,
    second: str,
    corrected: float | None = None,
    too_few: str = "",
) -> str:
    """Return the sentence about the difference of `first` and `second`.

    A higher accuracy is better, and a lower loss.

    Args:
        corrected: the p-value, where several comparisons are made at once; None = the only one.
        too_few: what there is too little of; see `verdict.corrected`.
    """
    p = found.p if corrected is None else corrected
    figures = (
        f"difference {amount(found.value, measure)}, 95 % interval {amount(found.low, measure)} "
        f"to {amount(found.high, measure)}, {p_words(p)}, {found.questions} questions"
    )
    if is_the_same(found):
        same = "answers" if measure == "accuracy" else "losses"
        return f"{first} and {second} got the same {same}: {figures}."
    doubt = too_few or too_few_questions(found)
    if doubt:
        return f"Too few to tell {first} and {second} apart: {figures}; {doubt}."
    if not (found.told_apart and p < ALPHA):
        return f"Cannot tell {first} and {second} apart: {figures}."
    better = (found.value > 0) == (measure == "accuracy")
    return f"{first} is {'better' if better else 'worse'} than {second}: {figures}."


def is_the_same(found: Difference) -> bool:
    """Return whether no question came out differently."""
    if found.only_first is not None:
        return not found.only_first and not found.only_second
    return found.value == 0 and found.low == 0 and found.high == 0


def against_chance(name: str, figures: Accuracy) -> str:
    """Return the sentence about one accuracy and blind guessing: exact test and interval agree."""
    numbers = (
        f"{percent(figures.accuracy)} right, 95 % interval {percent(figures.low)} to "
        f"{percent(figures.high)}, chance {percent(figures.chance)}, {figures.n} questions"
    )
    if figures.n < FEWEST_QUESTIONS:
        return (
            f"Too few to tell {name} and guessing apart: {numbers}; at least "
            f"{FEWEST_QUESTIONS} are needed."
        )
    if share_p(figures.correct, figures.n, figures.chance) < ALPHA:
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
