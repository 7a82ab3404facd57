"""A stretch of text that is looked through: what it holds is noted once, for every rule."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile("[0-9]+")
STEM = 3
"""Letters by which the beginning of a word is known."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a text, and where its words begin.

    Attributes:
        text: the whole text.
        start: first character of the stretch.
        end: one after its last.
        lowered: the stretch in lower case.
        digits: how many it holds.
        longest: digits of its longest run of digits.
        words: the first three letters of its words in lower case, or all of a shorter one → where
            they begin, ascending.
    """

    text: str
    start: int
    end: int
    lowered: str
    digits: int
    longest: int
    words: dict[str, list[int]]


def stretch_of(text: str, start: int, end: int) -> Stretch:
    """Return the stretch between two places of `text`."""
    runs = [len(each) for each in _RUN.findall(text, start, end)]
    words: dict[str, list[int]] = {}
    for match in _WORD.finditer(text, start, end):
        words.setdefault(match.group()[:STEM].lower(), []).append(match.start())
    lowered = text[start:end].lower()
    return Stretch(text, start, end, lowered, sum(runs), max(runs, default=0), words)
