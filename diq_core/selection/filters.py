"""Which samples fit what a person asks of their columns: ``length>=200``, ``source=medmcqa``.

A missing value fits nothing but the question whether it is missing (``subject=``). Of several
values one has to fit (``subject=Cardiology|Surgery``); a value in double quotes is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diq_core.errors import BadSetting
from diq_core.selection.pool import Mask

Sign = Literal["=", "!=", ">=", "<=", ">", "<", "~"]
"""~ = holds this text; letter case never counts."""
Columns = Mapping[str, pa.Array]
"""Name → text, number or yes and no of each sample, all of one length. Only what is asked for is
looked at, so it may be made then."""

_WRITTEN = re.compile(r"\s*([^<>=!~]+?)\s*(!=|>=|<=|[=<>~])\s*(.*?)\s*", re.DOTALL)
_APART = re.compile(r'(?:"[^"]*"|[^;"]|")+')
_VALUES = re.compile(r'"([^"]*)"|([^|]+)')
_YES = {"yes": True, "no": False}
_COMPARED: dict[str, Any] = {
    "=": pc.equal, "!=": pc.not_equal, ">=": pc.greater_equal, "<=": pc.less_equal,
    ">": pc.greater, "<": pc.less,
}  # fmt: skip
_EXAMPLE = "write it like source=medmcqa, length>=200, reasoning=yes, subject~card or subject=A|B"


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


def split_filters(text: str) -> tuple[str, ...]:
    """Return the filters that stand in one line, separated by semicolons outside of quotes."""
    return tuple(part.strip() for part in _APART.findall(text) if part.strip())


def written(column: str, values: Sequence[str]) -> str:
    """Return the filter that one of these values has to stand in a column."""
    quoted = (f'"{value}"' if set(value) & set(';|"') or not value else value for value in values)
    return f"{column}={'|'.join(quoted)}"


def fitting(columns: Columns, filters: Sequence[Filter], size: int) -> Mask:
    """Return bool[size]: which samples fit all filters.

    Raises:
        BadSetting: there is no such column, or its values cannot be compared so.
    """
    mask = np.ones(size, dtype=bool)
    for one in filters:
        fits = pc.fill_null(_fits(column_named(columns, one.column, one.text), one), False)
        mask &= np.asarray(fits.to_numpy(zero_copy_only=False), dtype=bool)
    return mask


def column_named(columns: Columns, wanted: str, asked: str) -> pa.Array:
    """Return the column of a name; letter case does not count.

    Args:
        asked: what asks for it, for the error.

    Raises:
        BadSetting: there is none.
    """
    if wanted in columns:
        return columns[wanted]
    for name in columns:
        if name.casefold() == wanted.casefold():
            return columns[name]
    raise BadSetting(
        f"There is no column '{wanted[:60]}'",
        which=asked[:100],
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


def values_of(one: Filter) -> list[str]:
    """Return the values of a filter, of which one has to fit; a missing one is ""."""
    return [(quoted or plain).strip() for quoted, plain in _VALUES.findall(one.value)]


def _fits_text(column: pa.Array, one: Filter) -> pa.Array:
    if one.sign == "~":
        found = [pc.match_substring(column, each, ignore_case=True) for each in values_of(one)]
        return reduce(pc.or_kleene, found)
    if one.sign not in ("=", "!="):
        raise BadSetting(
            f"'{one.column}' is a text, and has no order",
            which=one.text[:100],
            todo=f"write {one.column}={one.value} or {one.column}~{one.value}",
        )
    values = {value.lower() for value in (*values_of(one), one.value)}
    known = column.fill_null("") if "" in values else column
    fits = pc.is_in(pc.utf8_lower(known), pa.array(sorted(values), pa.string()))
    fits = pc.if_else(pc.is_valid(known), fits, None)
    return fits if one.sign == "=" else pc.invert(fits)


def _compared(column: pa.Array, one: Filter, value: float) -> pa.Array:
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
