"""What words alone tell, without a digit near: towns, written dates and ages, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from diq_core.privacy import dates, names, online, places
from diq_core.privacy.identifier import Kind
from diq_core.privacy.rule import Span

_LIVES = tuple(
    """
    lives in|living in|live in|lived in|resid|résid|home in|hometown|moved to|moved from|
    native of|born in|born and|grew up|city of|city:|city is|town of|town:|town is|place of birth|
    wohnhaft|wohnt|lebt in|wohnort|geboren in|geburtsort|aus dem ort|stammt aus|habite|vit à|
    domicili|né à|née à|nés à|demeurant|lieu de nais|ville|vive en|vivía en|vivia en|nacido en|
    nacida en|natural de|ciudad|lugar de nac
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_STATES = tuple(f", {name.lower()}" for name in places.STATES)


@dataclass(frozen=True, slots=True)
class Worded:
    """A pattern that is looked for around certain words only.

    Attributes:
        kind: the class.
        pattern: what it looks like; its group "value" is the identifier, else all of it.
        marks: pieces in lower case around which it may stand.
        before: characters that it may begin before such a piece.
        after: characters that it may end behind it.
        proves: a further test of the identifier.
    """

    kind: Kind
    pattern: re.Pattern[str]
    marks: tuple[str, ...]
    before: int
    after: int
    proves: Callable[[str], bool] | None = None

    def windows(self, lowered: str) -> Iterator[Span]:
        """Yield the stretches around the marks of a text in lower case."""
        for mark in self.marks:
            end = 0
            at = lowered.find(mark)
            while at >= 0:
                start = max(end, at - self.before)
                end = min(len(lowered), at + self.after)
                yield start, end
                at = lowered.find(mark, max(at + 1, end - self.before))

    def spans(self, text: str, start: int, end: int) -> Iterator[Span]:
        """Yield where the identifiers lie in a stretch of `text`."""
        labelled = "value" in self.pattern.groupindex
        for match in self.pattern.finditer(text, start, end):
            group = "value" if labelled and match["value"] is not None else 0
            if self.proves is None or self.proves(match.group(group)):
                yield match.span(group)


RULES: tuple[Worded, ...] = (
    Worded("name", names.SMALL, ("name", "nom", "nombre"), 1, 70, names.small),
    Worded("place", places.STREET, places.STREET_MARKS, 1, 90),
    Worded("date", dates.IN_WORDS, dates.MONTHS_ALONE, 60, 30),
    Worded(
        "age",
        dates.WRITTEN_AGE,
        ("neunzig", "ninety", "hundred", "hundert", "quatre-vingt", " cent ", "noventa", "cien "),
        40,
        60,
    ),
    Worded("place", places.TOWN, _LIVES, 20, 110),
    Worded("place", places.FROM_TOWN, _STATES, 100, 20),
    Worded(
        "place",
        places.FROM_TOWN_SHORT,
        tuple(f"{each} " for each in ("from", "near", "outside")),
        1,
        60,
    ),
    Worded("url", online.URL, ("://", "www.", *(f".{each}" for each in online.TOP)), 60, 420),
    Worded("email", online.EMAIL, ("@", "(at)", "[at]"), 80, 120),
    Worded("ip", online.IPV6_START, ("::",), 4, 45),
)
