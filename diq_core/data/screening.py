"""What is noticed about samples once they are read, and which are left out for it.

An import screens what a file holds, a mixture what its sources hold: by the same rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diq_core.data.checks import check
from diq_core.data.choosing import BY_HAND, Chosen
from diq_core.data.comparing import compare as compare_samples
from diq_core.data.comparing import match_family, match_findings, match_reason
from diq_core.data.findings import RULES, Finding
from diq_core.data.overlap import NEAR_THRESHOLD, Match
from diq_core.data.sample import Sample
from diq_core.data.shelf import Shelf


@dataclass(frozen=True)
class Screened:
    """What came of screening samples.

    Attributes:
        reasons: id → why the sample is left out by default.
        families: the same by kind of reason, without ids → how many.
        findings: what was known before, then what each sample shows, then comparisons.
        matches: the duplicates and overlaps behind the last findings.
    """

    reasons: dict[str, str]
    families: Counter[str]
    findings: Sequence[Finding]
    matches: list[Match]

    def counts(self, samples: int) -> dict[str, Any]:
        """Return how many of so many samples are in use, and what was found, by rule."""
        rules = Counter(found.rule for found in self.findings)
        return {
            "samples": samples,
            "included": samples - len(self.reasons),
            "excluded": dict(sorted(self.families.items())),
            "findings": {rule: rules[rule] for rule in RULES if rules[rule]},
        }


def screen(
    samples: Sequence[Sample],
    known: Iterable[Finding] = (),
    *,
    against: Mapping[str, Sequence[Sample]] | None = None,
    near_threshold: float = NEAR_THRESHOLD,
    exclude_duplicates: bool = True,
    exclude_overlap: bool = True,
    keep: Collection[str] = (),
    leave_out: Collection[str] = (),
    compare: bool = True,
    further: Callable[[Sample], list[Finding]] | None = None,
    folder: Path | None = None,
    seed: int = 0,
    tick: Callable[[], None] | None = None,
) -> Screened:
    """Check samples one by one and against each other, and say which are left out.

    Args:
        known: what was noticed before; it leaves samples out as what is found here does.
        tick: called for each comparison.

    The other arguments are those of `import_samples`.
    """
    findings: Shelf[Finding] = Shelf(known, folder=folder)
    for sample in samples:
        findings.extend(check(sample))
        findings.extend(further(sample) if further else ())
    left_out = _Exclusions(findings)
    matches: list[Match] = []
    if compare:
        matches = compare_samples(
            samples,
            left_out.reasons,
            against or {},
            threshold=near_threshold,
            seed=seed,
            drop_overlap=exclude_overlap,
            folder=folder,
            tick=tick,
        )
        findings.extend(match_findings(samples, matches))
    chosen = Chosen.of(samples, keep, leave_out)
    for item in matches:
        if item.contradicts or (item.id in chosen.kept and not item.group):
            continue
        if exclude_overlap if item.group else exclude_duplicates:
            left_out.add(item.id, match_reason(item), match_family(item))
    for id in chosen.left_out:
        left_out.add(id, BY_HAND, BY_HAND)
    findings.extend(chosen.not_followed(samples, left_out.reasons))
    return Screened(left_out.reasons, left_out.families, findings, matches)


class _Exclusions:
    """Why samples are left out by default; the first reason stands."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.reasons: dict[str, str] = {}
        self.families: Counter[str] = Counter()
        for found in findings:
            reason = RULES[found.rule].excludes
            if reason and found.id:
                self.add(found.id, reason, reason)

    def add(self, id: str, reason: str, family: str) -> None:
        """Leave a sample out, and count the reason's family."""
        if id not in self.reasons:
            self.reasons[id] = reason
            self.families[family] += 1
