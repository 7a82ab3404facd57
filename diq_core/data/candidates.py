"""Which questions of a set may be alike: groups by what they share, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diq_core.data.prepared import Numbers, Prepared, Slots
from diq_core.data.similar import SHORT

if TYPE_CHECKING:
    from datasketch import MinHash

ALONE = -1
FEWEST_PIECES = 8
"""With fewer pieces left, two texts share too little for a share to mean much."""
_PERMUTATIONS = 128
_RECALL = 0.999
_MIX = np.int64(0x9E3779B97F4A7C1)


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


class Groups:
    """For every question the groups that it is in; a group has two members or more.

    The first group of a question is that of its exact duplicates, the second that of questions
    with the same content words, images and turns of meaning, the others are those of its MinHash
    sketch: longer questions that are nearly alike share one of them.

    Args:
        gone: places of questions that are in no group.
        common: slots of pieces that do not count.
        threshold, seed, tick: see `overlap.duplicates`.
    """

    def __init__(
        self,
        prepared: Prepared,
        gone: Collection[int],
        common: NDArray[np.bool_],
        *,
        threshold: float,
        seed: int,
        tick: Callable[[], None] | None,
    ) -> None:
        here = np.ones(len(prepared), dtype=bool)
        here[list(gone)] = False
        sketched, sketches = _sketches(prepared, here, common, bands(threshold), seed, tick)
        # Other images or another turn of meaning: never the same question.
        content = prepared.content * _MIX + prepared.frame
        # Column by column, and a band is let go when its groups are named: of a million questions
        # 25 bands are 200 MB as numbers and half of that as groups.
        shape = len(prepared), 2 + len(sketches)
        self._groups = np.empty(shape, dtype=np.int32, order="F")
        first = _name_groups(prepared.exact, here, self._groups[:, 0], 0)
        first = _name_groups(content, here, self._groups[:, 1], first)
        for column in range(2, shape[1]):
            first = _name_groups(sketches.pop(0), sketched, self._groups[:, column], first)

    def of(self, place: int) -> list[int]:
        """Return the groups of a question, `ALONE` where it shares that with no other."""
        groups: list[int] = self._groups[place].tolist()
        return groups

    def in_company(self) -> Iterator[int]:
        """Yield the places of questions that are in any group, in order."""
        yield from np.flatnonzero((self._groups != ALONE).any(axis=1)).tolist()


def _name_groups(
    numbers: Numbers, taken: NDArray[np.bool_], groups: NDArray[np.int32], first: int
) -> int:
    """Name the groups of equal numbers from `first` on; return the name after the last."""
    groups[:] = ALONE
    places = np.flatnonzero(taken)
    _, member, sizes = np.unique(numbers[places], return_inverse=True, return_counts=True)
    shared = sizes > 1
    named = np.where(shared, first + np.cumsum(shared) - 1, ALONE)
    groups[places] = named[member]
    return first + int(shared.sum())


def _sketches(
    prepared: Prepared,
    here: NDArray[np.bool_],
    common: NDArray[np.bool_],
    shape: tuple[int, int],
    seed: int,
    tick: Callable[[], None] | None,
) -> tuple[NDArray[np.bool_], list[Numbers]]:
    """Return which questions are long enough for a sketch, and one number for each of its bands."""
    from datasketch import MinHash

    count, rows = shape
    # The slots of pieces are numbers already; the sketch mixes them itself.
    blank = MinHash(num_perm=_PERMUTATIONS, seed=seed, hashfunc=int)
    long = here & (prepared.words >= SHORT)
    sketches = [np.zeros(len(prepared), dtype=np.int64) for _ in range(count)]
    for place, slots in enumerate(prepared.slots()):
        if tick:
            tick()
        rare = slots[~common[slots]] if long[place] else slots
        long[place] &= len(rare) >= FEWEST_PIECES
        if long[place]:
            frame = int(prepared.frame[place])
            for band, part in enumerate(_bands_of(blank, rare, count, rows)):
                sketches[band][place] = hash((part, frame))
    return long, sketches


def _bands_of(blank: MinHash, slots: Slots, count: int, rows: int) -> Iterator[bytes]:
    sketch = blank.copy()
    sketch.update_batch(slots.tolist())
    for band in range(count):
        yield sketch.hashvalues[band * rows : (band + 1) * rows].tobytes()
