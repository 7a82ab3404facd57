"""The same question twice: within a set, and between a set and validation or test questions.

What is compared: the words of earlier turns, context and question (see `normal_words`: case and
punctuation do not count), the options as a set (order and labels do not count), and the images.
Answers and reasoning are not compared.

- *Exact*: all of it is equal.
- *Near*: the images are equal; the Jaccard similarity of the sets of three neighbouring words is
  at least the threshold; if both have options, at least half of all their options are shared; if
  only one has options, the question has at least eight words; and a short question (under 25
  words) must not differ in a number, a sign or a single letter: "type 1" is not "type 2".

MinHash finds the candidates and the true similarity decides, so nothing is reported by chance;
a pair right at the threshold may be missed. Rewritten questions are not found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from diq_core.data.sample import Sample
from diq_core.data.text import normal_words

if TYPE_CHECKING:
    from datasketch import MinHash, MinHashLSH

NEAR_THRESHOLD = 0.8
_SHINGLE = 3
_SHORT = 25
_STEM_WORDS = 8
_OPTIONS_SHARED = 0.5
_PERMUTATIONS = 128
# The index is asked for a little less than the threshold: MinHash errs by about 0.04.
_MARGIN = 0.1
_TELLING = re.compile(r"\d|^[ivx]+$|^[^\W\d_]$|^\W$")
_ARTICLE = frozenset({"a"})

Tick = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Match:
    """A sample whose question is there already.

    Attributes:
        id: the sample that would be left out.
        other: the sample that stays: earlier in the file, or in the other set.
        kind: "exact" or "near".
        similarity: Jaccard similarity of the three-word pieces, 0 to 1; 1 when exact.
        group: name of the other set; empty within the set.
    """

    id: str
    other: str
    kind: Literal["exact", "near"]
    similarity: float
    group: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    id: str
    words: tuple[str, ...]
    shingles: frozenset[str]
    options: frozenset[str]
    images: tuple[str, ...]


def duplicates(
    samples: Sequence[Sample],
    *,
    threshold: float = NEAR_THRESHOLD,
    seed: int = 0,
    tick: Tick | None = None,
) -> list[Match]:
    """Return the samples whose question occurs earlier in `samples`, in their order.

    The first one in the given order stays. A near duplicate is compared with those that stay
    only, and named with the most similar of them (ties: the earliest).

    Args:
        threshold: similarity from which questions count as near duplicates, 0.5 to 1.
        seed: of the MinHash permutations.
        tick: called once a sample; may raise to stop.
    """
    index = _Index(threshold, seed)
    found = []
    for sample in samples:
        if tick:
            tick()
        question = _prepare(sample)
        match = index.find(question)
        if match:
            found.append(match)
        else:
            index.add(question)
    return found


def overlaps(
    samples: Sequence[Sample],
    others: Sequence[Sample],
    *,
    group: str,
    threshold: float = NEAR_THRESHOLD,
    seed: int = 0,
    tick: Tick | None = None,
) -> list[Match]:
    """Return the samples whose question occurs in `others`, in the order of `samples`.

    Args:
        others: validation or test questions; they may repeat each other.
        group: their name, for the report.
        threshold, seed, tick: see `duplicates`.
    """
    index = _Index(threshold, seed, group)
    for other in others:
        index.add(_prepare(other))
    found = []
    for sample in samples:
        if tick:
            tick()
        match = index.find(_prepare(sample))
        if match:
            found.append(match)
    return found


class _Index:
    """Questions that can be asked for an equal or similar one."""

    def __init__(self, threshold: float, seed: int, group: str = "") -> None:
        from datasketch import MinHash, MinHashLSH

        self._threshold = threshold
        self._group = group
        self._empty: MinHash = MinHash(num_perm=_PERMUTATIONS, seed=seed)
        self._lsh: MinHashLSH = MinHashLSH(
            threshold=max(0.4, min(threshold, 0.9) - _MARGIN), num_perm=_PERMUTATIONS
        )
        self._kept: list[_Question] = []
        self._exact: dict[tuple[object, ...], int] = {}

    def add(self, question: _Question) -> None:
        """Remember a question, unless an equal one is there."""
        position = len(self._kept)
        if not question.words or self._exact.setdefault(_key(question), position) != position:
            return
        self._kept.append(question)
        self._lsh.insert(position, self._sketch(question), check_duplication=False)

    def find(self, question: _Question) -> Match | None:
        """Return the best match of a question, or None."""
        if not question.words:
            return None
        same = self._exact.get(_key(question))
        if same is not None:
            return Match(question.id, self._kept[same].id, "exact", 1.0, self._group)
        best, other = 0.0, None
        for position in sorted(self._lsh.query(self._sketch(question))):
            similarity = _similarity(question, self._kept[position])
            if similarity < self._threshold or similarity <= best:
                continue
            if _same_question(question, self._kept[position]):
                best, other = similarity, self._kept[position]
        if other is None:
            return None
        return Match(question.id, other.id, "near", best, self._group)

    def _sketch(self, question: _Question) -> MinHash:
        sketch = self._empty.copy()
        sketch.update_batch([piece.encode() for piece in question.shingles])
        return sketch


def _prepare(sample: Sample) -> _Question:
    pieces = [turn.content for turn in sample.history]
    words = normal_words("\n".join([*pieces, sample.context, sample.question]))
    count = max(1, len(words) - _SHINGLE + 1)
    return _Question(
        sample.id,
        tuple(words),
        frozenset(" ".join(words[start : start + _SHINGLE]) for start in range(count)),
        frozenset(" ".join(normal_words(option.text)) for option in sample.options),
        sample.images,
    )


def _key(question: _Question) -> tuple[object, ...]:
    return question.words, question.options, question.images


def _similarity(one: _Question, other: _Question) -> float:
    shared = len(one.shingles & other.shingles)
    return shared / (len(one.shingles) + len(other.shingles) - shared)


def _same_question(one: _Question, other: _Question) -> bool:
    """Return whether two questions of similar words ask the same; see the module's text."""
    shorter = min(len(one.words), len(other.words))
    if one.images != other.images:
        return False
    if one.options and other.options:
        shared = len(one.options & other.options) / len(one.options | other.options)
        if shared < _OPTIONS_SHARED:
            return False
    elif (one.options or other.options) and shorter < _STEM_WORDS:
        return False
    if shorter >= _SHORT:
        return True
    first, second = Counter(one.words), Counter(other.words)
    differing = set((first - second) + (second - first)) - _ARTICLE
    return not any(_TELLING.search(word) for word in differing)
