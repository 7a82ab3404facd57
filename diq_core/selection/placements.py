"""Which samples the scores do not decide about: placed by people, or left out by a filter."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from diq_core.errors import BadSetting
from diq_core.selection.order import Order
from diq_core.selection.pool import Mask, Pool, Rows

BY_RULE, PUT_IN, TAKEN_OUT, REJECTED, NOT_ASKED_FOR, SET_ASIDE = range(6)
_NAMED = 5


@dataclass(frozen=True, eq=False)
class Placements:
    """Who decides about each row of a pool.

    Attributes:
        code: int8[n], `BY_RULE`, `PUT_IN`, `TAKEN_OUT`, `REJECTED`, `SET_ASIDE`, or
            `NOT_ASKED_FOR` where a filter leaves it out. A sample that was excluded beforehand
            stays `BY_RULE`: it is out in any case.
    """

    code: NDArray[np.int8]

    @property
    def put_in(self) -> Mask:
        """bool[n]: kept, counted towards the budget."""
        mask: Mask = self.code == PUT_IN
        return mask

    @property
    def left_out(self) -> Mask:
        """bool[n]: never kept; the next in the order takes the place."""
        mask: Mask = (self.code > PUT_IN) & (self.code != NOT_ASKED_FOR)
        return mask

    @property
    def not_asked_for(self) -> Mask:
        """bool[n]: left out by a filter."""
        mask: Mask = self.code == NOT_ASKED_FOR
        return mask

    def among(self, pool: Pool, fits: Mask) -> Placements:
        """Return the same with what does not fit a filter left out; a hand comes before it."""
        out = (self.code == BY_RULE) & pool.included & ~fits
        return Placements(np.where(out, np.int8(NOT_ASKED_FOR), self.code))

    def free(self, order: Order) -> Order:
        """Return the order of the samples about which the rule alone decides."""
        if not self.code.any():
            return order
        free = self.code == BY_RULE
        tier = None if order.tier is None else np.where(free, order.tier, np.int8(0))
        return replace(order, candidates=order.candidates & free, tier=tier)

    def ranked(self, order: Order, rows: Rows) -> Rows:
        """Return `rows` from first to last: by `order`, then what it cannot rank, by id."""
        known = order.candidates[rows]
        rest = Order(order.ids, ~order.candidates)
        return np.concatenate([order.arranged(rows[known]), rest.arranged(rows[~known])])


def place(
    pool: Pool,
    put_in: Collection[str] = (),
    taken_out: Collection[str] = (),
    rejected: Collection[str] = (),
    set_aside: Collection[str] = (),
) -> Placements:
    """Return the placements of `pool`; the order of the ids, and repeating one, has no effect.

    Args:
        put_in: ids that are kept.
        taken_out: ids that were left out by hand.
        rejected: ids that are left out because their reviewers rejected them.
        set_aside: ids that are left out by a choice among samples that ask the same.

    Raises:
        BadSetting: an id is not in the pool, is both in and out, or was excluded beforehand or set
            aside and cannot be put in.
    """
    code = np.zeros(len(pool.scores), dtype=np.int8)
    if not (put_in or taken_out or rejected or set_aside):
        return Placements(code)
    _refuse_both(set(put_in), {*taken_out, *rejected})
    _refuse_aside({*put_in} & {*set_aside})
    for number, ids in (
        (SET_ASIDE, set_aside), (REJECTED, rejected), (TAKEN_OUT, taken_out), (PUT_IN, put_in),
    ):  # fmt: skip
        code[_rows(pool, ids)] = number
    _refuse_excluded(pool, code == PUT_IN)
    code[~pool.included] = BY_RULE
    return Placements(code)


def _rows(pool: Pool, ids: Collection[str]) -> Rows:
    wanted = pa.array(sorted(set(ids)), type=pa.string())
    found = pc.index_in(wanted, value_set=pa.array(pool.scores.ids, type=pa.string()))
    if found.null_count:
        unknown = wanted.filter(found.is_null()).to_pylist()
        raise BadSetting(
            f"{_count(len(unknown))} to be put in or out by hand but not in this dataset",
            which=_named(unknown),
            todo="correct the id, or leave it out",
        )
    rows: Rows = found.to_numpy().astype(np.intp)
    return rows


def _refuse_both(put_in: set[str], left_out: set[str]) -> None:
    if both := put_in & left_out:
        raise BadSetting(
            f"{_count(len(both))} both put in and taken out",
            which=_named(both),
            todo="decide for one of the two",
        )


def _refuse_aside(both: set[str]) -> None:
    if both:
        raise BadSetting(
            f"{_count(len(both))} to be put in but left out by a choice among samples that ask the "
            "same",
            which=_named(both),
            todo="change that choice ('diq alike', or the page Dataset), or do not put it in",
        )


def _refuse_excluded(pool: Pool, put_in: Mask) -> None:
    refused = put_in & ~pool.included
    if refused.any():
        reason = str(pool.scores.excluded[refused][0])
        raise BadSetting(
            f"{_count(int(refused.sum()))} to be put in but left out at import ({reason})",
            which=_named(pool.scores.ids[refused]),
            todo="import the dataset so that it is not left out, or do not put it in",
        )


def _count(number: int) -> str:
    return "A sample is" if number == 1 else f"{number:,} samples are"


def _named(ids: Iterable[str]) -> str:
    names = sorted(ids)
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(f"{name[:60]!a}" for name in names[:_NAMED]) + more
