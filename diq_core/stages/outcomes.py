"""Right and wrong answers of an evaluation, question by question and by subject; of two, side by
side. Nothing is written, and nothing is concluded: see `compare` for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample
from diq_core.data.text import visible
from diq_core.evaluation.questions import benchmark_name, read_benchmark
from diq_core.stages.evaluation import ANSWERS
from diq_core.stages.joining import load_table
from diq_core.stages.question_files import question_files
from diq_core.study import Study

Kind = Literal["gained", "lost", "right", "wrong"]
"""With two evaluations: the first alone is right, the second alone, both, none; with one: "right"
or "wrong". What is undecided is not right."""
NO_SUBJECT = "no subject"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question, asked in one way.

    Attributes:
        gold: label of the right option.
        first, second: labels of what was answered; "" = undecided, or there is no second.
        sample: the question; None = its file is nowhere to be found.
    """

    benchmark: str
    id: str
    scoring: str
    gold: str
    first: str
    second: str
    kind: Kind
    sample: Sample | None

    @property
    def subject(self) -> str:
        """Its subject, as the file of questions states it, there or among what it kept aside."""
        if self.sample is None:
            return NO_SUBJECT
        aside = self.sample.meta.get("subject")
        return self.sample.subject or (aside if isinstance(aside, str) else "") or NO_SUBJECT


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """The counts of one subject; `second` is 0 where there is no second evaluation."""

    subject: str
    asked: int
    first: int
    second: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of each question.

    Attributes:
        names: of the evaluations, one or two.
        missing: names of files of questions that were not found: their questions have no text.
    """

    names: tuple[str, ...]
    rows: tuple[Outcome, ...]
    missing: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return counts by scoring and subject, and the questions that one alone got right."""
        return {
            "subjects": {name: [asdict(each) for each in by_subject(rows)]
                         for name, rows in self._scorings().items()},
            "differing": [{"benchmark": row.benchmark, "id": row.id, "scoring": row.scoring,
                           "kind": row.kind, "subject": row.subject} for row in self._differing()],
            "questions_not_found": list(self.missing),
        }  # fmt: skip

    def text(self) -> str:
        """Return the same as lines."""
        lines = []
        for name, rows in self._scorings().items():
            lines.append(f"{name}, by subject: asked, right ({' / '.join(self.names)}), only one")
            lines += [
                f"  {visible(one.subject)}: {one.asked:,}, {one.first:,} / {one.second:,}, "
                f"{one.gained:,} / {one.lost:,}"
                for one in by_subject(rows)
            ]
        lines += [
            f"only {self.names[row.kind == 'lost']} is right: {row.benchmark}/{visible(row.id)} "
            f"({row.scoring})"
            for row in self._differing()
        ]
        lines += [f"not found again: {name}" for name in self.missing]
        return "\n".join(lines)

    def _scorings(self) -> dict[str, list[Outcome]]:
        found: dict[str, list[Outcome]] = {}
        for row in self.rows:
            found.setdefault(row.scoring, []).append(row)
        return found

    def _differing(self) -> list[Outcome]:
        return [row for row in self.rows if row.kind in ("gained", "lost")]


def outcomes(
    study: Study, first: Artefact, second: Artefact | None = None, *, images_to: Path | None = None
) -> Outcomes:
    """Return what came of each question that was asked of all evaluations in the same way.

    The order is that of the answers of `first`.

    Args:
        images_to: folder that the questions' images are copied to; None = none are.
    """
    tested = [first] if second is None else [first, second]
    texts, missing = _questions(study, tested, images_to)
    others = None if second is None else {_key(row): row for row in _answers(second)}
    rows = []
    for row in _answers(first):
        other = None if others is None else others.get(_key(row))
        if others is not None and (other is None or other["gold"] != row["gold"]):
            continue
        rows.append(
            Outcome(
                row["benchmark"], row["id"], row["scoring"], row["gold"],
                row["chosen"] or "", (other or {}).get("chosen") or "",
                _kind(row, other), texts.get((row["benchmark"], row["id"])),
            )
        )  # fmt: skip
    return Outcomes(tuple(each.name for each in tested), tuple(rows), tuple(missing))


def by_subject(rows: Iterable[Outcome]) -> list[SubjectRow]:
    """Return the counts of each subject, those with most questions first."""
    found: dict[str, list[Kind]] = {}
    for row in rows:
        found.setdefault(row.subject, []).append(row.kind)
    counted = [
        SubjectRow(
            subject, len(kinds), kinds.count("right") + kinds.count("gained"),
            kinds.count("right") + kinds.count("lost"), kinds.count("gained"), kinds.count("lost"),
        )
        for subject, kinds in found.items()
    ]  # fmt: skip
    return sorted(counted, key=lambda one: (-one.asked, one.subject))


def _answers(evaluation: Artefact) -> list[dict[str, Any]]:
    columns = ["benchmark", "id", "scoring", "gold", "chosen", "correct"]
    rows = load_table(evaluation, ANSWERS, columns).to_pylist()
    # Without a scoring only the loss was measured.
    return [row for row in rows if row["scoring"] is not None]


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["benchmark"], row["id"], row["scoring"]


def _kind(row: dict[str, Any], other: dict[str, Any] | None) -> Kind:
    if other is None or bool(other["correct"]) == bool(row["correct"]):
        return "right" if row["correct"] else "wrong"
    return "gained" if row["correct"] else "lost"


def _questions(
    study: Study, tested: Sequence[Artefact], images_to: Path | None
) -> tuple[dict[tuple[str, str], Sample], list[str]]:
    found, missing = question_files(study, tested)
    texts = {
        (benchmark_name(file), each.id): each.sample
        for file in found
        for each in read_benchmark(file, written=True, images_to=images_to).questions
    }
    return texts, missing
