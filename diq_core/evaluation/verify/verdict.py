"""What a verdict says, and what it is a verdict on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from diq_core.data.sample import Option

Outcome = Literal["right", "wrong", "undecided"]
QuestionType = Literal["choice", "choices", "yes-no", "closed", "number", "open"]

QUESTION_TYPES: Mapping[QuestionType, str] = {
    "choice": "one option is right",
    "choices": "several options are right, and all of them have to be named",
    "yes-no": "yes, no or maybe",
    "closed": "a short term: equal after normalising, or a listed synonym",
    "number": "a number, a range or a blood pressure, with its unit",
    "open": "a few words: their meaning may not be turned, most of them have to be there",
}
"""Each type of question and when an answer to it is right."""


@dataclass(frozen=True, slots=True)
class Target:
    """The known answer to one question.

    Attributes:
        gold: the right answer; of options their labels, else one text.
        options: of ``choice`` and ``choices``, in order.
        question: its text; "no evidence of X" is a "no" only to a question about X.
        synonyms: further texts that are as right as `gold`.
        tolerance: of numbers, relative to `gold`.
    """

    type: QuestionType
    gold: tuple[str, ...]
    options: tuple[Option, ...] = ()
    question: str = ""
    synonyms: tuple[str, ...] = field(default=())
    tolerance: float = 0.01


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one written answer is worth.

    Attributes:
        outcome: ``undecided`` is neither right nor wrong: it earns nothing and is counted apart.
        why: what decided, or why nothing did.
        said: the answer as it was understood; "" = none was.
        place: the part of the text that decided, as (begin, end); None = no part did.
    """

    outcome: Outcome
    why: str
    said: str = ""
    place: tuple[int, int] | None = None
