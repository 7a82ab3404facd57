"""A stretch of text that is looked through: what it holds is noted once, for every rule."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile("[0-9]+")
_LETTERS = re.compile("(?<![0-9A-Za-z])[A-Za-z]{1,16}$")
STEM = 3
"""Letters by which the beginning of a word is known."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a text, and where its words and numbers begin.

    Attributes:
        text: the whole text.
        start: first character of the stretch.
        end: one after its last.
        lowered: the stretch in lower case.
        digits: how many it holds.
        longest: digits of its longest run of digits.
        words: the first three letters of its words in lower case, or all of a shorter one → where
            they begin, ascending.
        figures: how many digits a run has that no letter or digit stands before → where such runs
            begin, ascending.
        codes: where one to sixteen letters begin that digits follow, as in "AB12", ascending.
    """

    text: str
    start: int
    end: int
    lowered: str
    digits: int
    longest: int
    words: dict[str, list[int]]
    figures: dict[int, list[int]]
    codes: list[int]


def stretch_of(text: str, start: int, end: int) -> Stretch:
    """Return the stretch between two places of `text`."""
    words: dict[str, list[int]] = {}
    for match in _WORD.finditer(text, start, end):
        words.setdefault(match.group()[:STEM].lower(), []).append(match.start())
    runs = [match.span() for match in _RUN.finditer(text, start, end)]
    lengths = [after - at for at, after in runs]
    figures: dict[int, list[int]] = {}
    codes: list[int] = []
    for at, after in runs:
        before = text[at - 1 : at]
        if not (before.isascii() and before.isalnum()):
            figures.setdefault(after - at, []).append(at)
        elif letters := _LETTERS.search(text, max(start, at - 16), at):
            codes.append(letters.start())
    lowered = text[start:end].lower()
    longest = max(lengths, default=0)
    return Stretch(text, start, end, lowered, sum(lengths), longest, words, figures, codes)
