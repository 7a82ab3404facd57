"""Scores with everything that does not depend on a knob, each part computed once, when asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from diq_core.selection.scores import Floats, Scores, is_absent

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
Score = Literal["difficulty", "influence", "length", "cosine", "ifd"]
LENGTHS = 8
"""Groups of similar length; fewer in a small pool, so that each holds about `ENOUGH` samples."""
ENOUGH = 10
_PARTS = 1_000_000


@dataclass(frozen=True, eq=False)
class Pool:
    """The samples a strategy may choose from. Keep it between two selections: moving a weight,
    a cut or a budget then costs a few passes over the scores instead of two sorts.

    "The pool" of a percentile or a cut is the set of samples that are not excluded and have
    both scores.
    """

    scores: Scores

    @cached_property
    def included(self) -> Mask:
        """bool[n]: not excluded beforehand."""
        return is_absent(self.scores.excluded)

    @cached_property
    def both(self) -> Mask:
        """bool[n]: not excluded, with a difficulty and an influence score."""
        return self.scored("difficulty", "influence")

    def scored(self, *needs: Score) -> Mask:
        """Return bool[n]: not excluded, with every one of the named scores."""
        mask = self.included.copy()
        for name in needs:
            mask &= ~np.isnan(getattr(self.scores, name))
        return mask

    @cached_property
    def difficulty(self) -> Floats:
        """float64[n]: difficulty inside the pool, NaN outside."""
        return np.where(self.both, self.scores.difficulty, np.nan)

    @cached_property
    def influence(self) -> Floats:
        """float64[n]: influence inside the pool, NaN outside."""
        return np.where(self.both, self.scores.influence, np.nan)

    @cached_property
    def sorted_difficulty(self) -> Floats:
        """float64[m]: difficulty of the pool, ascending."""
        return np.sort(self.scores.difficulty[self.both])

    @cached_property
    def sorted_influence(self) -> Floats:
        """float64[m]: influence of the pool, ascending."""
        return np.sort(self.scores.influence[self.both])

    @cached_property
    def difficulty_rank(self) -> Floats:
        """float64[n]: `doubled_rank` of difficulty in the pool, NaN outside."""
        return self._spread(self.scores.difficulty)

    @cached_property
    def influence_rank(self) -> Floats:
        """float64[n]: `doubled_rank` of influence in the pool, NaN outside."""
        return self._spread(self.scores.influence)

    def _spread(self, values: Floats) -> Floats:
        spread = np.full(len(values), np.nan)
        spread[self.both] = doubled_rank(values[self.both])
        return spread

    def weighted(self, weight: float) -> Floats:
        """Return float64[n]: weight * percentile rank of difficulty + (1 - weight) * percentile
        rank of influence, in (0, 1), higher first; NaN outside the pool.

        The percentile rank of a value is (number lower + half the number equal, itself
        included) / m among the m samples of the pool: ties share their average rank.

        Args:
            weight: 0 to 1, rounded to a millionth.
        """
        # Whole numbers until the last step: samples with equal priority are exactly equal, so
        # the id decides between them and not the rounding of 0.1 + 0.5 against 0.2 + 0.4.
        parts = round(weight * _PARTS)
        priority = parts * self.difficulty_rank
        priority += (_PARTS - parts) * self.influence_rank
        priority /= 2 * _PARTS * max(1, len(self.sorted_difficulty))
        return priority

    @cached_property
    def by_length(self) -> Pool:
        """The same samples, with the percentile rank of their influence among those of similar
        length, in (0, 1), in place of influence; NaN without all of difficulty, influence, length.

        Groups hold about equally many samples, cut by the rank of length; samples of equal length
        are always in the same group. Ties in influence share their average rank.
        """
        rows = np.flatnonzero(self.scored("difficulty", "influence", "length"))
        ranks = np.full(len(self.scores), np.nan)
        length = doubled_rank(self.scores.length[rows]).astype(np.int64)
        groups = max(1, min(LENGTHS, len(rows) // ENOUGH))
        group = length * groups // max(1, 2 * len(rows))
        for number in range(groups):
            near = rows[group == number]
            ranks[near] = doubled_rank(self.scores.influence[near]) / (2 * max(1, len(near)))
        return Pool(replace(self.scores, influence=ranks))

    @cached_property
    def digests(self) -> NDArray[np.uint64]:
        """uint64[n]: a digest of each id, the same on every machine and in every row order."""
        parts = (hashlib.blake2b(n.encode(), digest_size=8).digest() for n in self.scores.ids)
        return np.frombuffer(b"".join(parts), dtype="<u8").astype(np.uint64)

    def draw(self, seed: int) -> Floats:
        """Return float64[n] in [0, 1): a random number per id that depends on id and seed only."""
        salt = hashlib.blake2b(str(seed).encode(), digest_size=8).digest()
        mixed = _mix(self.digests ^ np.uint64(int.from_bytes(salt, "little")))
        # 53 bits are what a float64 holds exactly.
        return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53

    @cached_property
    def rows_by_source(self) -> list[Rows]:
        """The included rows of each source, ascending; an unknown source is a source too."""
        encoded = pa.array(self.scores.source, type=pa.string()).dictionary_encode()
        codes = np.asarray(encoded.indices.fill_null(len(encoded.dictionary)))
        rows = np.flatnonzero(self.included)
        codes = codes[rows]
        if len(encoded.dictionary) < 2**15:
            codes = codes.astype(np.int16)  # numpy sorts 16-bit integers by radix
        grouped = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes))[:-1] if len(codes) else np.empty(0, np.intp)
        return [part for part in np.split(rows[grouped], ends) if len(part)]


def doubled_rank(values: Floats) -> Floats:
    """Return twice the number of lower values plus the number of equal ones, itself included.

    Divided by 2n this is the percentile rank. The doubling keeps the average rank of an even
    number of ties whole.

    Args:
        values: float64[n] without NaN.
    """
    count = len(values)
    order = np.argsort(values)
    ordered = values[order]
    new = np.ones(count, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(new)
    ranks = np.empty(count)
    if len(starts) == count:
        ranks[order] = np.arange(1, 2 * count, 2, dtype=np.float64)
    else:
        sizes = np.diff(starts, append=count)
        ranks[order] = np.repeat(2.0 * starts + sizes, sizes)
    return ranks


def _mix(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter 64-bit numbers one to one, so that every seed gives an unrelated order.

    Source: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014), public domain.
    """
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
