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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diq_core.data.candidates import ALONE, FEWEST_PIECES, Groups
from diq_core.data.meaning import contradict
from diq_core.data.prepared import Prepared, common_in, without
from diq_core.data.sample import Sample
from diq_core.data.similar import Question, jaccard, may_be_same

NEAR_THRESHOLD = 0.8
_MOST_ANSWERS = 50
"""Different answers to one question that are told apart; the next ones are compared with these."""

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
    return duplicates_in(Prepared(samples, tick=tick), threshold=threshold, seed=seed)


def duplicates_in(
    prepared: Prepared,
    *,
    gone: Collection[int] = (),
    threshold: float,
    seed: int,
    tick: Tick | None = None,
) -> list[Match]:
    """Return the duplicates among prepared questions; see `duplicates`.

    Args:
        gone: places of those that neither count as duplicates nor displace another.
    """
    common = common_in(prepared.counts(without=gone), len(prepared) - len(gone))
    groups = Groups(prepared, gone, common, threshold=threshold, seed=seed, tick=tick)
    kept = _Kept(prepared, groups, common, threshold)
    found = []
    for place in groups.in_company():
        match = kept.find(place)
        if match:
            found.append(match)
        if not match or match.contradicts:
            kept.add(place)
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
    found = overlaps_of(Prepared(samples, tick=tick), against, threshold=threshold)
    return [match for matches in found.values() for match in matches]


def overlaps_of(
    prepared: Prepared, against: Mapping[str, Sequence[Sample]], *, threshold: float
) -> dict[int, list[Match]]:
    """Return the place of each prepared question that occurs elsewhere → where; see `overlaps`."""
    if not against:
        return {}
    sets = {group: Prepared(others) for group, others in against.items()}
    # All are thinned alike, or a share of pieces would not mean the same in both.
    everything = [prepared, *sets.values()]
    counts = sum(each.counts() for each in everything)
    common = common_in(np.asarray(counts), sum(map(len, everything)))
    contents = [_Contents(others, common, threshold, group) for group, others in sets.items()]
    found = {}
    for place in _touching(prepared, list(sets.values()), common):
        question = without(prepared.ask(place)[1], common)
        matches = [match for each in contents if (match := each.find(question))]
        if matches:
            found[place] = matches
    return found


def _touching(
    prepared: Prepared, others: list[Prepared], common: NDArray[np.bool_]
) -> Iterator[int]:
    """Yield the places of questions that share anything with the others."""
    pieces = np.zeros(len(common), dtype=bool)
    for each in others:
        for slots in each.slots():
            pieces[slots] = True
    pieces &= ~common
    alike = np.isin(prepared.content, np.concatenate([each.content for each in others]))
    for place, slots in enumerate(prepared.slots()):
        if alike[place] or pieces[slots].any():
            yield place


class _Kept:
    """The questions of one set that stay, which can be asked for an equal or similar one."""

    def __init__(
        self, prepared: Prepared, groups: Groups, common: NDArray[np.bool_], threshold: float
    ) -> None:
        self._prepared, self._groups = prepared, groups
        self._common, self._threshold = common, threshold
        self._members: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, place: int) -> None:
        """Remember a question with its answer."""
        exact, *others = self._groups.of(place)
        if not self._prepared.words[place] or len(self._members[exact]) >= _MOST_ANSWERS:
            return
        for group in (exact, *others):
            if group != ALONE:
                self._members[group].append(place)

    def find(self, place: int) -> Match | None:
        """Return the best match with the same answer, else the best with another, or None."""
        sample, _ = self._prepared.ask(place)
        exact = self._exact(place)
        found = [*((1.0, other, True) for other in exact), *self._near(place, set(exact))]
        matches = (
            Match(
                sample.id,
                (kept := self._prepared.ask(other)[0]).id,
                "exact" if same else "near",
                similarity,
                contradicts=contradict(sample, kept),
            )
            for similarity, other, same in found
        )
        return min(matches, key=lambda match: match.contradicts, default=None)

    def _exact(self, place: int) -> list[int]:
        members = self._members.get(self._groups.of(place)[0], ())
        key = self._prepared.ask(place)[1].key
        return [other for other in members if self._prepared.ask(other)[1].key == key]

    def _near(self, place: int, exact: set[int]) -> list[tuple[float, int, bool]]:
        """Return (similarity, place, False) of near duplicates, the most similar first."""
        others: set[int] = set()
        for group in self._groups.of(place)[1:]:
            others.update(self._members.get(group, ()))
        question = self._question(place)
        asked = {other: self._question(other) for other in others - exact}
        scored = ((jaccard(question, each), -other) for other, each in asked.items())
        return [
            (similarity, -other, False)
            for similarity, other in sorted(scored, reverse=True)
            if similarity >= self._threshold
            and question.turns == asked[-other].turns
            and may_be_same(question, asked[-other])
        ]

    def _question(self, place: int) -> Question:
        return without(self._prepared.ask(place)[1], self._common)


class _Contents:
    """Validation or test questions that can be asked which of them a text contains."""

    def __init__(
        self, others: Prepared, common: NDArray[np.bool_], threshold: float, group: str
    ) -> None:
        self._others = [without(others.ask(place)[1], common) for place in range(len(others))]
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
            if len(other.pieces) >= FEWEST_PIECES:
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
