"""Patterns that are looked for around certain words only; one pass over a text finds the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, Implementation

from diq_core.privacy.identifier import Kind
from diq_core.privacy.rule import Span

_UNWRITABLE = re.compile("[\ud800-\udfff]")
"""Halves of a sign, which no encoding has; the search reads UTF-8."""

_AT_ONCE = 1 << 17
"""Characters in which words are looked for at once: what is found in them lies in memory."""


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

    def spans(self, text: str, start: int, end: int) -> Iterator[Span]:
        """Yield where the identifiers lie in a stretch of `text`."""
        labelled = "value" in self.pattern.groupindex
        for match in self.pattern.finditer(text, start, end):
            group = "value" if labelled and match["value"] is not None else 0
            if self.proves is None or self.proves(match.group(group)):
                yield match.span(group)


class AroundWords:
    """Many such patterns, and where in a text each is worth a look."""

    def __init__(self, rules: Iterable[Worded]) -> None:
        # What one rule has found around one mark is no hindrance to another.
        self._by_mark: dict[str, list[tuple[int, Worded]]] = {}
        for number, (rule, mark) in enumerate((r, m) for r in rules for m in r.marks):
            self._by_mark.setdefault(mark, []).append((number, rule))
        self._rules = tuple(self._by_mark.values())
        self._longest = max(map(len, self._by_mark))
        self._finder = AhoCorasick(list(self._by_mark), implementation=Implementation.DFA)

    def windows(self, lowered: str) -> Iterator[tuple[Worded, Span]]:
        """Yield each rule with the stretches around its marks in a text in lower case."""
        ends: dict[int, int] = {}
        for which, at in self._marks(lowered):
            for number, rule in self._rules[which]:
                last = ends.get(number, 0)
                if at >= last - rule.before:
                    ends[number] = end = min(len(lowered), at + rule.after)
                    yield rule, (max(last, at - rule.before), end)

    def _marks(self, lowered: str) -> Iterator[tuple[int, int]]:
        """Yield the number of each mark and where it begins."""
        if not lowered.isascii():
            lowered = _UNWRITABLE.sub(" ", lowered)
        for first in range(0, len(lowered), _AT_ONCE):
            part = lowered[first : first + _AT_ONCE + self._longest - 1]
            for which, at, _ in self._finder.find_matches_as_indexes(part, overlapping=True):
                if at < _AT_ONCE:
                    yield which, first + at
