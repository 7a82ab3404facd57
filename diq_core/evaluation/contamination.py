"""Benchmark questions that a model was trained on: a right answer to them proves little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from diq_core.data.overlap import overlaps
from diq_core.data.sample import Sample
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

    Each question is asked for among the training samples and, as a question may lie inside a
    longer training text, each training sample is asked for among the questions. What counts as
    near is said in `diq_core.data.overlap`.
    """
    asked = [each.sample for each in questions]
    kinds: dict[str, str] = {}
    for match in overlaps(trained, {"benchmark": asked}):
        _note(kinds, match.other, match.kind)
    for match in overlaps(asked, {"training": trained}):
        _note(kinds, match.id, match.kind)
    return Contamination(
        len(trained),
        tuple(sorted(id for id, kind in kinds.items() if kind == "exact")),
        tuple(sorted(id for id, kind in kinds.items() if kind == "near")),
    )


def _note(kinds: dict[str, str], id: str, kind: str) -> None:
    if kinds.get(id) != "exact":
        kinds[id] = kind
