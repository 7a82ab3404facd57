"""Duplicates and overlap as findings and as reasons to leave a sample out."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from diq_core.data.findings import Finding, about
from diq_core.data.overlap import Match, duplicates_in, overlaps_of
from diq_core.data.prepared import Prepared
from diq_core.data.sample import Sample, answer_text
from diq_core.data.text import visible


def compare(
    samples: Sequence[Sample],
    skip: Collection[str],
    against: Mapping[str, Sequence[Sample]],
    *,
    threshold: float,
    seed: int,
    drop_overlap: bool = True,
    folder: Path | None = None,
    tick: Callable[[], None] | None = None,
) -> list[Match]:
    """Return the overlaps with each set in `against`, then the duplicates within the samples.

    Args:
        skip: ids of samples that are left out for another reason: they neither count as
            duplicates nor displace a sample that could be used.
        against: name → validation or test questions.
        threshold, seed, tick: see `overlap.duplicates`.
        drop_overlap: overlapping samples are left out, so they are not asked for duplicates.
        folder: see `Prepared`.
    """
    used = array("Q", (place for place, sample in enumerate(samples) if sample.id not in skip))
    prepared = Prepared(samples, used, folder=folder, tick=tick)
    found = overlaps_of(prepared, against, threshold=threshold)
    gone = found.keys() if drop_overlap else ()
    twice = duplicates_in(prepared, gone=gone, threshold=threshold, seed=seed, tick=tick)
    return [match for matches in found.values() for match in matches] + twice


def match_reason(match: Match) -> str:
    """Return what a match is, e.g. "a near duplicate of X (similarity 0.91)"."""
    alike = f" (similarity {match.similarity:.2f})" if match.kind == "near" else ""
    if match.group:
        how = "occurs" if match.kind == "exact" else "nearly occurs"
        return f"{how} in {match.group}: {match.other}{alike}"
    how = "an exact" if match.kind == "exact" else "a near"
    return f"{how} duplicate of {match.other}{alike}"


def match_family(match: Match) -> str:
    """Return the reason without ids, for counting, e.g. "near duplicate"."""
    if match.group:
        return f"{'occurs' if match.kind == 'exact' else 'nearly occurs'} in {match.group}"
    return f"{match.kind} duplicate"


def match_findings(samples: Sequence[Sample], matches: Iterable[Match]) -> list[Finding]:
    """Return one finding for each match in their order, for a contradiction one on each side."""
    matches = list(matches)
    wanted = {id for match in matches for id in (match.id, match.other)}
    places = {each.id: place for place, each in enumerate(samples) if each.id in wanted}
    found = []
    for match in matches:
        one = samples[places[match.id]]
        if match.contradicts:
            other = samples[places[match.other]]
            found += [_contradiction(one, other, match), _contradiction(other, one, match)]
            continue
        family = "overlap" if match.group else "duplicate"
        message = f"The question is {match_reason(match)}"
        hint = "the first one stays"
        if match.group:
            message = f"The question {match_reason(match)}"
            hint = "training on it would make the evaluation worthless"
        found.append(
            about(
                one,
                f"{family}-{match.kind}",
                message,
                hint=hint,
                field="question",
            )
        )
    return found


def _contradiction(sample: Sample, other: Sample, match: Match) -> Finding:
    same = "The same question" if match.kind == "exact" else "Nearly the same question"
    message = (
        f"{same} has another answer in {other.id}: '{_short(answer_text(sample))}' here, "
        f"'{_short(answer_text(other))}' there"
    )
    hint = "at most one can be right: correct one, or put the wrong one out by hand"
    return about(sample, "answers-contradict", message, hint=hint, field="answer")


def _short(text: str) -> str:
    return visible(" ".join(text.split()))[:80]
