"""A total order of the samples, and its best k without sorting the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diq_core.selection.nth import nth
from diq_core.selection.pool import Mask, Rows
from diq_core.selection.quadrants import Quadrants
from diq_core.selection.scores import Floats, Texts


@dataclass(frozen=True, eq=False)
class RuledOut:
    """Samples that a strategy never chooses although it knows all it needs of them.

    Attributes:
        mask: bool[n], none of them a candidate.
        why: one reason for all, as the rest of "Out: …".
    """

    mask: Mask
    why: str


@dataclass(frozen=True, eq=False)
class Order:
    """Which of two candidates comes first: the lower tier, then the higher key (one key after
    the other), then the id that sorts first.

    Attributes:
        ids: str[n], unique.
        candidates: bool[n], the samples that may be chosen.
        tier: int8[n], 1 to 4 for candidates and 0 for the others, or None = no tiers.
        keys: float64[n] each, without NaN on candidates.
        ruled_out: who is no candidate by the strategy's own rule; no sample is in two of them.
    """

    ids: Texts
    candidates: Mask
    tier: Quadrants | None = None
    keys: tuple[Floats, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()

    def best(self, count: int, rows: Rows | None = None) -> Rows:
        """Return the first ``count`` of ``rows`` (default: all candidates) as a set, in no
        defined order; all of them where there are fewer."""
        chosen: list[Rows] = [np.empty(0, dtype=np.intp)]
        for group in self._groups(rows):
            part = _best(self.keys, self.ids, group, count)
            chosen.append(part)
            count -= len(part)
            if count == 0:
                break
        return np.concatenate(chosen)

    def arranged(self, rows: Rows | None = None) -> Rows:
        """Return ``rows`` (default: all candidates) from first to last."""
        groups = self._groups(rows)
        return np.concatenate([_arranged(self.keys, self.ids, group) for group in groups])

    def position(self, row: int) -> int:
        """Return the place of one candidate among all, 1 = first, without sorting."""
        before = 0
        rows = np.flatnonzero(self.candidates)
        if self.tier is not None:
            before = int(np.count_nonzero(self.tier[rows] < self.tier[row]))
            rows = rows[self.tier[rows] == self.tier[row]]
        for key in self.keys:
            values = key[rows]
            before += int(np.count_nonzero(values > key[row]))
            rows = rows[values == key[row]]
        return before + int(np.count_nonzero(self.ids[rows] < self.ids[row])) + 1

    def _groups(self, rows: Rows | None) -> Iterator[Rows]:
        if self.tier is None:
            yield np.flatnonzero(self.candidates) if rows is None else rows
            return
        for number in (1, 2, 3, 4):
            # One at a time: a small budget never looks beyond the first quadrant.
            if rows is None:
                yield np.flatnonzero(self.tier == number)
            else:
                yield rows[self.tier[rows] == number]


def _best(keys: tuple[Floats, ...], ids: Texts, rows: Rows, count: int) -> Rows:
    if count >= len(rows):
        return rows
    if count == 0:
        return rows[:0]
    if not keys:
        return _by_id(ids, rows)[:count]
    values = keys[0][rows]
    border = nth(values, len(values) - count)
    sure = rows[values > border]
    tied = rows[values == border]
    return np.concatenate([sure, _best(keys[1:], ids, tied, count - len(sure))])


def _arranged(keys: tuple[Floats, ...], ids: Texts, rows: Rows) -> Rows:
    if not keys:
        return _by_id(ids, rows)
    values = keys[0][rows]
    order = np.argsort(-values)
    rows, values = rows[order], values[order]
    same = values[1:] == values[:-1]
    if same.any():
        tied = np.r_[False, same] | np.r_[same, False]
        rows[tied] = _arranged_ties(keys, ids, rows[tied])
    return rows


def _arranged_ties(keys: tuple[Floats, ...], ids: Texts, rows: Rows) -> Rows:
    # Sorting by id first and stably by the keys afterwards leaves the id as the last word.
    rows = _by_id(ids, rows)
    return rows[np.lexsort([-key[rows] for key in reversed(keys)])]


def _by_id(ids: Texts, rows: Rows) -> Rows:
    # Arrow sorts texts about three times faster; UTF-8 bytes sort as Python's strings do.
    order: Rows = pc.array_sort_indices(pa.array(ids[rows], type=pa.string())).to_numpy()
    return rows[order]
