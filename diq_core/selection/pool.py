"""Scores with everything that does not depend on a knob, each part computed once, when asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from diq_core.errors import BadSetting
from diq_core.score import AXES, Axes, Score, quadrant_words
from diq_core.selection.quadrants import Cuts, Quadrants, cuts_of, quadrant_of
from diq_core.selection.ranks import doubled_rank, grouped
from diq_core.selection.scores import Floats, Scores

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
LENGTHS = 8
"""Groups of similar length; fewer in a small pool, so that each holds about `ENOUGH` samples."""
ENOUGH = 10
_PARTS = 1_000_000


@dataclass(frozen=True, eq=False)
class Pool:
    """The samples a strategy may choose from. Keep it between two selections: moving a weight,
    a cut or a budget then costs a few passes over the scores instead of two sorts.

    "The pool" of a percentile or a cut is the set of samples that are not excluded and have
    both scores of the axes. Everything here but `Scores` itself is oriented: higher is better,
    whichever end of a score is its best.

    Attributes:
        axes: the two scores that make the quadrants: across, and up.
    """

    scores: Scores
    axes: Axes = AXES

    def on(self, axes: Axes) -> Pool:
        """Return the same samples with these scores as axes.

        Raises:
            BadSetting: a score is not known, or both are the same.
        """
        if axes == self.axes:
            return self
        if axes[0] == axes[1]:
            raise BadSetting(
                f"Both axes are the score '{axes[0]}'", todo="Name two different scores"
            )
        for name in axes:
            self.scores.describe(name)
        return Pool(self.scores, axes)

    @property
    def included(self) -> Mask:
        """bool[n]: not excluded beforehand."""
        return self.scores.included

    @cached_property
    def both(self) -> Mask:
        """bool[n]: not excluded, with both scores of the axes."""
        return self.scored(*self.axes)

    def scored(self, *needs: str) -> Mask:
        """Return bool[n]: not excluded, with every one of the named scores."""
        mask = self.included.copy()
        for name in needs:
            mask &= ~np.isnan(self.scores[name])
        return mask

    def has_all(self, *needs: str) -> bool:
        """Return whether any sample that is not excluded has every one of the named scores."""
        if needs not in self._had:
            self._had[needs] = bool(self.scored(*needs).any())
        return self._had[needs]

    @cached_property
    def _had(self) -> dict[tuple[str, ...], bool]:
        return {}

    def oriented(self, name: str) -> Floats:
        """Return float64[n]: a score with its sign turned where the lowest is its best."""
        values = self.scores[name]
        return values if self.scores.describe(name).best == "high" else -values

    def as_given(self, name: str, value: float) -> float:
        """Return an oriented value of a score as the score's own number."""
        return value if self.scores.describe(name).best == "high" else -value

    @cached_property
    def across(self) -> Floats:
        """float64[n]: the first score, oriented, inside the pool; NaN outside."""
        return np.where(self.both, self.oriented(self.axes[0]), np.nan)

    @cached_property
    def up(self) -> Floats:
        """float64[n]: the second score, oriented, inside the pool; NaN outside."""
        return np.where(self.both, self.oriented(self.axes[1]), np.nan)

    @cached_property
    def given(self) -> tuple[Floats, Floats]:
        """float64[n] each: both scores as they were given, inside the pool; NaN outside."""
        across, up = (
            values if self.scores.describe(name).best == "high" else -values
            for name, values in zip(self.axes, (self.across, self.up), strict=True)
        )
        return across, up

    @cached_property
    def sorted_across(self) -> Floats:
        """float64[m]: the first score of the pool, oriented, ascending."""
        return np.sort(self.oriented(self.axes[0])[self.both])

    @cached_property
    def sorted_up(self) -> Floats:
        """float64[m]: the second score of the pool, oriented, ascending."""
        return np.sort(self.oriented(self.axes[1])[self.both])

    def cuts(self, difficulty_cut: float, influence_cut: float) -> Cuts:
        """Return the cuts at two percentiles of the pool, kept for the next selection.

        Raises:
            BadSetting: see `cuts_of`.
        """
        at = (difficulty_cut, influence_cut)
        if at not in self._cuts:
            self._cuts[at] = cuts_of(self.across[self.both], self.up[self.both], *at)
        return self._cuts[at]

    @cached_property
    def _cuts(self) -> dict[tuple[float, float], Cuts]:
        return {}

    def quadrant(self, cuts: Cuts) -> Quadrants:
        """Return int8[n]: `quadrant_of` every sample, kept until other cuts are asked for."""
        if cuts not in self._quadrant:
            self._quadrant.clear()
            found = quadrant_of(self.across, self.up, cuts)
            found.setflags(write=False)
            self._quadrant[cuts] = found
        return self._quadrant[cuts]

    @cached_property
    def _quadrant(self) -> dict[Cuts, Quadrants]:
        return {}

    def sorted_inside(self, name: str) -> Floats:
        """Return float64[m]: any score of the pool, oriented, ascending; without the missing."""
        if name in self.axes:
            return (self.sorted_across, self.sorted_up)[self.axes.index(name)]
        if name not in self._sorted:
            values = self.oriented(name)[self.included]
            self._sorted[name] = np.sort(values[~np.isnan(values)])
        return self._sorted[name]

    @cached_property
    def _sorted(self) -> dict[str, Floats]:
        return {}

    @cached_property
    def across_rank(self) -> Floats:
        """float64[n]: `doubled_rank` of the first score in the pool, NaN outside."""
        return self._spread(self.oriented(self.axes[0]))

    @cached_property
    def up_rank(self) -> Floats:
        """float64[n]: `doubled_rank` of the second score in the pool, NaN outside."""
        return self._spread(self.oriented(self.axes[1]))

    @cached_property
    def quadrant_words(self) -> dict[int, str]:
        """1 to 4 → what the samples of the quadrant are called, e.g. "hard and influential"."""
        return quadrant_words(*(self.scores.describe(name) for name in self.axes))

    def _spread(self, values: Floats) -> Floats:
        spread = np.full(len(values), np.nan)
        spread[self.both] = doubled_rank(values[self.both])
        return spread

    def weighted(self, weight: float) -> Floats:
        """Return float64[n]: weight * percentile rank of the first score + (1 - weight) *
        percentile rank of the second, in (0, 1), higher first; NaN outside the pool.

        The percentile rank of a value is (number lower + half the number equal, itself
        included) / m among the m samples of the pool: ties share their average rank.

        Args:
            weight: 0 to 1, rounded to a millionth.
        """
        # Whole numbers until the last step: samples with equal priority are exactly equal, so
        # the id decides between them and not the rounding of 0.1 + 0.5 against 0.2 + 0.4.
        parts = round(weight * _PARTS)
        priority = parts * self.across_rank
        priority += (_PARTS - parts) * self.up_rank
        priority /= 2 * _PARTS * max(1, len(self.sorted_across))
        return priority

    @cached_property
    def by_length(self) -> Pool:
        """The same samples, with a column derived from the second score as second axis: its
        percentile rank among samples of similar length, in (0, 1); NaN without all of both axes
        and length.

        Groups hold about equally many samples, cut by the rank of length; samples of equal length
        are always in the same group. Ties share their average rank.
        """
        rows = np.flatnonzero(self.scored(*self.axes, "length"))
        values, ranks = self.oriented(self.axes[1]), np.full(len(self.scores), np.nan)
        length = doubled_rank(self.scores["length"][rows]).astype(np.int64)
        groups = max(1, min(LENGTHS, len(rows) // ENOUGH))
        group = length * groups // max(1, 2 * len(rows))
        for number in range(groups):
            near = rows[group == number]
            ranks[near] = doubled_rank(values[near]) / (2 * max(1, len(near)))
        about = self.scores.describe(self.axes[1])
        derived = replace(about, name=f"{about.name}-by-length", best="high", least=0.0, most=1.0)
        return self.with_column(derived, ranks)

    def with_column(self, score: Score, values: Floats) -> Pool:
        """Return the same samples with a column more, which is the second axis.

        Args:
            values: float64[n], NaN = missing.
        """
        scores = replace(
            self.scores,
            columns={**self.scores.columns, score.name: values},
            about={**self.scores.about, score.name: score},
        )
        return Pool(scores, (self.axes[0], score.name))

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
    def sources(self) -> tuple[list[str | None], NDArray[np.int32]]:
        """The different sources, an unknown one (None) last, and int32[n]: which is a sample's."""
        encoded = pa.array(self.scores.source, type=pa.string()).dictionary_encode()
        names: list[str | None] = encoded.dictionary.to_pylist()
        codes = np.asarray(encoded.indices.fill_null(len(names)))
        return [*names, None], codes

    @cached_property
    def size_of_sources(self) -> NDArray[np.intp]:
        """intp[k]: how many samples of each of `sources` are not excluded."""
        names, codes = self.sources
        return np.bincount(codes[self.included], minlength=len(names))

    @cached_property
    def rows_by_source(self) -> list[Rows]:
        """The included rows of each source, ascending; an unknown source is a source too."""
        return [rows for _, rows in grouped(self.sources[1], np.flatnonzero(self.included))]


def _mix(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter 64-bit numbers one to one, so that every seed gives an unrelated order.

    Source: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014), public domain.
    """
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
