"""Benchmark questions that a model was trained on: a right answer to them proves little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from diq_core.data.overlap import overlaps
from diq_core.data.sample import Sample, question_text
from diq_core.evaluation.questions import Question


@dataclass(frozen=True, slots=True)
class Contamination:
    """The questions of one benchmark that occur in the training data.

    Attributes:
        trained: how many training samples were looked through.
        exact, near: ids of questions that are there word for word, or nearly; sorted.
    """

    trained: int
    exact: tuple[str, ...]
    near: tuple[str, ...]

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all contaminated questions."""
        return frozenset((*self.exact, *self.near))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def contamination(trained: Sequence[Sample], questions: Iterable[Question]) -> Contamination:
    """Return which of `questions` the training samples contain.

    Each training sample is searched for a question, which may lie inside a longer text. A
    question may also be like a training sample that was found to hold another one; so each
    question is searched for among the training samples too. And as training files often hold the
    options inside the question, questions are compared in that form as well, word for word. What
    counts as near is said in `diq_core.data.overlap`.
    """
    asked = [each.sample for each in questions]
    written_out = [replace(each, question=question_text(each), options=(), context="")
                   for each in asked]  # fmt: skip
    with_options = [each for each in trained if each.options]
    without = [each for each in trained if not each.options]
    kinds: dict[str, str] = {}
    for match in overlaps(trained, {"benchmark": asked}):
        _note(kinds, match.other, match.kind)
    for match in overlaps(asked, {"training": with_options}):
        _note(kinds, match.id, match.kind)
    for match in overlaps(written_out, {"training": without}):
        if match.kind == "exact":
            _note(kinds, match.id, match.kind)
    return Contamination(
        len(trained),
        tuple(sorted(id for id, kind in kinds.items() if kind == "exact")),
        tuple(sorted(id for id, kind in kinds.items() if kind == "near")),
    )


def _note(kinds: dict[str, str], id: str, kind: str) -> None:
    if kinds.get(id) != "exact":
        kinds[id] = kind
