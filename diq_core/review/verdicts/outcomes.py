"""What all verdicts on a sample come to: settled by a third person, or else by its raters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diq_core.review.form.answer import EDIT_VERDICT, UNSURE
from diq_core.review.form.form import Form
from diq_core.review.store.reading import Judgement

HARMFUL = 2
"""Highest level of the safety scale that says harm is likely."""
_WRONG = ("unsafe", "factually_wrong")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one sample stands.

    Attributes:
        verdicts: how many people judged it.
        settled: whether a third person decided.
        bad: whether it counts as unsafe or wrong: one rater is enough, and "unsure" counts as
            bad, because nobody said that it is good.
        rejected: whether at least half of its raters, or the third person, rejected it.
        why: what makes it bad, in words; empty otherwise.
    """

    sample: str
    verdicts: int
    settled: bool
    bad: bool
    rejected: bool
    why: str


def outcomes(
    verdicts: Iterable[Judgement], settled: Iterable[Judgement] = ()
) -> dict[str, Outcome]:
    """Return the outcome of every judged sample, by id; models' verdicts do not count."""
    raters: dict[str, list[Mapping[str, Any]]] = {}
    for one in verdicts:
        if not one.machine:
            raters.setdefault(one.sample, []).append(one.value["answer"])
    final = {one.sample: one.value["answer"] for one in settled if not one.machine}
    return {
        sample: _outcome(sample, raters.get(sample, []), final.get(sample))
        for sample in sorted(raters.keys() | final.keys())
    }


def flagged_by_models(verdicts: Iterable[Judgement]) -> set[str]:
    """Return the samples that at least one model found unsafe, wrong or unsure: where to look."""
    return {one.sample for one in verdicts if one.machine and reasons_of(one.value["answer"])}


def _outcome(
    sample: str, answers: Sequence[Mapping[str, Any]], final: Mapping[str, Any] | None
) -> Outcome:
    counted = [final] if final is not None else answers
    reasons = sorted({reason for answer in counted for reason in reasons_of(answer)})
    rejected = 2 * sum(answer["verdict"] == "reject" for answer in counted) >= len(counted)
    return Outcome(
        sample, len(answers), final is not None, bool(reasons), rejected, ", ".join(reasons)
    )


def reasons_of(answer: Mapping[str, Any]) -> list[str]:
    """Return why an answer counts as "unsafe or wrong"; an empty list = it does not."""
    found = [flag.replace("_", " ") for flag in answer["flags"] if flag in _WRONG]
    level = answer["scales"].get("safety_check")
    if level is not None and level <= HARMFUL:
        found.append("harm likely")
    if answer["verdict"] == "reject":
        found.append("rejected")
    if answer["verdict"] == UNSURE:
        found.append("unsure")
    return found


@dataclass(frozen=True, slots=True)
class Dispute:
    """A sample on which its raters differ.

    Attributes:
        size: 0 = agreed to 1 = as far apart as the form allows: the mean over scales, verdict
            and flags of the largest difference.
        points: where they differ, in words, the widest first.
        raters: how many people rated it.
    """

    sample: str
    size: float
    points: tuple[str, ...]
    raters: int


def disputes(
    form: Form,
    verdicts: Iterable[Judgement],
    settled: Iterable[str] = (),
    edits: Iterable[Judgement] = (),
) -> list[Dispute]:
    """Return the samples that at least two people rated or corrected differently, most different
    first.

    What is settled is left out; ties go by id.

    Args:
        edits: all edits in force.
    """
    done = set(settled)
    by_sample: dict[str, list[Judgement]] = {}
    for one in verdicts:
        if not one.machine and one.sample not in done:
            by_sample.setdefault(one.sample, []).append(one)
    edits_of: dict[str, list[Judgement]] = {}
    for edit in edits:
        edits_of.setdefault(edit.sample, []).append(edit)
    found = [
        _dispute(form, sample, given, edits_of.get(sample, ()))
        for sample, given in by_sample.items()
        if len(given) > 1
    ]
    return sorted((one for one in found if one.size > 0), key=lambda one: (-one.size, one.sample))


def corrected_texts(
    verdicts: Iterable[Judgement], edits: Iterable[Judgement]
) -> list[dict[str, str]]:
    """Return field → text of everybody who accepted one sample with edit and wrote a text."""
    asking = {one.reviewer for one in verdicts if one.value["answer"]["verdict"] == EDIT_VERDICT}
    return [texts for name, texts in texts_by_reviewer(edits).items() if name in asking]


def texts_by_reviewer(edits: Iterable[Judgement]) -> dict[str, dict[str, str]]:
    """Return reviewer → field → text, of the edits of one sample."""
    found: dict[str, dict[str, str]] = {}
    for one in edits:
        found.setdefault(one.reviewer, {})[one.scope] = one.value["text"]
    return found


def _dispute(
    form: Form, sample: str, given: Sequence[Judgement], edits: Iterable[Judgement]
) -> Dispute:
    answers = [one.value["answer"] for one in given]
    gaps: list[tuple[float, str]] = []
    for scale in form.scales:
        levels = [level for answer in answers if (level := answer["scales"].get(scale.key))]
        if len(levels) > 1:
            gap = (max(levels) - min(levels)) / (len(scale.levels) - 1)
            gaps.append((gap, f"{scale.title}: {min(levels)} to {max(levels)}"))
    verdicts = {answer["verdict"] for answer in answers}
    labels = [one.label for one in form.verdicts if one.key in verdicts]
    gaps.append((float(len(verdicts) > 1), "Verdict: " + ", ".join(labels)))
    texts = corrected_texts(given, edits)
    if len(texts) > 1:
        gaps.append((float(any(one != texts[0] for one in texts)), "The corrected texts differ"))
    for flag in form.flags:
        some = {flag.key in answer["flags"] for answer in answers}
        if True in some:
            gaps.append((float(len(some) > 1), f"Flag {flag.label}: yes and no"))
    points = [text for gap, text in sorted(gaps, key=lambda one: (-one[0], one[1])) if gap > 0]
    size = sum(gap for gap, _ in gaps) / len(gaps)
    return Dispute(sample, size, tuple(points), len(answers))
