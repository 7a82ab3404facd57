"""One answer of a model to one question."""

from __future__ import annotations

from dataclasses import dataclass

from diq_core.config import Scoring
from diq_core.evaluation.questions import Question
from diq_core.evaluation.reading import read_choice as read_choice
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import verify


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered to one question, taken in one way.

    Attributes:
        gold: label of the right option.
        chosen: label of the option it chose; None = undecided: it chose none, or none that can be
            told. That is neither right nor wrong.
        logliks: log-likelihood of each option's continuation in nats; empty for written answers.
        text: what it wrote; None where nothing was written.
        reason: why nothing was chosen; None where something was.
    """

    id: str
    scoring: Scoring
    gold: str
    chosen: str | None
    logliks: tuple[float, ...] = ()
    text: str | None = None
    reason: str | None = None

    @property
    def correct(self) -> bool:
        return self.chosen == self.gold


def written_answer(question: Question, text: str) -> Answer:
    """Return what a model's text answers to a question, as it is read today."""
    gold = question.options[question.gold].label
    found = verify(text, Target("choice", (gold,), question.options))
    reason = None if found.said else f"no option could be read from what it wrote: {found.why}"
    return Answer(question.id, "generated", gold, found.said or None, text=text, reason=reason)
