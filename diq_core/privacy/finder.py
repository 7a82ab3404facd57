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

from diq_core.privacy import ages, dates, names, numbers, online, other_scripts, places, worded
from diq_core.privacy.around import AroundWords
from diq_core.privacy.identifier import Identifier, Kind, digest
from diq_core.privacy.periods import is_period
from diq_core.privacy.rule import Span, rules_of
from diq_core.privacy.runs import RUN
from diq_core.privacy.stretch import stretch_of
from diq_core.privacy.tagger import Tagger

MOST_DENSE = 60_000
"""Characters near digits that are looked through; more is no sample but a table of numbers."""
MOST_RUNS = 20_000
"""Runs of capitalised words that are looked at."""

_FIGURES = re.compile(r"[0-9](?:[^0-9]{0,30}+[0-9])*+")
_BEFORE, _AFTER = 90, 60
_AROUND_DIGITS = rules_of(
    (*numbers.RULES, *dates.RULES, *ages.AGES, *online.NUMBERS, *places.RULES)
)
_AROUND_LATIN_WORDS = AroundWords(worded.RULES)
_AROUND_WORDS = AroundWords((*worded.RULES, *other_scripts.RULES))

# One sign for one sign, so that places stay: Arabic, Persian, Indian and wide digits, wide ASCII.
_PLAIN = str.maketrans(
    {zero + each: str(each) for zero in (0x660, 0x6F0, 0x966, 0x9E6) for each in range(10)}
    | {0xFEE0 + each: chr(each) for each in range(0x21, 0x7F)}
    | dict.fromkeys((8208, 8209, 8210), "-")
    | dict.fromkeys((160, 8199, 8239), " ")
)

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
    plain = text if text.isascii() else text.translate(_PLAIN)
    try:
        found = _apart([*_figures(plain), *_worded(plain), *_people(plain), *_tagged(text, tagger)])
        found = _without_periods(plain, found)
    except _TooDense:
        found = [(0, len(text), "unread", True)]
    return [
        Identifier(field, start, end, kind, digest(text[start:end], key), sure)
        for start, end, kind, sure in found
    ]


def _without_periods(text: str, found: list[_Found]) -> list[_Found]:
    when = [(start, end) for start, end, kind, _ in found if kind == "date"]
    return [
        each for each in found
        if each[2] != "date" or not is_period(text, each[0], each[1], _around(when, each[:2]))
    ]  # fmt: skip


def _around(dates: list[Span], this: Span) -> list[Span]:
    """Return the neighbours of a date, in a list of dates in their order."""
    at = bisect(dates, this)
    return [*dates[max(0, at - 2) : at - 1], *dates[at : at + 1]]


def _figures(text: str) -> Iterator[_Found]:
    left = MOST_DENSE
    for start, end in _windows(text):
        left -= end - start
        if left < 0:
            raise _TooDense
        stretch = stretch_of(text, start, end)
        for rule, (a, b) in _AROUND_DIGITS.found(stretch):
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
    lowered = lowered if len(lowered) == len(text) else text
    left = MOST_DENSE
    rules = _AROUND_LATIN_WORDS if text.isascii() else _AROUND_WORDS
    for rule, (start, end) in rules.windows(lowered):
        left -= end - start
        if left < 0:
            raise _TooDense
        for a, b in rule.spans(text, start, end):
            yield a, b, rule.kind, True


def _people(text: str) -> Iterator[_Found]:
    for count, match in enumerate(RUN.finditer(text)):
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
