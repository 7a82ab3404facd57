"""What the verdicts on a sample come to, and the text that counts from then on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diq_core.review.form.answer import EDIT_VERDICT
from diq_core.review.store.reading import Judgement
from diq_core.review.verdicts.outcomes import Outcome, corrected_texts, outcomes

Standing = Literal["accepted", "accepted with edit", "rejected", "undecided"]

NO_TEXT = "nobody wrote a correction"
DIFFERENT = "the reviewers' corrections differ, and nobody settled which one counts"


@dataclass(frozen=True, slots=True)
class Correction:
    """Another text for one field.

    Attributes:
        field: "question", "reasoning" or "answer".
        original: the text it was written for; None = not known.
        text: the text that counts.
    """

    field: str
    original: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """How one sample stands.

    Attributes:
        standing: "rejected" as `outcomes` has it; "accepted" where more than half of the answers
            that count accept it, "with edit" where at least half of these ask for an edit.
        settled: whether a third person decided; then only their answer counts.
        corrections: by field; empty unless accepted with edit.
        open: why a sample that was accepted with edit has no correction; empty otherwise.
    """

    sample: str
    standing: Standing
    settled: bool
    corrections: tuple[Correction, ...] = ()
    open: str = ""


def rulings(
    verdicts: Iterable[Judgement], settled: Iterable[Judgement], edits: Iterable[Judgement]
) -> dict[str, Ruling]:
    """Return the ruling on every sample that people judged, by id; models do not count.

    A correction counts where it is the third person's, or where all who accepted with edit wrote
    the same: two corrections of one text are never mixed.

    Args:
        verdicts, settled: by one form version.
        edits: all edits in force.
    """
    people = [one for one in verdicts if not one.machine]
    final = {one.sample: one for one in settled if not one.machine}
    found = outcomes(people, final.values())
    answers: dict[str, list[Judgement]] = {}
    for one in people:
        answers.setdefault(one.sample, []).append(one)
    proposals: dict[str, list[Judgement]] = {}
    for one in edits:
        if not one.machine:
            proposals.setdefault(one.sample, []).append(one)
    return {
        sample: _ruling(
            outcome, answers.get(sample, []), final.get(sample), proposals.get(sample, [])
        )
        for sample, outcome in found.items()
    }


def _ruling(
    outcome: Outcome,
    given: Sequence[Judgement],
    final: Judgement | None,
    proposals: Sequence[Judgement],
) -> Ruling:
    counted = [_verdict(final)] if final else [_verdict(one) for one in given]
    standing = _standing(outcome, counted)
    if standing != "accepted with edit":
        return Ruling(outcome.sample, standing, outcome.settled)
    chosen: Mapping[str, str] = final.value.get("edits", {}) if final else {}
    originals = {edit.scope: edit.value["original"] for edit in proposals}
    if not chosen:
        texts = corrected_texts(given, proposals)
        if not texts:
            return Ruling(outcome.sample, standing, outcome.settled, open=NO_TEXT)
        if any(other != texts[0] for other in texts):
            return Ruling(outcome.sample, standing, outcome.settled, open=DIFFERENT)
        chosen = texts[0]
    corrections = tuple(
        Correction(field, originals.get(field), text) for field, text in sorted(chosen.items())
    )
    return Ruling(outcome.sample, standing, outcome.settled, corrections)


def _standing(outcome: Outcome, counted: Sequence[str]) -> Standing:
    if outcome.rejected:
        return "rejected"
    accepting = [verdict for verdict in counted if verdict in ("accept", EDIT_VERDICT)]
    if 2 * len(accepting) <= len(counted):
        return "undecided"
    edited = accepting.count(EDIT_VERDICT)
    return "accepted with edit" if 2 * edited >= len(accepting) else "accepted"


def _verdict(one: Judgement) -> str:
    answer: Mapping[str, Any] = one.value["answer"]
    return str(answer["verdict"])
