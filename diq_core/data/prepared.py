"""Many questions made comparable in bounded memory: a few numbers of each, and its text when asked.

What two questions may share is kept as numbers, so that those that share nothing with any other,
which are nearly all, are never looked at again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diq_core.data.sample import Sample
from diq_core.data.shelf import Shelf
from diq_core.data.similar import Question, prepare

Slots = NDArray[np.uint32]
Numbers = NDArray[np.int64]

_SLOTS = 1 << 22
"""How many kinds of pieces are counted apart; two pieces in one slot count as one."""
_COMMON_SHARE = 0.01
_COMMON_LEAST = 10
_REMEMBERED = 5_000


class Prepared:
    """The questions of samples, in their order.

    Attributes:
        exact: equal for two questions with the same `key`.
        content: equal for two with the same content words.
        frame: equal for two with the same images and turns of meaning.
        words: how many words each has.

    The numbers are those of this process: they tell who may be alike and are never kept.

    Args:
        samples: read again when a text is asked for.
        places: of those among the samples that are meant; None = all.
        folder: where what does not fit into memory lies; None = where the system puts it.
        tick: called once a sample; may raise to stop.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        places: Sequence[int] | None = None,
        *,
        folder: Path | None = None,
        tick: Callable[[], None] | None = None,
    ) -> None:
        self._samples = samples
        self._places = range(len(samples)) if places is None else places
        self._slots: Shelf[bytes] = Shelf(folder=folder)
        count = len(self._places)
        self.exact, self.content, self.frame, self.words = (
            np.zeros(count, dtype=np.int64) for _ in range(4)
        )
        self._counts = np.zeros(_SLOTS, dtype=np.int32)
        for place, at in enumerate(self._places):
            if tick:
                tick()
            self._take(place, prepare(samples[at]))
        self.ask = lru_cache(_REMEMBERED)(self._ask)

    def __len__(self) -> int:
        return len(self._places)

    def _take(self, place: int, question: Question) -> None:
        self.exact[place] = hash(question.key)
        self.content[place] = hash(question.content)
        self.frame[place] = hash((question.images, question.turns))
        self.words[place] = len(question.words)
        slots = slots_of(question)
        self._counts[np.unique(slots)] += 1
        self._slots.append(slots.tobytes())

    def _ask(self, place: int) -> tuple[Sample, Question]:
        """Return a sample and its question with every piece."""
        sample = self._samples[self._places[place]]
        return sample, prepare(sample)

    def slots(self, places: Iterable[int] | None = None) -> Iterator[Slots]:
        """Yield the slot of each piece of the questions at `places`; None = of all."""
        stored = self._slots if places is None else (self._slots[place] for place in places)
        for each in stored:
            yield np.frombuffer(each, dtype=np.uint32)

    def counts(self, *, without: Collection[int] = ()) -> NDArray[np.int32]:
        """Return for each slot in how many questions it occurs, leaving out those at `without`."""
        counts = self._counts.copy()
        for slots in self.slots(without):
            counts[np.unique(slots)] -= 1
        return counts


def slots_of(question: Question) -> Slots:
    """Return the slot of each piece of a question, in no order."""
    numbers = (zlib.crc32(piece) % _SLOTS for piece in question.pieces)
    return np.fromiter(numbers, dtype=np.uint32, count=len(question.pieces))


def common_in(counts: NDArray[np.int32], questions: int) -> NDArray[np.bool_]:
    """Return for each slot whether more than 1 % of the questions (and more than 10) have it.

    An instruction that stands before every question would else make all of them alike.
    """
    return counts > max(_COMMON_LEAST, round(_COMMON_SHARE * questions))


def without(question: Question, common: NDArray[np.bool_]) -> Question:
    """Return the question without its common pieces."""
    rare = [piece for piece in question.pieces if not common[zlib.crc32(piece) % _SLOTS]]
    if len(rare) == len(question.pieces):
        return question
    return replace(question, pieces=frozenset(rare))
