"""All identifiers in one text, in time that grows with its length.

Figures are looked for only around digits, what is told by words only around these words, names
only in runs of capitalised words. What is denser in these than any text of a sample is not looked
through to its end: it is then reported as a whole, as "unread", so that it is never taken for
clean.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator

from diq_core.privacy import dates, names, numbers, online, places, worded
from diq_core.privacy.identifier import Identifier, Kind, digest
from diq_core.privacy.rule import Rule
from diq_core.privacy.tagger import Tagger

MOST_DENSE = 60_000
"""Characters near digits that are looked through; more is no sample but a table of numbers."""
MOST_RUNS = 20_000
"""Runs of capitalised words that are looked at."""

_FIGURES = re.compile(r"[0-9](?:[^0-9]{0,30}+[0-9])*+")
_DIGITS = re.compile("[0-9]")
_BEFORE, _AFTER = 90, 60
_AROUND_DIGITS: tuple[Rule, ...] = (
    *numbers.RULES, *dates.RULES, *dates.AGES, *online.NUMBERS, *places.RULES,
)  # fmt: skip

_Found = tuple[int, int, Kind, bool]


_LAST = ("phone", "other")
"""Where a text may be of two classes, it is of the other."""


class _TooDense(Exception):
    """More candidates than a text of a sample has."""


def find(
    text: str, *, field: str = "", key: bytes = b"", tagger: Tagger | None = None
) -> list[Identifier]:
    """Return the identifiers in `text`, in their order; they do not overlap.

    Args:
        text: any text.
        field: where it comes from; kept with each identifier.
        key: a secret for the digests; without one, they can be tried out (see `digest`).
        tagger: a name finder of the user's (`tagger.load_tagger`); what it finds is not sure.

    Returns:
        What was found, without its text. One identifier of the kind "unread" over the whole text
        where there is too much to look at.
    """
    try:
        found = _apart([*_figures(text), *_worded(text), *_people(text), *_tagged(text, tagger)])
    except _TooDense:
        found = [(0, len(text), "unread", True)]
    return [
        Identifier(field, start, end, kind, digest(text[start:end], key), sure)
        for start, end, kind, sure in found
    ]


def _figures(text: str) -> Iterator[_Found]:
    left = MOST_DENSE
    for start, end in _windows(text):
        left -= end - start
        if left < 0:
            raise _TooDense
        stretch = text[start:end].lower()
        digits = len(_DIGITS.findall(stretch))
        for rule in _AROUND_DIGITS:
            if rule.may_match(stretch, digits):
                for a, b in rule.spans(text, start, end):
                    yield a, b, rule.kind, rule.sure


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches around digits, those that touch as one."""
    start = end = -1
    for match in _FIGURES.finditer(text):
        a, b = max(0, match.start() - _BEFORE), min(len(text), match.end() + _AFTER)
        if a > end:
            if end >= 0:
                yield start, end
            start = a
        end = b
    if end >= 0:
        yield start, end


def _worded(text: str) -> Iterator[_Found]:
    lowered = text.lower()
    left = MOST_DENSE
    for rule in worded.RULES:
        for start, end in rule.windows(lowered if len(lowered) == len(text) else text):
            left -= end - start
            if left < 0:
                raise _TooDense
            for a, b in rule.spans(text, start, end):
                yield a, b, rule.kind, True


def _people(text: str) -> Iterator[_Found]:
    for count, match in enumerate(names.RUN.finditer(text)):
        if count >= MOST_RUNS:
            raise _TooDense
        for start, end, sure in names.spans(text, *match.span()):
            yield start, end, "name", sure


def _tagged(text: str, tagger: Tagger | None) -> Iterator[_Found]:
    for start, end in tagger(text) if tagger else ():
        yield start, end, "name", False


def _apart(found: Iterable[_Found]) -> list[_Found]:
    """Keep of what overlaps the longer, then the sure, then the closer class."""
    order = sorted(found, key=lambda each: (each[0] - each[1], not each[3], each[2] in _LAST, each))
    kept: list[_Found] = []
    for each in order:
        at = bisect(kept, each)
        free_before = at == 0 or kept[at - 1][1] <= each[0]
        if free_before and (at == len(kept) or each[1] <= kept[at][0]):
            kept.insert(at, each)
    return kept
