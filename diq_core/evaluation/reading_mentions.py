"""Where a written answer speaks of an option, and what its other words do there."""

from __future__ import annotations

from dataclasses import dataclass

LABEL, TEXT = "L", "K"
"""What stands in the roles where an option is named by its label, or by its text alone."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a text speaks of options.

    Attributes:
        start, end: its part of the roles.
        label: as it stands there, or of the first option with this text.
        labels: of the options; several where label and text contradict each other.
        own: the label stands there with its option's text.
        led: it stands at the beginning of a line, parted from what follows.
        item: a text follows it as in a list of options: ``A. …``.
        place: where it stands in the plain text.
    """

    start: int
    end: int
    label: str
    labels: frozenset[str]
    own: bool
    led: bool
    item: bool
    place: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marked:
    """The roles of a text, one letter a word or sign, its mentions in order, and where it lies."""

    roles: str
    mentions: tuple[Mention, ...]
    words: tuple[str, ...]
    place: tuple[int, int] | None
