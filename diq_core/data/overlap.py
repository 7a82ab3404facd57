"""The same question twice: within a set, and between a set and validation or test questions.

What is compared: the words of earlier turns, context and question (see `normal_words`: case and
punctuation do not count), the options as a set (order and labels do not count), and the images.
Reasoning is not compared.

- *Exact*: all of it is equal.
- *Near, within the set*: the images are equal, and so is what turns the meaning, in order: numbers
  with units, negations, sides and words with an opposite (see `meaning`); the Jaccard similarity
  of the sets of three neighbouring words is at least the threshold; if both have options, at least
  half of all their options are shared; if only one has, the question has at least eight words. A
  question of under 25 words must also have the same words except for articles and the like: "type
  1" is not "type 2", and "chorea" is not "chorea-acanthocytosis". MinHash finds the candidates
  among longer questions and the true similarity decides, so nothing is reported by chance; a pair
  right at the threshold is missed less than once in a thousand.
- *Near, against other questions*: the same, but what counts is the share of the *other*
  question's pieces that the sample contains, where it has at least eight; so a test question is
  found inside a longer prompt too. This comparison is complete: nothing is missed by chance.
- *Contradicting*, within the set: the same or nearly the same question with another answer, where
  both answers are short enough to tell. Neither takes the other's place.

Against other questions neither numbers nor answers count: a test question with another number in it
is still too near to be trained on. Pieces that more than 1 % of the questions have are ignored.
Rewritten questions are not found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal

from diq_core.data.meaning import contradict
from diq_core.data.sample import Sample
from diq_core.data.similar import SHORT, Question, jaccard, may_be_same, prepare, without_common

if TYPE_CHECKING:
    from datasketch import MinHash

NEAR_THRESHOLD = 0.8
_FEWEST_PIECES = 8
"""With fewer pieces left, two texts share too little for a share to mean much."""
_MOST_ANSWERS = 50
"""Different answers to one question that are told apart; the next ones are compared with these."""
_PERMUTATIONS = 128
_RECALL = 0.999

Tick = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Match:
    """A sample whose question is there already.

    Attributes:
        id: the sample that would be left out.
        other: the sample that stays: earlier in the file, or in the other set.
        kind: "exact" or "near".
        similarity: 0 to 1; 1 when exact; else the share described above.
        group: name of the other set; empty within the set.
        contradicts: the answers differ; then both stay.
    """

    id: str
    other: str
    kind: Literal["exact", "near"]
    similarity: float
    group: str = ""
    contradicts: bool = False


def duplicates(
    samples: Sequence[Sample],
    *,
    threshold: float = NEAR_THRESHOLD,
    seed: int = 0,
    tick: Tick | None = None,
) -> list[Match]:
    """Return the samples whose question occurs earlier in `samples`, in their order.

    The first one in the given order stays, and so does one that contradicts it. A near duplicate
    is compared with those that stay only, and named with the most similar of them (ties: the
    earliest).

    Args:
        threshold: similarity from which questions count as near duplicates, 0.5 to 1.
        seed: of the MinHash permutations.
        tick: called once a sample; may raise to stop.
    """
    index = _Index(threshold, seed)
    found = []
    prepared = without_common([prepare(sample) for sample in samples])
    for sample, question in zip(samples, prepared, strict=True):
        if tick:
            tick()
        match = index.find(sample, question)
        if match:
            found.append(match)
        if not match or match.contradicts:
            index.add(sample, question)
    return found


def overlaps(
    samples: Sequence[Sample],
    against: Mapping[str, Sequence[Sample]],
    *,
    threshold: float = NEAR_THRESHOLD,
    tick: Tick | None = None,
) -> list[Match]:
    """Return the samples whose question occurs elsewhere, one match for each sample and set.

    They come in the order of `samples`, for each in the order of `against`.

    Args:
        against: name → validation or test questions; these may repeat each other.
        threshold, tick: see `duplicates`.
    """
    if not against:
        return []
    # All are thinned alike, or a share of pieces would not mean the same in both.
    everything = without_common([prepare(sample) for sample in chain(samples, *against.values())])
    rest = iter(everything[len(samples) :])
    sets = [
        _Contents(islice(rest, len(others)), threshold, group) for group, others in against.items()
    ]
    found = []
    for question in everything[: len(samples)]:
        if tick:
            tick()
        found += [match for contents in sets if (match := contents.find(question))]
    return found


def bands(threshold: float) -> tuple[int, int]:
    """Return (bands, rows) of the index: the most selective that finds pairs at `threshold`.

    A pair of similarity s is a candidate with probability 1 - (1 - s^rows)^bands; the library's
    own choice would miss one pair in eight right at the threshold.
    """
    for rows in range(_PERMUTATIONS, 1, -1):
        count = _PERMUTATIONS // rows
        if 1 - (1 - min(threshold, 0.95) ** rows) ** count >= _RECALL:
            return count, rows
    return _PERMUTATIONS, 1


class _Index:
    """Questions of one set that can be asked for an equal or similar one."""

    def __init__(self, threshold: float, seed: int) -> None:
        from datasketch import MinHash, MinHashLSH

        self._threshold = threshold
        self._blank: MinHash = MinHash(num_perm=_PERMUTATIONS, seed=seed)
        self._lsh = MinHashLSH(num_perm=_PERMUTATIONS, params=bands(threshold))
        self._kept: list[tuple[Sample, Question]] = []
        self._exact: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        self._content: defaultdict[frozenset[str], list[int]] = defaultdict(list)

    def add(self, sample: Sample, question: Question) -> None:
        """Remember a question with its answer."""
        if not question.words or len(self._exact[question.key]) >= _MOST_ANSWERS:
            return
        position = len(self._kept)
        self._kept.append((sample, question))
        self._exact[question.key].append(position)
        self._content[question.content].append(position)
        if len(question.words) >= SHORT and len(question.pieces) >= _FEWEST_PIECES:
            self._lsh.insert(position, self._sketch(question), check_duplication=False)

    def find(self, sample: Sample, question: Question) -> Match | None:
        """Return the best match with the same answer, else the best with another, or None."""
        exact = self._exact.get(question.key, [])
        found = [*((1.0, place, True) for place in exact), *self._near(question, set(exact))]
        matches = (
            Match(
                sample.id,
                self._kept[place][0].id,
                "exact" if same else "near",
                similarity,
                contradicts=contradict(sample, self._kept[place][0]),
            )
            for similarity, place, same in found
        )
        return min(matches, key=lambda match: match.contradicts, default=None)

    def _near(self, question: Question, exact: set[int]) -> list[tuple[float, int, bool]]:
        """Return (similarity, place, False) of near duplicates, the most similar first."""
        positions = set(self._content.get(question.content, ()))
        if len(question.words) >= SHORT and len(question.pieces) >= _FEWEST_PIECES:
            positions.update(self._lsh.query(self._sketch(question)))
        scored = ((jaccard(question, self._kept[place][1]), -place) for place in positions - exact)
        return [
            (similarity, -place, False)
            for similarity, place in sorted(scored, reverse=True)
            if similarity >= self._threshold
            and question.turns == self._kept[-place][1].turns
            and may_be_same(question, self._kept[-place][1])
        ]

    def _sketch(self, question: Question) -> MinHash:
        sketch = self._blank.copy()
        sketch.update_batch(question.pieces)
        return sketch


class _Contents:
    """Validation or test questions that can be asked which of them a text contains."""

    def __init__(self, others: Iterable[Question], threshold: float, group: str) -> None:
        self._others = list(others)
        self._threshold = threshold
        self._group = group
        self._exact: dict[tuple[object, ...], int] = {}
        self._content: defaultdict[frozenset[str], list[int]] = defaultdict(list)
        self._places: defaultdict[bytes, list[int]] = defaultdict(list)
        for place, other in enumerate(self._others):
            if not other.words:
                continue
            self._exact.setdefault(other.key, place)
            self._content[other.content].append(place)
            if len(other.pieces) >= _FEWEST_PIECES:
                for piece in other.pieces:
                    self._places[piece].append(place)

    def find(self, question: Question) -> Match | None:
        """Return the best match of a question, or None."""
        same = self._exact.get(question.key)
        if same is not None:
            return Match(question.id, self._others[same].id, "exact", 1.0, self._group)
        scores = {
            place: jaccard(question, self._others[place])
            for place in self._content.get(question.content, ())
        }
        shared: Counter[int] = Counter()
        for piece in question.pieces:
            shared.update(self._places.get(piece, ()))
        for place, count in shared.items():
            share = count / len(self._others[place].pieces)
            scores[place] = max(share, scores.get(place, 0.0))
        for place, similarity in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
            if similarity < self._threshold:
                break
            if may_be_same(question, self._others[place]):
                other = self._others[place].id
                return Match(question.id, other, "near", similarity, self._group)
        return None
