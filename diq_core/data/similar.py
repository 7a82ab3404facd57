"""Questions made comparable: their words, three-word pieces, options and images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diq_core.data.meaning import turning_points
from diq_core.data.sample import Sample
from diq_core.data.text import normal_words

PIECE = 3
"""Words in a piece."""
SHORT = 25
"""Questions with fewer words must have the same content words to count as near duplicates."""
_STEM_WORDS = 8
_OPTIONS_SHARED = 0.5
_SMALL = frozenset(
    {
        "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "its",
        "of", "on", "or", "that", "the", "these", "this", "to", "was", "were", "with",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared of a sample.

    Attributes:
        id: the sample's.
        words: of earlier turns, context, question and results of tools, in order.
        pieces: every three neighbouring words, as bytes; see `prepared.common_in`.
        options: each option's words; order and labels do not count.
        images: names of the images.
        turns: what turns the meaning of the texts, in order; see `meaning.turning_points`.
    """

    id: str
    words: tuple[str, ...]
    pieces: frozenset[bytes]
    options: frozenset[str]
    images: tuple[str, ...]
    turns: tuple[str, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """What two questions share exactly when they are exact duplicates."""
        return self.words, self.turns, self.options, self.images

    @property
    def content(self) -> frozenset[str]:
        """The words without articles, prepositions and the like."""
        return frozenset(self.words) - _SMALL


def prepare(sample: Sample) -> Question:
    """Return what is compared of a sample."""
    earlier = [turn.content for turn in sample.history]
    results = [turn.content for turn in sample.tool_turns]
    text = "\n".join([*earlier, sample.context, sample.question, *results])
    words = normal_words(text)
    return Question(
        sample.id,
        tuple(words),
        frozenset(piece.encode() for piece in _pieces(words)),
        frozenset(" ".join(normal_words(option.text)) for option in sample.options),
        sample.images,
        turning_points(text),
    )


def _pieces(words: list[str]) -> Iterable[str]:
    """Return every `PIECE` neighbouring words as one text; of fewer words, all of them."""
    if len(words) < PIECE:
        return (" ".join(words),)
    return map(" ".join, zip(*(words[start:] for start in range(PIECE)), strict=False))


def jaccard(one: Question, other: Question) -> float:
    """Return the share of the two questions' pieces that both have, 0 to 1."""
    shared = len(one.pieces & other.pieces)
    return shared / max(1, len(one.pieces) + len(other.pieces) - shared)


def may_be_same(one: Question, other: Question) -> bool:
    """Return whether images and options allow that two similar texts ask the same."""
    if one.images != other.images:
        return False
    if one.options and other.options:
        return len(one.options & other.options) / len(one.options | other.options) >= (
            _OPTIONS_SHARED
        )
    if one.options or other.options:
        return min(len(one.words), len(other.words)) >= _STEM_WORDS
    return True
