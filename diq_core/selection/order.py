"""A total order of the samples, and its best k without sorting the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diq_core.selection.pool import Mask, Rows
from diq_core.selection.quadrants import Quadrants
from diq_core.selection.scores import Floats, Texts


@dataclass(frozen=True, eq=False)
class Order:
    """Which of two candidates comes first: the lower tier, then the higher key (one key after
    the other), then the id that sorts first.

    Attributes:
        ids: str[n], unique.
        candidates: bool[n], the samples that may be chosen.
        tier: int8[n], 1 to 4 for candidates, or None when there are no tiers.
        keys: float64[n] each, without NaN on candidates.
    """

    ids: Texts
    candidates: Mask
    tier: Quadrants | None = None
    keys: tuple[Floats, ...] = ()

    def rows(self) -> Rows:
        """Return the candidates' rows, ascending."""
        return np.flatnonzero(self.candidates)

    def best(self, rows: Rows, count: int) -> Rows:
        """Return the first ``count`` of ``rows`` as a set: in no defined order."""
        if count >= len(rows):
            return rows
        chosen: list[Rows] = []
        for group in self._tiers(rows):
            part = _best(self.keys, self.ids, group, min(count, len(group)))
            chosen.append(part)
            count -= len(part)
            if count == 0:
                break
        return np.concatenate(chosen) if chosen else rows[:0]

    def arranged(self, rows: Rows) -> Rows:
        """Return ``rows`` from first to last."""
        parts = [_arranged(self.keys, self.ids, group) for group in self._tiers(rows)]
        return np.concatenate(parts) if parts else rows[:0]

    def position(self, row: int) -> int:
        """Return the place of one candidate among all, 1 = first, without sorting."""
        before = 0
        rows = self.rows()
        if self.tier is not None:
            before = int(np.count_nonzero(self.tier[rows] < self.tier[row]))
            rows = rows[self.tier[rows] == self.tier[row]]
        for key in self.keys:
            values = key[rows]
            before += int(np.count_nonzero(values > key[row]))
            rows = rows[values == key[row]]
        return before + int(np.count_nonzero(self.ids[rows] < self.ids[row])) + 1

    def _tiers(self, rows: Rows) -> list[Rows]:
        if self.tier is None:
            return [rows]
        tiers = self.tier[rows]
        return [rows[tiers == number] for number in (1, 2, 3, 4)]


def _best(keys: tuple[Floats, ...], ids: Texts, rows: Rows, count: int) -> Rows:
    if count >= len(rows):
        return rows
    if count == 0:
        return rows[:0]
    if not keys:
        return _by_id(ids, rows)[:count]
    values = keys[0][rows]
    border = np.partition(values, len(values) - count)[len(values) - count]
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
    return rows[np.argsort(ids[rows], kind="stable")]
