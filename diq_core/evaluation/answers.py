"""One answer of a model to one question."""

from __future__ import annotations

from dataclasses import dataclass

from diq_core.config import Scoring
from diq_core.evaluation.questions import Question
from diq_core.evaluation.reading import read_choice as read_choice
from diq_core.evaluation.verify.verifying import verify

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered to one question, taken in one way.

    Attributes:
        gold: label of the right option; of a question without options its known answer.
        chosen: label of the option it chose, or the answer as it was understood; None = undecided:
            there is none that can be told. That is neither right nor wrong.
        correct: it is right.
        logliks: log-likelihood of each option's continuation in nats; empty for written answers.
        text: what it wrote; None where nothing was written.
        reason: why nothing was chosen; None where something was.
    """

    id: str
    scoring: Scoring
    gold: str
    chosen: str | None
    correct: bool
    logliks: tuple[float, ...] = ()
    text: str | None = None
    reason: str | None = None


def written_answer(question: Question, text: str) -> Answer:
    """Return what a model's text answers to a question, as it is read today."""
    found = verify(text, question.target)
    if found.outcome == "undecided":
        what = "option" if question.options else "answer"
        reason = f"no {what} could be read from what it wrote: {found.why}"
        return Answer(
            question.id, "generated", question.right, None, False, text=text, reason=reason
        )
    right = found.outcome == "right"
    chosen = found.said or text.strip()[:_SHOWN]
    return Answer(question.id, "generated", question.right, chosen, right, text=text)


def not_asked(question: Question, reason: str) -> Answer:
    """Return that a question could not be put to the model, and why."""
    return Answer(question.id, "generated", question.right, None, False, reason=reason)
