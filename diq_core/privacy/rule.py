"""One rule: what a class of identifiers looks like, behind which words, and what proves it.

Patterns repeat only a bounded number of times and start at a word's edge, so a text that is made
to be slow costs no more per character than any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from diq_core.privacy.identifier import Kind

Span = tuple[int, int]

_FILLER = (
    r"(?:[\s:#=.,'’*_|/()\[\]\"-]{0,4}\b(?:nos?|nr|numbers?|num|nummer|lautet|num[ée]ros?|n[úu]mero|"
    r"codes?|ids?|ident\w{0,8}|is|was|the|ist|war|est|es|ending in|last four|last 4|digits|"
    r"of (?:the |this |our )?(?:patient|insured|device)|recorded as|on file|listed|value)\b(?!-)|"
    r"[\s.]{0,2}(?:n\.? ?)?[№°º#]){0,6}[\s:#=.,'’*_|/()\[\]\"-]{0,5}"
)
_YEAR = re.compile("(?:19|20)[0-9]{2}")
ID = (
    r"(?=[A-Za-z./-]{0,8}[0-9])[A-Za-z]{0,6}[-./ ]?[0-9][0-9A-Za-z]{0,24}"
    r"(?:[-./ ][0-9][0-9A-Za-z]{0,12}|[-./][0-9A-Za-z]{1,12}){0,6}"
)
"""A number of some register: letters may lead, blanks only before a digit."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of one class.

    Attributes:
        kind: the class.
        pattern: what it looks like; its group "value" is the identifier, else all of it.
        proves: a further test of the identifier, e.g. its checksum.
        sure: whether a match leaves no doubt.
        near: lower-case pieces of which one must stand in the same stretch of text; empty = any.
        fewest: digits that the stretch must hold.
    """

    kind: Kind
    pattern: re.Pattern[str]
    proves: Callable[[str], bool] | None = None
    sure: bool = True
    near: tuple[str, ...] = ()
    fewest: int = 1

    def may_match(self, lowered: str, digits: int) -> bool:
        """Return whether it is worth a look, from a stretch in lower case and its digits."""
        if digits < self.fewest:
            return False
        return not self.near or any(each in lowered for each in self.near)

    def spans(self, text: str, start: int, end: int) -> Iterator[Span]:
        """Yield where the identifiers lie that begin and end between two places of `text`."""
        group = "value" if "value" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text, start, end):
            if self.proves is None or self.proves(match.group(group)):
                yield match.span(group)


def shaped(kind: Kind, pattern: str, proves: Callable[[str], bool] | None = None, *,
           sure: bool = True, flags: int = re.IGNORECASE, near: str = "",
           fewest: int = 1) -> Rule:  # fmt: skip
    """Return a rule for what stands alone: no letter or digit may touch it."""
    return Rule(kind, re.compile(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])", flags),
                proves, sure, tuple(near.split()), fewest)  # fmt: skip


def labelled(kind: Kind, words: str, value: str = ID,
             proves: Callable[[str], bool] | None = None, *, near: str = "",
             fewest: int = 3) -> Rule:  # fmt: skip
    """Return a rule for what follows a label, with a few words such as "number is" between."""
    pattern = rf"(?<![0-9A-Za-z])(?:{words})(?![A-Za-z]){_FILLER}(?P<value>{value})(?![0-9A-Za-z])"
    return Rule(
        kind, re.compile(pattern, re.IGNORECASE), proves, near=tuple(near.split()), fewest=fewest
    )


def digits_at_least(fewest: int) -> Callable[[str], bool]:
    """Return a test for `fewest` digits or more that are not just a year."""
    return lambda value: sum(map(str.isdecimal, value)) >= fewest and not _YEAR.fullmatch(value)
