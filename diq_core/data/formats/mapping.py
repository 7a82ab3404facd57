"""A column mapping: the user's word on which column holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from diq_core.data.formats.own import convert_own
from diq_core.data.formats.parts import Format, Parts, Row
from diq_core.errors import BadSetting

FIELDS = (
    "id", "question", "answer", "reasoning", "options", "answer_label", "context", "system",
    "images", "source", "subject", "licence",
)  # fmt: skip
_ABSENT = object()


def check_mapping(mapping: Mapping[str, str], rows: Sequence[Row]) -> None:
    """Refuse a mapping with unknown fields or columns.

    Raises:
        BadSetting: it names a field that samples do not have, or a column that no row has.
    """
    columns = sorted({name for row in rows for name in row})
    for ours, column in mapping.items():
        if ours not in FIELDS:
            raise BadSetting(
                f"The mapping names the unknown field '{ours}'",
                which="mapping",
                todo=f"use one of: {', '.join(FIELDS)}",
            )
        if all(_look_up(row, column) is _ABSENT for row in rows):
            raise BadSetting(
                f"No row has the column '{column}' that is mapped to '{ours}'",
                which="mapping",
                todo=f"use one of: {', '.join(columns)[:1000]}",
            )


def mapped(mapping: Mapping[str, str], beneath: Format | None) -> Format:
    """Return a format that follows `mapping`, laid over another format where one is given.

    Alone, the mapped columns are all that is understood and the others go to meta. Over another
    format, that format reads the row first and the mapped fields then replace its own.
    """
    pairs = ", ".join(f"{ours} = {column}" for ours, column in mapping.items())

    def convert(row: Row) -> Parts:
        if beneath is None:
            return convert_own(_renamed(row, mapping))
        parts = beneath.convert(row)
        return _overlaid(parts, convert_own(_picked(row, mapping)), mapping)

    name = f"{beneath.name}+mapping" if beneath else "mapping"
    label = f"{beneath.label}, with a column mapping" if beneath else "Column mapping"
    return Format(name, label, pairs, lambda _columns, _rows: f"mapping {pairs}", convert)


def _picked(row: Row, mapping: Mapping[str, str]) -> dict[str, Any]:
    found = {ours: _look_up(row, column) for ours, column in mapping.items()}
    return {ours: value for ours, value in found.items() if value is not _ABSENT}


def _renamed(row: Row, mapping: Mapping[str, str]) -> dict[str, Any]:
    used = set(mapping.values())
    rest = {
        # A column that happens to have one of our names, and is not mapped, is only kept.
        (f"column {name}" if name in (*FIELDS, "image", "answer_idx", "history") else name): value
        for name, value in row.items()
        if name not in used
    }
    return {**rest, **_picked(row, mapping)}


def _overlaid(parts: Parts, other: Parts, mapping: Mapping[str, str]) -> Parts:
    for item in fields(parts):
        if item.name in mapping:
            setattr(parts, item.name, getattr(other, item.name))
    if "answer" in mapping or "answer_label" in mapping:
        parts.answers = other.answers
    if "answer" in mapping and "reasoning" not in mapping and other.reasoning:
        parts.reasoning = other.reasoning
    parts.notes += other.notes
    return parts


def _look_up(row: Row, column: str) -> Any:
    """Return a column's value; ``meta.topic`` reaches into an object."""
    if column in row:
        return row[column]
    value: Any = row
    for step in column.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return _ABSENT
        value = value[step]
    return value
