"""Which samples fit what a person asks of their columns: ``length>=200``, ``source=medmcqa``.

A missing value fits nothing but the question whether it is missing (``subject=``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diq_core.errors import BadSetting
from diq_core.selection.pool import Mask

Sign = Literal["=", "!=", ">=", "<=", ">", "<", "~"]
"""~ = holds this text; letter case never counts."""
Columns = Mapping[str, pa.Array]
"""Name → text, number or yes and no of each sample, all of one length."""

_WRITTEN = re.compile(r"\s*([^<>=!~]+?)\s*(!=|>=|<=|[=<>~])\s*(.*?)\s*", re.DOTALL)
_YES = {"yes": True, "no": False}
_COMPARED: dict[str, Any] = {
    "=": pc.equal, "!=": pc.not_equal, ">=": pc.greater_equal, "<=": pc.less_equal,
    ">": pc.greater, "<": pc.less,
}  # fmt: skip
_EXAMPLE = "write it like source=medmcqa, length>=200, reasoning=yes or subject~card"


@dataclass(frozen=True, slots=True)
class Filter:
    """One question about a column.

    Attributes:
        value: as it was written; "" with "=" asks for what is missing.
    """

    column: str
    sign: Sign
    value: str

    @property
    def text(self) -> str:
        """It as a person writes it."""
        return f"{self.column}{self.sign}{self.value}"


def parse_filter(text: str) -> Filter:
    """Return the filter that is written in `text`.

    Raises:
        BadSetting: it is none.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise BadSetting("This is no filter", which=text[:100], todo=_EXAMPLE)
    column, sign, value = found.groups()
    return Filter(column, next(one for one in get_args(Sign) if one == sign), value)


def fitting(columns: Columns, filters: Sequence[Filter], size: int) -> Mask:
    """Return bool[size]: which samples fit all filters.

    Raises:
        BadSetting: there is no such column, or its values cannot be compared so.
    """
    mask = np.ones(size, dtype=bool)
    for one in filters:
        fits = pc.fill_null(_fits(_column(columns, one), one), False)
        mask &= np.asarray(fits.to_numpy(zero_copy_only=False), dtype=bool)
    return mask


def _column(columns: Columns, one: Filter) -> pa.Array:
    for name, column in columns.items():
        if name.casefold() == one.column.casefold():
            return column
    raise BadSetting(
        f"There is no column '{one.column[:60]}'",
        which=one.text[:100],
        todo=f"use one of {', '.join(columns)}",
    )


def _fits(column: pa.Array, one: Filter) -> pa.Array:
    if not one.value:
        return _missing(column, one)
    if pa.types.is_boolean(column.type):
        return _fits_answer(column, one)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        # NaN is a missing score.
        known = pc.if_else(pc.is_nan(column.cast(pa.float64())), None, column)
        return _compared(known, one, _number(one))
    return _fits_text(column, one)


def _missing(column: pa.Array, one: Filter) -> pa.Array:
    if one.sign not in ("=", "!="):
        raise BadSetting("The filter has no value", which=one.text[:100], todo=_EXAMPLE)
    nothing = pc.is_null(column, nan_is_null=True)
    if pa.types.is_string(column.type):
        nothing = pc.or_(nothing, pc.fill_null(pc.equal(column, ""), False))
    return nothing if one.sign == "=" else pc.invert(nothing)


def _fits_answer(column: pa.Array, one: Filter) -> pa.Array:
    wanted = _YES.get(one.value.casefold())
    if wanted is None or one.sign not in ("=", "!="):
        raise BadSetting(
            f"'{one.column}' is yes or no", which=one.text[:100], todo=f"write {one.column}=yes"
        )
    return pc.equal(column, wanted if one.sign == "=" else not wanted)


def _fits_text(column: pa.Array, one: Filter) -> pa.Array:
    if one.sign == "~":
        return pc.match_substring(column, one.value, ignore_case=True)
    if one.sign not in ("=", "!="):
        raise BadSetting(
            f"'{one.column}' is a text, and has no order",
            which=one.text[:100],
            todo=f"write {one.column}={one.value} or {one.column}~{one.value}",
        )
    return _compared(pc.utf8_lower(column), one, one.value.lower())


def _compared(column: pa.Array, one: Filter, value: str | float) -> pa.Array:
    if one.sign not in _COMPARED:
        raise BadSetting(f"'{one.column}' is a number", which=one.text[:100], todo=_EXAMPLE)
    return _COMPARED[one.sign](column, value)


def _number(one: Filter) -> float:
    try:
        return float(one.value)
    except ValueError:
        raise BadSetting(
            f"'{one.column}' is a number, and '{one.value[:40]}' is none",
            which=one.text[:100],
            todo=_EXAMPLE,
        ) from None
