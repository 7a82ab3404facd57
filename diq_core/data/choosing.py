"""What people chose among samples that ask the same, found again among those of a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from diq_core.data.findings import Finding, about, finding
from diq_core.data.sample import Sample, content_id
from diq_core.data.text import visible

BY_HAND = "left out by hand"


@dataclass(frozen=True)
class Chosen:
    """What people chose of the samples of one file.

    Attributes:
        kept: ids of samples that stay although they are duplicates.
        left_out: ids of samples that are left out, in the order of the file.
        unknown: names that no sample has.
    """

    kept: frozenset[str]
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]

    @classmethod
    def of(
        cls, samples: Sequence[Sample], keep: Collection[str], leave_out: Collection[str]
    ) -> Chosen:
        """Find the named samples; each is named by its id or its `content_id`."""
        wanted = {*keep, *leave_out}
        if not wanted:
            return cls(frozenset(), (), ())
        names = {sample.id: {sample.id, content_id(sample)} & wanted for sample in samples}
        out = set(leave_out)
        return cls(
            frozenset(id for id, found in names.items() if found and not found & out),
            tuple(id for id, found in names.items() if found & out),
            tuple(sorted(wanted - {name for found in names.values() for name in found})),
        )

    def not_followed(
        self, samples: Sequence[Sample], reasons: Mapping[str, str]
    ) -> Iterator[Finding]:
        """Yield a finding for names without a sample, and one for each kept sample that is out.

        Args:
            reasons: id → why a sample is left out.
        """
        rule = "choice-not-followed"
        if self.unknown:
            names = ", ".join(visible(name[:40]) for name in self.unknown[:3])
            message = f"{len(self.unknown):,} chosen by hand are not in this file, such as {names}"
            yield finding(rule, message, hint="nothing to do if they are of another file")
        for sample in samples if self.kept else ():
            if sample.id in self.kept and sample.id in reasons:
                message = f"It is to be kept by hand, but left out: {reasons[sample.id]}"
                yield about(sample, rule, message, hint="put that right in the file")
