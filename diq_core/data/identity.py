"""Ids: the user's where they are usable and unique, else made of the content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from diq_core.data.findings import Finding, finding
from diq_core.data.sample import Sample, content_id
from diq_core.data.text import BIDI, CONTROL, visible

MAX_LENGTH = 200


class Identities:
    """Gives every sample of a dataset an id of its own; the same file gives the same ids.

    The first sample with an id keeps it. A later one gets ``id~2``, ``id~3``, …, skipping ids
    that some sample of the file has anyway.

    Args:
        given: the ids of samples of the file; all of them are there before any is settled.
    """

    def __init__(self, given: Iterable[str] = ()) -> None:
        # id → whether a sample has it by now: of a large file each id is held once.
        self._taken = dict.fromkeys(given, False)
        self._next: dict[str, int] = {}

    def expect(self, given: str) -> None:
        """Note the id of a sample that is settled later."""
        self._taken.setdefault(given, False)

    def settle(self, sample: Sample) -> tuple[Sample, list[Finding]]:
        """Return the sample with its final id, and what had to be changed."""
        findings = []
        given = sample.id
        if given and not _usable(given):
            message = f"The id '{visible(given[:60])}' is too long or holds control characters"
            hint = f"use at most {MAX_LENGTH} visible characters"
            sample = replace(sample, id="", meta={**sample.meta, "given_id": given})
            findings.append(self._note("bad-id", message, hint, sample))
        if not sample.id:
            sample = replace(sample, id=content_id(sample))
        if self._taken.get(sample.id):
            fresh = self._fresh(sample.id)
            if given == sample.id:
                message = f"The id '{given}' occurs earlier; this sample is now '{fresh}'"
                findings.append(
                    self._note("duplicate-id", message, "give each sample its own id", sample)
                )
            sample = replace(sample, id=fresh)
        self._taken[sample.id] = True
        return sample, [replace(found, id=sample.id) for found in findings]

    def _fresh(self, id: str) -> str:
        number = self._next.get(id, 2)
        while (fresh := f"{id}~{number}") in self._taken:
            number += 1
        self._next[id] = number + 1
        return fresh

    @staticmethod
    def _note(rule: str, message: str, hint: str, sample: Sample) -> Finding:
        return finding(rule, message, hint=hint, file=sample.file, line=sample.line, field="id")


def _usable(id: str) -> bool:
    return (
        len(id) <= MAX_LENGTH
        and not CONTROL.search(id)
        and not BIDI.search(id)
        and not any(mark in id for mark in "\n\r\t")
    )
