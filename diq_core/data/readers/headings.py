"""Where a sheet's table begins: titles above its header, and headers of two rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diq_core.data.findings import Finding, finding
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.csvfile import unique_names

LOOKED_AT = 20
"""Rows that show where the header is; empty ones do not count."""

_LONGEST = 20

Numbered = tuple[int, Sequence[Any]]


@dataclass(frozen=True)
class Heading:
    """The header of a table.

    Attributes:
        names: of the columns, each once.
        blank: those that the sheet gives no name.
        last: the number of the header's last row.
        remarks: what was noticed about it.
    """

    names: tuple[str, ...]
    blank: frozenset[str]
    last: int
    remarks: tuple[Finding, ...]

    def name(self, place: int) -> str:
        """Return the name of a column, also of one beyond the header."""
        return self.names[place] if place < len(self.names) else f"column {place + 1}"

    def without_blanks(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return a row without what has neither a name nor a value."""
        return {
            name: value
            for name, value in values.items()
            if value is not None or name not in self.blank
        }


def find_heading(rows: Sequence[Numbered], file: str) -> Heading:
    """Return the header of a table by its first rows, of which none is empty.

    It is the first row with two cells or more; what stands above it are titles. Where cells of it
    span several columns, and the next row names just these, both are the header.

    Raises:
        BadFile: it has more columns than `limits` allow.
    """
    place = next((n for n, (_, cells) in enumerate(rows) if len(_texts(cells)) > 1), 0)
    number, cells = rows[place]
    named = _named(cells)
    if len(named) > limits().columns:
        what = f"The header names {len(named):,} columns"
        raise over_budget(what, file, "columns", "keep the columns that matter")
    last = number
    below = _named(rows[place + 1][1]) if place + 1 < len(rows) else []
    titles = [_title(above, file) for above in rows[:place]]
    if groups := _groups(named, below):
        named, last = groups, rows[place + 1][0]
        titles.append(_two_rows(named, number, last, file))
    names, renamed = unique_names(named, file, number)
    blank = frozenset(name for name, own in zip(names, named, strict=True) if not own)
    return Heading(tuple(names), blank, last, (*titles, *renamed))


def _groups(header: list[str], below: list[str]) -> list[str]:
    """Return the names of a header of two rows; empty = the second row is none.

    Names of the second row are short, and stand under a cell of the first that spans them: under
    it and under the empty places to its right. Under all others there is nothing.
    """
    width = max(len(header), len(below))
    upper, lower = _padded(header, width), _padded(below, width)
    groups, group = [], ""
    for place, name in enumerate(upper):
        group = name or group
        spans = not name or (place + 1 < width and not upper[place + 1])
        if bool(lower[place]) != (spans and bool(group)):
            return []
        groups.append(f"{group} {lower[place]}" if lower[place] else name)
    return groups if any(lower) and max(map(len, lower)) <= _LONGEST else []


def _padded(names: list[str], width: int) -> list[str]:
    return names + [""] * (width - len(names))


def _named(cells: Sequence[Any]) -> list[str]:
    names = ["" if cell.value is None else str(cell.value).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _texts(cells: Sequence[Any]) -> list[str]:
    return [name for name in _named(cells) if name]


def _title(row: Numbered, file: str) -> Finding:
    number, cells = row
    title = " ".join(_texts(cells))[:80]
    message = f"'{title}' stands above the header, and was read as a title"
    return finding("sheet-heading", message, hint="nothing to do", file=file, line=number)


def _two_rows(names: list[str], first: int, last: int, file: str) -> Finding:
    message = f"Rows {first} and {last} were read as one header: {', '.join(names)[:200]}"
    hint = "leave one row of names, if this is wrong"
    return finding("sheet-heading", message, hint=hint, file=file, line=last)
