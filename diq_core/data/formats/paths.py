"""Where a value lies in a row: a column, a place inside it, or several columns.

answer                 the column of that name; it comes first, whatever is in the name
data.answer            a field of an object; of a list of objects, the field of each
chosen[-1].content     an item of a list, from 0; negative ones count from the end
image_1,image_2        several columns, in this order
image_*                every column whose name fits, in the order of their numbers
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from diq_core.data.formats.literals import parsed

ABSENT: Any = object()
"""What is not there; a missing value that is there is None."""

_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<place>-?\d+|\*)\]")


def columns_at(columns: Iterable[str], path: str) -> list[str]:
    """Return the single places that a path stands for, among the columns that there are.

    A path that is a column's name, or that names no pattern and has no comma, stands for itself.
    """
    known = list(columns)
    if path in known:
        return [path]
    found: list[str] = []
    for part in (each.strip() for each in path.split(",")):
        plain = part in known or "*" not in part.replace("[*]", "")
        fits = [part] if plain else sorted(_fitting(known, part), key=in_order)
        found += [each for each in fits if each and each not in found]
    return found


def _fitting(columns: Iterable[str], pattern: str) -> list[str]:
    exact = pattern.replace("[", "[[]")
    return [name for name in columns if fnmatchcase(name, exact)]


def in_order(name: str) -> tuple[object, ...]:
    """Return a key that sorts image_2 before image_10."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d+)", name)
        if part
    )


def value_at(row: Mapping[str, Any], place: str) -> Any:
    """Return the value at a single place, or `ABSENT`."""
    if place in row:
        return row[place]
    column = column_of(row, place)
    if column is None:
        return ABSENT
    value, rest = row[column], place[len(column) :]
    while rest:
        step = _STEP.match(rest)
        if step is None:
            return ABSENT
        value, rest = _taken(parsed(value), step), rest[step.end() :]
        if value is ABSENT:
            return ABSENT
    return value


def column_of(columns: Iterable[str], place: str) -> str | None:
    """Return the column that a place lies in; the longest name wins, for names may hold dots."""
    names = [
        name for name in columns if place == name or place.startswith((f"{name}.", f"{name}["))
    ]
    return max(names, key=len, default=None)


def _taken(value: Any, step: re.Match[str]) -> Any:
    name, place = step["name"], step["place"]
    if name is not None:
        if isinstance(value, Mapping):
            return value.get(name, ABSENT)
        if isinstance(value, list):
            each = [item[name] for item in value if isinstance(item, Mapping) and name in item]
            return each or ABSENT
        return ABSENT
    if not isinstance(value, list):
        return ABSENT
    if place == "*":
        return value
    number = int(place)
    return value[number] if -len(value) <= number < len(value) else ABSENT
