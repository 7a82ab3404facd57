"""What a larger budget would keep: mean scores, length, and how much of the subjects it covers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diq_core.errors import BadSetting
from diq_core.selection.pool import Mask
from diq_core.selection.result import Selection
from diq_core.selection.scores import Floats

SHARES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, *range(20, 101, 5))
"""Budgets that are looked at, in percent of the samples that can be chosen."""


@dataclass(frozen=True, eq=False)
class Curves:
    """What each budget comes to; one value a budget, NaN where nothing is known.

    Attributes:
        shares: the budgets that can be kept, in percent.
        kept: float64, how many samples.
        means: name of a score → float64, its mean over the kept samples that have it.
        length: float64, sum of the lengths of responses.
        subjects: float64, share of the subjects that any kept sample has, 0 to 1.
        tasks: float64, the same of the subjects after which validation tasks are called.
    """

    shares: tuple[int, ...]
    kept: Floats
    means: dict[str, Floats]
    length: Floats
    subjects: Floats
    tasks: Floats


def budget_curves(
    selection: Selection,
    again: Callable[[str], Selection],
    subjects: pa.Array,
    tasks: Sequence[str] = (),
) -> Curves:
    """Return what budgets from 1 to 100 % come to, everything else as in `selection`.

    Args:
        again: makes the same selection with another budget, e.g. "5%"; it is asked only where a
            larger budget may not keep all that a smaller one keeps.
        subjects: of each sample; null and "" = none.
        tasks: names of the validation tasks; letter case does not count.
    """
    pool = selection.pool
    there = pool.included & ~selection.placed.not_asked_for
    codes, names = _codes(subjects)
    all_subjects = np.unique(codes[there & (codes >= 0)])
    wanted = {task.casefold() for task in tasks}
    all_tasks = [code for code in all_subjects.tolist() if names[code] in wanted]
    found: list[tuple[int, Mask]] = []
    for share in SHARES:
        mask = _kept_at(selection, again, share, int(np.count_nonzero(there)))
        if mask is not None:
            found.append((share, mask))
    masks = [mask for _, mask in found]
    covered = [np.unique(codes[mask & (codes >= 0)]) for mask in masks]
    return Curves(
        tuple(share for share, _ in found),
        np.array([np.count_nonzero(mask) for mask in masks], dtype=np.float64),
        {name: np.array([_mean(pool.scores[name][mask]) for mask in masks]) for name in pool.axes},
        np.array([np.nansum(pool.scores["length"][mask]) for mask in masks]),
        np.array([_part(one, all_subjects.tolist()) for one in covered]),
        np.array([_part(one, all_tasks) for one in covered]),
    )


def _kept_at(
    selection: Selection, again: Callable[[str], Selection], share: int, there: int
) -> Mask | None:
    """Return bool[n], what a budget keeps; None where no selection can be made with it."""
    if selection.parts or "apart" in selection.settings:
        try:
            return again(f"{share}%").kept
        except BadSetting:
            return None
    by_hand = selection.placed.put_in
    room = max(1, (share * there + 50) // 100) - int(np.count_nonzero(by_hand))
    if room < 0:
        return None
    places = selection.positions
    mask: Mask = by_hand | ((places > 0) & (places <= room))
    return mask


def _codes(subjects: pa.Array) -> tuple[np.ndarray, list[str]]:
    """Return a number for each subject, letter case aside, −1 for none; and their names."""
    lower = pc.utf8_lower(subjects)
    encoded = pc.if_else(pc.equal(lower, ""), None, lower).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes, encoded.dictionary.to_pylist()


def _part(covered: np.ndarray, all_: Sequence[int]) -> float:
    return float(np.isin(all_, covered).mean()) if len(all_) else float("nan")


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
