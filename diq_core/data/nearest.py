"""Texts that are most like another one by the words that they share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diq_core.data.text import normal_words


@dataclass(frozen=True, slots=True)
class Near:
    """A text that is like another.

    Attributes:
        place: which one.
        likeness: 0 = no word in common, 1 = the same words.
        shared: the words that make them alike, the weightiest first.
    """

    place: int
    likeness: float
    shared: tuple[str, ...]


def nearest(text: str, others: Sequence[str], *, most: int) -> list[Near]:
    """Return the texts of `others` most like `text`, the likest first; none without a shared word.

    The likeness is the cosine of the counts of words, each weighed down by the logarithm of how
    many of `others` have it, so that what all of them say counts nothing. Ties go by place.

    Source: tf-idf as in Salton and Buckley 1988, "Term-weighting approaches in automatic text
    retrieval".
    """
    counts = [Counter(normal_words(other)) for other in others]
    having = Counter(word for each in counts for word in each)
    rarity = {word: math.log((1 + len(others)) / (1 + number)) for word, number in having.items()}
    asked = _weighed(Counter(normal_words(text)), rarity)
    found = [_near(place, asked, _weighed(each, rarity)) for place, each in enumerate(counts)]
    return sorted((each for each in found if each.shared), key=lambda each: -each.likeness)[:most]


def _weighed(counts: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    weights = {word: number * rarity.get(word, 0.0) for word, number in counts.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in weights.items() if weight} if length else {}


def _near(place: int, one: Mapping[str, float], other: Mapping[str, float]) -> Near:
    products = {word: one[word] * other[word] for word in one.keys() & other.keys()}
    shared = sorted(products, key=lambda word: (-products[word], word))
    return Near(place, sum(products.values()), tuple(shared))
