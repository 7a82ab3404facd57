"""Where a model's answer disagrees with the reference: each point by kind and by severity.

Pure: what is asked, what counts as a critique, and the table of many. A reply that cannot be
read is missing with a reason; it never counts as "no disagreement".

Source: after Med-CoDE, which has a model write critiques of an answer against the reference
and grades the disagreement; kinds, severities and words here are ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

from diq_core.asking.prompts import PROMPTS, Prompt, load_prompt
from diq_core.asking.replies import Missing, read_object
from diq_core.data.marks import as_material

Disagreement = Literal[
    "missing_finding",
    "wrong_fact",
    "wrong_inference",
    "unsafe_advice",
    "unsupported_claim",
    "irrelevant",
]
Severity = Literal["none", "minor", "moderate", "severe"]

KINDS: tuple[Disagreement, ...] = get_args(Disagreement)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

KIND_HELP: dict[Disagreement, str] = {
    "missing_finding": "a finding, diagnosis or step that the reference needs is not there.",
    "wrong_fact": "a statement contradicts the case, the reference or established knowledge.",
    "wrong_inference": "the facts are right, but what is concluded from them is not.",
    "unsafe_advice": "acting on it could harm a patient.",
    "unsupported_claim": "a claim that matters has nothing in the case or in knowledge behind it.",
    "irrelevant": "it does not bear on the question.",
}
SEVERITY_HELP: dict[Severity, str] = {
    "none": "different, but of no consequence for the conclusion or the patient.",
    "minor": "worth correcting; the conclusion and the care stay the same.",
    "moderate": "weakens the conclusion, or could delay or worsen care.",
    "severe": "makes the conclusion wrong, or could seriously harm a patient.",
}
_TEXT_LIMIT = 4000
_MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Point:
    """One disagreement.

    Attributes:
        quote: the words that are meant; empty where something is missing.
        why: what should be there instead.
        quoted: whether the quote stands in the response, white space and case aside; False =
            the critic made it up or changed it. True where there is nothing to quote.
    """

    kind: Disagreement
    severity: Severity
    quote: str
    why: str
    quoted: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the point as it is stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Critique:
    """All disagreements of one response with its reference; none = they agree."""

    points: tuple[Point, ...]

    @property
    def severity(self) -> Severity:
        """The worst severity; "none" where there is no disagreement."""
        return worst(point.severity for point in self.points)

    def as_dict(self) -> dict[str, Any]:
        """Return the critique as it is stored."""
        return {"points": [point.as_dict() for point in self.points], "severity": self.severity}


def critique_prompt() -> Prompt:
    """Return the shipped prompt."""
    return load_prompt(PROMPTS / "critique.md")


def critique_messages(
    prompt: Prompt, *, question: str, response: str, reference: str
) -> list[dict[str, str]]:
    """Return what a model is asked to compare."""
    shape = {"findings": [{"kind": "<kind>", "severity": "<severity>", "quote": "<words>",
                           "why": "<one sentence>"}]}  # fmt: skip
    material = {"question": question, "reference": reference, "response": response}
    return prompt.messages(
        {
            "kinds": "\n".join(f"- {kind}: {text}" for kind, text in KIND_HELP.items()),
            "severities": "\n".join(f"- {name}: {text}" for name, text in SEVERITY_HELP.items()),
            "example": json.dumps(shape, indent=1),
            "material": as_material(material),
        }
    )


def read_critique(text: str, response: str) -> Critique | Missing:
    """Return the critique that a model's reply holds; one bad point makes all of it missing."""
    values = read_object(text)
    if isinstance(values, Missing):
        return values
    findings = values.get("findings")
    if not isinstance(findings, list):
        return Missing("the reply has no list of findings")
    if len(findings) > _MOST_FINDINGS:
        return Missing(f"the reply has more than {_MOST_FINDINGS} findings")
    points = []
    for number, given in enumerate(findings, 1):
        point = _point(given, response)
        if isinstance(point, str):
            return Missing(f"finding {number}: {point}")
        points.append(point)
    return Critique(tuple(points))


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the gravest of `severities`; "none" where there are none."""
    return max(severities, key=SEVERITIES.index, default="none")


def summary(critiques: Mapping[str, Critique | Missing]) -> dict[str, Any]:
    """Return how many points there are of each kind and severity.

    Args:
        critiques: by sample.

    Returns:
        ``kinds``: one row a kind, with ``kind``, a count for each severity, ``points`` and
        ``samples`` (with at least one such point); ``samples``: how many have which worst
        severity; ``compared``, ``missing``: samples; ``not_quoted``: points whose quote does
        not stand in the response.
    """
    read = {id: one for id, one in critiques.items() if isinstance(one, Critique)}
    rows: list[dict[str, Any]] = []
    for kind in KINDS:
        points = [(id, point) for id, one in read.items() for point in one.points
                  if point.kind == kind]  # fmt: skip
        counts: dict[str, int] = {
            name: sum(point.severity == name for _, point in points) for name in SEVERITIES
        }
        rows.append({"kind": kind, **counts, "points": len(points),
                     "samples": len({id for id, _ in points})})  # fmt: skip
    return {
        "kinds": rows,
        "samples": {
            name: sum(one.severity == name for one in read.values()) for name in SEVERITIES
        },
        "compared": len(read),
        "missing": len(critiques) - len(read),
        "not_quoted": sum(not point.quoted for one in read.values() for point in one.points),
    }


def stored_critique(value: Mapping[str, Any]) -> Critique | Missing:
    """Return the critique that `value`, as it is stored, holds."""
    if value.get("critique") is None:
        return Missing(str(value.get("reason", "")))
    return Critique(tuple(Point(**point) for point in value["critique"]["points"]))


def _point(given: Any, response: str) -> Point | str:
    if not isinstance(given, dict):
        return "it is no object"
    kind, severity = given.get("kind"), given.get("severity")
    if kind not in KINDS:
        return "its kind is none of the kinds"
    if severity not in SEVERITIES:
        return "its severity is none of the severities"
    quote, why = given.get("quote", ""), given.get("why")
    if not isinstance(quote, str) or not isinstance(why, str) or not why.strip():
        return "it says no reason"
    if max(len(quote), len(why)) > _TEXT_LIMIT:
        return "it is too long"
    if not quote.strip() and kind != "missing_finding":
        return "it quotes nothing"
    quoted = _flat(quote) in _flat(response)
    return Point(cast(Disagreement, kind), cast(Severity, severity), quote, why, quoted)


def _flat(text: str) -> str:
    return " ".join(text.split()).casefold()
