"""Quotas: at least or at most so many of the kept samples with something in a column.

``source=medmcqa<=50%``, ``subject=Cardiology>=20``, ``quadrant=Q1>=60%``; without a value it holds
for each value of the column by itself (``source<=10%``). A share is one of the budget.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from diq_core.errors import BadSetting
from diq_core.selection.budget import Budget, parse_budget

Side = Literal[">=", "<="]
Codes = NDArray[np.int64]
NO_LIMIT = np.iinfo(np.int64).max

_WRITTEN = re.compile(r"\s*([^<>=]+?)\s*(?:=\s*(.*?)\s*)?(>=|<=)\s*([^<>=]+)", re.DOTALL)
_EXAMPLE = "write it like source=medmcqa<=50%, subject=Cardiology>=20, quadrant=Q1>=60% or " \
           "source<=10% (each source by itself)"  # fmt: skip
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota.

    Attributes:
        value: what stands in the column; None = each value that does, by itself.
        side: at least or at most.
        amount: a count, or a share of the budget.
    """

    column: str
    value: str | None
    side: Side
    amount: Budget

    @property
    def text(self) -> str:
        """It as a person writes it."""
        value = "" if self.value is None else f"={self.value}"
        if set(value[1:]) & set('<>=;"'):
            value = f'="{self.value}"'
        return f"{self.column}{value}{self.side}{str(self.amount).replace(' ', '')}"


@dataclass(frozen=True, eq=False)
class Parts:
    """The samples cut into parts by a column, and how many of each part are to be kept.

    Attributes:
        column: its name.
        names: what stands in it, part by part; "" = nothing.
        code: int64[n], the part of each sample.
        least, most: int64[parts]; 0 and `NO_LIMIT` where nothing is asked.
    """

    column: str
    names: tuple[str, ...]
    code: Codes
    least: Codes
    most: Codes

    def words(self, part: int) -> str:
        """Return what a part is called, e.g. "source=medmcqa"."""
        return f"{self.column}={self.names[part] or '(nothing)'}"


def parse_quota(text: str) -> Quota:
    """Return the quota that is written in `text`.

    Raises:
        BadSetting: it is none.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise BadSetting("This is no quota", which=text[:100], todo=_EXAMPLE)
    column, value, side, amount = found.groups()
    if value and len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return Quota(column, value, ">=" if side == ">=" else "<=", parse_budget(amount, "quota"))


def parts_of(
    quotas: Sequence[Quota], column: Callable[[Quota], pa.Array], asked: int
) -> list[Parts]:
    """Return the parts that quotas speak of, one for each column, in the order of the quotas.

    Args:
        column: gives the column that a quota names.
        asked: the budget in samples, of which shares are taken.

    Raises:
        BadSetting: a column has numbers, no sample has the value, or two quotas contradict each
            other.
    """
    by_column: dict[str, list[Quota]] = {}
    for quota in quotas:
        by_column.setdefault(quota.column.casefold(), []).append(quota)
    return [_parts(group, column(group[0]), asked) for group in by_column.values()]


def _parts(quotas: Sequence[Quota], column: pa.Array, asked: int) -> Parts:
    texts = _as_text(column, quotas[0])
    # Letter case makes no other part; each is called as it is first written.
    indices = pc.utf8_lower(texts).dictionary_encode().indices
    code = np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    names = tuple(texts.take(pa.array(np.unique(code, return_index=True)[1])).to_pylist())
    least = np.zeros(len(names), dtype=np.int64)
    most = np.full(len(names), NO_LIMIT)
    folded = [name.casefold() for name in names]
    for quota in quotas:
        where = _where(quota, names, folded)
        number = quota.amount.of(asked)
        if quota.side == ">=":
            least[where] = np.maximum(least[where], number)
        else:
            most[where] = np.minimum(most[where], number)
    parts = Parts(quotas[0].column, names, code, least, most)
    for part in np.flatnonzero(least > most).tolist():
        raise BadSetting(
            f"Quotas contradict each other: at least {least[part]:,} and at most {most[part]:,} "
            f"samples of {parts.words(part)}",
            which="; ".join(quota.text for quota in quotas)[:200],
            todo="change one of them",
        )
    return parts


def _as_text(column: pa.Array, quota: Quota) -> pa.Array:
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "yes", "no").fill_null("")
    if not pa.types.is_string(column.type):
        raise BadSetting(
            f"'{quota.column}' is a number, and a quota counts what is the same",
            which=quota.text[:100],
            todo="use a filter for a range of numbers, or a column of texts",
        )
    return column.fill_null("")


def _where(quota: Quota, names: Sequence[str], folded: Sequence[str]) -> list[int]:
    if quota.value is None:
        return list(range(len(names)))
    wanted = quota.value.casefold()
    found = [place for place, name in enumerate(folded) if name == wanted]
    if not found:
        known = ", ".join(sorted(name[:40] for name in names if name)[: 2 * _NAMED])
        raise BadSetting(
            f"No sample has {quota.column}={quota.value[:60]}",
            which=quota.text[:100],
            todo=f"there are: {known or 'none'}",
        )
    return found


def refuse_impossible(parts: Sequence[Parts], there: NDArray[np.bool_], asked: int) -> None:
    """Refuse quotas that cannot be met whatever is chosen.

    Args:
        there: bool[n], the samples that may be kept.

    Raises:
        BadSetting: a part has fewer samples than its quota asks for, or the quotas on one column
            together ask for more than the budget keeps.
    """
    for each in parts:
        found = np.bincount(each.code[there], minlength=len(each.names))
        short = np.flatnonzero(found < each.least)
        if len(short):
            told = [f"{each.words(part)} has {found[part]:,} of {each.least[part]:,}"
                    for part in short[:_NAMED]]  # fmt: skip
            more = [f"{len(short) - _NAMED:,} more fall short"] if len(short) > _NAMED else []
            raise BadSetting(
                "A quota asks for more samples than can be chosen",
                which="; ".join([*told, *more]),
                todo="ask for fewer, or let more samples take part",
            )
        total = int(each.least.sum())
        if total > asked:
            raise BadSetting(
                f"The quotas on {each.column} ask for at least {total:,} samples, but the budget "
                f"keeps {asked:,}",
                which=each.column,
                todo="choose a larger budget, or ask for fewer",
            )
