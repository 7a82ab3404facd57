"""One rule: what a class of identifiers looks like, behind which words, and what proves it.

Patterns repeat only a bounded number of times and start at a word's edge, so a text that is made
to be slow costs no more per character than any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypedDict, Unpack

from diq_core.privacy.identifier import Kind
from diq_core.privacy.stretch import Stretch

Span = tuple[int, int]

_FILLER = (
    r"(?:[\s:#=.,'’*_|/()\[\]\"-]{0,4}\b(?:nos?|nr|numbers?|num|nummer|lautet|num[ée]ros?|"
    r"n[úu]mero|"
    r"codes?|ids?|ident\w{0,8}|is|was|the|ist|war|est|es|end(?:ing|s|ed) in|last four|last 4|"
    r"digits|ref|card|"
    r"of (?:the |this |our )?(?:patient|insured|device)|recorded as|on file|listed|value)\b(?!-)|"
    r"[\s.]{0,2}(?:n\.? ?)?[№°º#]){0,6}[\s:#=.,'’*_|/()\[\]\"-]{0,5}"
)
_AHEAD = 48
_YEAR = re.compile("(?:19|20)[0-9]{2}")
ID = (
    r"(?:(?-i:[A-Z]{1,3}) (?=[0-9]{4})|(?=[A-Za-z./-]{0,8}[0-9])[A-Za-z]{0,6}[-./ ]?)"
    r"[0-9][0-9A-Za-z]{0,24}"
    r"(?:[-./ ][0-9][0-9A-Za-z]{0,12}|[-./][0-9A-Za-z]{1,12}){0,6}"
)
"""A number of some register: letters may lead, blanks only before a digit."""


class _Conditions(TypedDict, total=False):
    sure: bool
    fewest: int
    longest: int
    reach: int
    often: int
    runs: range
    coded: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of one class.

    Attributes:
        kind: the class.
        pattern: what it looks like; its group "value" is the identifier, else all of it.
        proves: a further test of the identifier, e.g. its checksum.
        sure: whether a match leaves no doubt.
        near: lower-case pieces of which one must stand in the same stretch of text; empty = any.
        often: how many times it must stand there.
        fewest: digits that the stretch must hold.
        longest: digits in a row that the stretch must hold.
        stems: first three letters in lower case of the words that it begins with, or all of a
            shorter word; empty = it may begin anywhere.
        reach: characters that it may begin before such a word; 0 = it begins there.
        runs: how many digits the run may have that it begins with; empty = it may begin otherwise.
        coded: whether it may begin with letters that digits follow, as in "AB12".
    """

    kind: Kind
    pattern: re.Pattern[str]
    proves: Callable[[str], bool] | None = None
    sure: bool = True
    near: tuple[str, ...] = ()
    fewest: int = 1
    longest: int = 1
    stems: frozenset[str] = frozenset()
    reach: int = 0
    often: int = 1
    runs: range = range(0)
    coded: bool = False

    def may_match(self, stretch: Stretch) -> bool:
        """Return whether it is worth a look."""
        if stretch.digits < self.fewest or stretch.longest < self.longest:
            return False
        if self.often > 1:
            return any(stretch.lowered.count(each) >= self.often for each in self.near)
        return not self.near or any(each in stretch.lowered for each in self.near)

    def spans(self, stretch: Stretch) -> Iterator[Span]:
        """Yield where the identifiers lie that begin and end in a stretch of text."""
        if self.runs or self.coded:
            return self._proven(self._matches(stretch))
        return self._proven(self.pattern.finditer(stretch.text, stretch.start, stretch.end))

    def spans_at(self, stretch: Stretch, at: int) -> Iterator[Span]:
        """Yield where the identifiers lie that begin with the word at a place, or within reach."""
        if self.reach:
            start, end = max(stretch.start, at - self.reach), min(stretch.end, at + _AHEAD)
            yield from self._proven(self.pattern.finditer(stretch.text, start, end))
        elif match := self.pattern.match(stretch.text, at, stretch.end):
            yield from self._proven((match,))

    def _matches(self, stretch: Stretch) -> Iterator[re.Match[str]]:
        """Yield the matches at the numbers and codes of a stretch that do not overlap."""
        places = [
            at for length, many in stretch.figures.items() if length in self.runs for at in many
        ]
        free = stretch.start
        for at in sorted(places + stretch.codes if self.coded else places):
            if at >= free and (match := self.pattern.match(stretch.text, at, stretch.end)):
                free = match.end()
                yield match

    def _proven(self, matches: Iterable[re.Match[str]]) -> Iterator[Span]:
        group = "value" if "value" in self.pattern.groupindex else 0
        for match in matches:
            if self.proves is None or self.proves(match.group(group)):
                yield match.span(group)


@dataclass(frozen=True, slots=True)
class Rules:
    """Many rules, each tried only where a stretch has what it begins with.

    Attributes:
        anywhere: those that may begin anywhere.
        by_stem: the others, by the stems of the words that they begin with.
    """

    anywhere: tuple[Rule, ...]
    by_stem: dict[str, list[Rule]]

    def found(self, stretch: Stretch) -> Iterator[tuple[Rule, Span]]:
        """Yield each identifier in a stretch with the rule that found it, in no order."""
        for rule in self.anywhere:
            if rule.may_match(stretch):
                for span in rule.spans(stretch):
                    yield rule, span
        for stem in self.by_stem.keys() & stretch.words.keys():
            for rule in self.by_stem[stem]:
                if rule.may_match(stretch):
                    for at in stretch.words[stem]:
                        for span in rule.spans_at(stretch, at):
                            yield rule, span


def rules_of(many: Iterable[Rule]) -> Rules:
    """Return rules in their order, those that begin with certain words by the words' stems."""
    anywhere, by_stem = [], dict[str, list[Rule]]()
    for rule in many:
        if not rule.stems:
            anywhere.append(rule)
        for stem in rule.stems:
            by_stem.setdefault(stem, []).append(rule)
    return Rules(tuple(anywhere), by_stem)


def shaped(kind: Kind, pattern: str, proves: Callable[[str], bool] | None = None, *,
           flags: int = re.IGNORECASE, near: str = "", stems: str = "",
           **more: Unpack[_Conditions]) -> Rule:  # fmt: skip
    """Return a rule for what stands alone: no letter or digit may touch it."""
    whole = re.compile(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])", flags)
    return Rule(kind, whole, proves, near=tuple(near.split()), stems=frozenset(stems.split()),
                **more)  # fmt: skip


def labelled(kind: Kind, words: str, value: str = ID,
             proves: Callable[[str], bool] | None = None, *, stems: str,
             fewest: int = 3) -> Rule:  # fmt: skip
    """Return a rule for what follows a label, with a few words such as "number is" between."""
    pattern = rf"(?<![0-9A-Za-z])(?:{words})(?![A-Za-z]){_FILLER}(?P<value>{value})(?![0-9A-Za-z])"
    return Rule(kind, re.compile(pattern, re.IGNORECASE), proves, fewest=fewest,
                stems=frozenset(stems.split()))  # fmt: skip


def digits_at_least(fewest: int) -> Callable[[str], bool]:
    """Return a test for `fewest` digits or more that are not just a year."""
    return lambda value: sum(map(str.isdecimal, value)) >= fewest and not _YEAR.fullmatch(value)
