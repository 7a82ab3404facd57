"""The seven benchmarks of medical models that see: which one a set of questions is, and the report.

Every question is counted once: as closed or as open, as right, wrong or undecided. What a judge
said stands in a column of its own and changes no other. The weighted mean is over questions, so it
is the right answers of all benchmarks over the questions of all; the plain mean, which papers
print, gives each benchmark the same weight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from diq_core.errors import BadSetting
from diq_core.evaluation.published import PUBLISHED, PUBLISHED_NOTE
from diq_core.statistics.intervals import wilson

SEVEN: Mapping[str, str] = {
    "mmmu": "MMMU, Health & Medicine",
    "vqa-rad": "VQA-RAD",
    "slake": "SLAKE",
    "pathvqa": "PathVQA",
    "pmc-vqa": "PMC-VQA",
    "omnimedvqa": "OmniMedVQA",
    "medxpertqa-mm": "MedXpertQA-MM",
}
"""Key → name, in the order of the published table."""
_NAMES = {
    "mmmu": r"mmmu|basicmedicalscience|clinicalmedicine|diagnosticsandlaboratory|pharmacy"
            r"|publichealth",
    "vqa-rad": r"vqarad|radvqa",
    "slake": r"slake",
    "pathvqa": r"pathvqa|pvqa",
    "pmc-vqa": r"pmcvqa",
    "omnimedvqa": r"omnimed",
    "medxpertqa-mm": r"medxpertqa",
}  # fmt: skip
_MARKS = {
    "vqa-rad": {"phrase_type", "image_organ"},
    "slake": {"q_lang", "content_type"},
    "pmc-vqa": {"Caption", "split"},
    "omnimedvqa": {"modality_type", "dataset"},
    "mmmu": {"img_type", "subfield"},
    "medxpertqa-mm": {"medical_task", "body_system"},
}
"""What the questions of a benchmark say of themselves, whatever their file is called."""


def known_as(name: str, meta: Sequence[Mapping[str, Any]]) -> str:
    """Return the key of the benchmark that a set of questions is, or "".

    Args:
        name: what the set is called.
        meta: what its questions say besides, all of them with images.
    """
    plain = re.sub(r"[^a-z0-9]", "", name.casefold())
    for key, pattern in _NAMES.items():
        if re.search(pattern, plain):
            return key
    for key, marks in _MARKS.items():
        if meta and all(marks <= each.keys() for each in meta):
            return key
    return ""


@dataclass(slots=True)
class Tally:
    """How questions were answered, each counted once."""

    right: int = 0
    wrong: int = 0
    undecided: int = 0

    @property
    def asked(self) -> int:
        return self.right + self.wrong + self.undecided

    @property
    def share(self) -> float | None:
        """The share of right answers of all that were asked; None = none was."""
        return self.right / self.asked if self.asked else None

    def count(self, correct: bool, chosen: str | None) -> None:
        """Count one answer; nothing chosen is undecided."""
        self.right += correct
        self.undecided += not correct and chosen is None
        self.wrong += not correct and chosen is not None

    def add(self, other: Tally) -> None:
        self.right += other.right
        self.wrong += other.wrong
        self.undecided += other.undecided

    def to_json(self) -> dict[str, Any]:
        low, high = wilson(self.share, self.asked, 0.95) if self.share is not None else (None, None)
        return {
            "asked": self.asked, "right": self.right, "wrong": self.wrong,
            "undecided": self.undecided, "share": self.share, "low": low, "high": high,
        }  # fmt: skip

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Tally:
        """Return the tally that `to_json` wrote."""
        return cls(found["right"], found["wrong"], found["undecided"])


@dataclass(slots=True)
class Line:
    """One benchmark of the report.

    Attributes:
        sets: names of the question files that belong to it.
        left_out: rows that could not be counted.
        not_drawn: questions that were not asked, because a part was drawn.
        closed, open: by the rule; together they are all questions asked.
        judge: what a judge said, of the questions it was asked about.
    """

    key: str
    sets: list[str] = field(default_factory=list)
    left_out: int = 0
    not_drawn: int = 0
    closed: Tally = field(default_factory=Tally)
    open: Tally = field(default_factory=Tally)
    judge: Tally = field(default_factory=Tally)

    @property
    def rule(self) -> Tally:
        """Closed and open together."""
        both = Tally()
        both.add(self.closed)
        both.add(self.open)
        return both

    def to_json(self) -> dict[str, Any]:
        return {
            "name": SEVEN[self.key], "sets": self.sets, "left_out": self.left_out,
            "not_drawn": self.not_drawn,
            **{name: getattr(self, name).to_json() for name in ("rule", "closed", "open")},
            "judge": self.judge.to_json() if self.judge.asked else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """The benchmarks among the seven that one evaluation asked.

    Attributes:
        model: that was tested.
        about: further sentences that belong beside the figures.
        lines: in the order of `SEVEN`.
        others: question files that are none of the seven.
    """

    model: str
    about: tuple[str, ...]
    lines: tuple[Line, ...]
    others: tuple[str, ...]

    @property
    def weighted(self) -> Tally:
        """All questions of all benchmarks as one."""
        whole = Tally()
        for line in self.lines:
            whole.add(line.rule)
        return whole

    @property
    def plain_mean(self) -> float | None:
        """The mean of the benchmarks' shares, each with the same weight."""
        shares = [share for line in self.lines if (share := line.rule.share) is not None]
        return sum(shares) / len(shares) if shares else None

    @property
    def missing(self) -> list[str]:
        return [name for key, name in SEVEN.items() if key not in {e.key for e in self.lines}]

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "about": list(self.about),
            "benchmarks": {line.key: line.to_json() for line in self.lines},
            "weighted_mean": self.weighted.to_json(),
            "plain_mean": self.plain_mean,
            "missing": self.missing,
            "none_of_the_seven": list(self.others),
            "published_by_others": {"note": PUBLISHED_NOTE, "averages": dict(PUBLISHED)},
        }


def report_of(
    results: Mapping[str, Any],
    model: str,
    *,
    about: Sequence[str] = (),
    judged: Mapping[tuple[str, str], bool | None] | None = None,
    named: Mapping[str, str] | None = None,
) -> Report:
    """Return the report of one evaluation with written answers.

    Args:
        results: its ``results.json``.
        about: see `Report`.
        judged: (set, id of a question) → what a judge said; None = it could not say.
        named: set → the key of the benchmark that somebody says it is.

    Raises:
        BadSetting: `named` holds a set or a key that is not there.
    """
    _check(named or {}, results["benchmarks"])
    lines: dict[str, Line] = {}
    others = []
    for name, found in results["benchmarks"].items():
        key = (named or {}).get(name) or found.get("known_as", "")
        if not key or "kinds" not in found:
            others.append(name)
            continue
        line = lines.setdefault(key, Line(key))
        line.sets.append(name)
        line.left_out += sum(found["left_out"].values())
        line.not_drawn += found["available"] - found["questions"]
        line.closed.add(Tally.of(found["kinds"]["closed"]))
        line.open.add(Tally.of(found["kinds"]["open"]))
        line.judge.add(_judged(name, judged or {}))
    ordered = tuple(lines[key] for key in SEVEN if key in lines)
    return Report(model, tuple(about), ordered, tuple(others))


def _check(named: Mapping[str, str], sets: Mapping[str, Any]) -> None:
    for name, key in named.items():
        if name not in sets or key not in SEVEN:
            raise BadSetting(
                f"The evaluation has no questions called '{name}'" if name not in sets
                else f"'{key}' is none of the seven benchmarks",
                which=f"{name}={key}",
                todo=f"use one of {', '.join(sets)} = one of {', '.join(SEVEN)}",
            )  # fmt: skip


def _judged(name: str, judged: Mapping[tuple[str, str], bool | None]) -> Tally:
    said = [verdict for (set_name, _), verdict in judged.items() if set_name == name]
    return Tally(said.count(True), said.count(False), said.count(None))
