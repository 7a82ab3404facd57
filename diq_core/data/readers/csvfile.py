"""CSV and TSV: every cell is text, formula-like cells too."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from diq_core.data.findings import Finding, finding
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.lines import bounded_lines, decode, too_long
from diq_core.data.readers.opening import Wrapping, open_bytes
from diq_core.data.readers.row import MAX_LINE_BYTES, Row, make_row
from diq_core.errors import BadFile

_FORMULA = re.compile(r"^[=+\-@\t\r＝＋－＠]")
_TOLD = re.compile(r'(?i)"?sep=(?P<mark>[^"\w\s]|\t)"?[,;]*')
_RETURN = re.compile(r"(?<=\r)(?!\n)")
_PLAIN = re.compile(r"^[+\-]?[\d.,]+\s*%?$|^-+$|^[-+•]\s")


def read_csv(
    path: Path, *, wrapping: Wrapping, delimiter: str, told: bool, limit: int
) -> Iterator[Row | Finding]:
    """Yield the rows of a CSV file; `Row.line` is the line on which the row begins.

    Args:
        delimiter: the character between cells.
        told: whether the first line only tells the delimiter, as Excel writes it.
        limit: largest line in bytes.

    Raises:
        BadFile: the file cannot be opened, or has no header.
    """
    # The limit is one per process; a reasoning chain is longer than Python's default.
    csv.field_size_limit(MAX_LINE_BYTES)
    with open_bytes(path, wrapping) as stream:
        lines = _Lines(bounded_lines(stream, limit), path.name, limit)
        if told:
            next(lines, "")
        table = csv.reader(lines, delimiter=delimiter)
        header = _header(table, path.name)
        yield from lines.take()
        names, renamed = unique_names(header, path.name)
        yield from renamed
        start = lines.number + 1
        while True:
            try:
                cells = next(table)
            except StopIteration:
                break
            except csv.Error as error:
                yield _broken(error, path.name, start)
                start = lines.number + 1
                continue
            yield from lines.take()
            if cells:
                yield _row(names, cells, path.name, start, lines.number)
            start = lines.number + 1
        yield from lines.take()


def told_delimiter(first_line: str) -> str:
    """Return the delimiter that a first line ``sep=;`` tells Excel; empty = it does not."""
    match = _TOLD.fullmatch(first_line.strip(" \r\n"))
    return str(match["mark"]) if match else ""


def guess_delimiter(lines: Sequence[str], likely: str = ",") -> str:
    """Return the separator of a table: the one that splits its header into most cells.

    Args:
        lines: the first ones of the file; of two separators that are equally good, the one that
            the rows agree about is taken.
        likely: what the file's name promises.
    """
    header = _cells(lines[0], likely) if lines else 0
    if likely != "," and header > 1:
        return likely

    def worth(mark: str) -> tuple[bool, bool, int]:
        cells = _cells(lines[0], mark) if lines else 0
        same = sum(_cells(line, mark) == cells for line in lines[1:])
        return cells > 1, same * 2 >= len(lines) - 1, cells

    marks: dict[str, None] = dict.fromkeys((likely, *",;\t|"))
    return str(max(marks, key=worth))


def _cells(line: str, mark: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=mark), []))
    except csv.Error:
        return 0


class _Lines:
    """Decoded lines for `csv.reader`; findings about them wait until they are taken."""

    def __init__(self, lines: Iterator[tuple[int, bytes | None]], file: str, limit: int) -> None:
        self._lines = lines
        self._file = file
        self._limit = limit
        self._findings: list[Finding] = []
        self._pieces: deque[str] = deque()
        self._room = limits().row_bytes
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if not self._pieces:
            self._read_on()
        self.number += 1
        text = self._pieces.popleft()
        self._room -= len(text)
        if self._room < 0:
            self._room = limits().row_bytes
            raise csv.Error("it is longer than a row may be")
        return text

    def _read_on(self) -> None:
        for _, line in self._lines:
            number = self.number + 1
            if line is None:
                self._findings.append(too_long(self._file, number, self._limit))
                self.number = number
                continue
            text, findings = decode(line, file=self._file, number=number)
            self._findings += findings
            # Old Macs end lines with a carriage return alone.
            self._pieces.extend(piece for piece in _RETURN.split(text) if piece)
            return
        raise StopIteration

    def take(self) -> list[Finding]:
        """Return what was noticed since the last row; the next row may be as long as this one."""
        self._room = limits().row_bytes
        taken, self._findings = self._findings, []
        return taken


def _header(table: Iterator[list[str]], file: str) -> list[str]:
    try:
        for cells in table:
            if len(cells) > limits().columns:
                what = f"The header names {len(cells):,} columns"
                raise over_budget(what, file, "columns", "keep the columns that matter")
            if any(cell.strip() for cell in cells):
                return [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadFile(
            f"The header cannot be read: {error}", which=file, todo="save the table as CSV again"
        ) from None
    raise BadFile("The file has no header line", which=file, todo="give each column a name")


def unique_names(
    header: Sequence[str], file: str, line: int = 1
) -> tuple[list[str], list[Finding]]:
    """Return a name for each column of a header, each once, and a finding for each renamed."""
    names: dict[str, None] = {}
    again: Counter[str] = Counter()
    findings = []
    for position, name in enumerate(header, start=1):
        unique = name or f"column {position}"
        while unique in names:
            again[name] += 1
            unique = f"{name or 'column'} {again[name] + 1}"
        if name and unique != name:
            message = f"Two columns are called '{name}'; the later is read as '{unique}'"
            hint = "give every column a name of its own"
            findings.append(
                finding("duplicate-column", message, hint=hint, file=file, line=line, field=name)
            )
        names[unique] = None
    return list(names), findings


def _row(names: list[str], cells: list[str], file: str, start: int, end: int) -> Row | Finding:
    if len(cells) != len(names):
        return _wrong_count(len(names), len(cells), file, start, end)
    values = dict(zip(names, cells, strict=True))
    fields = [
        name
        for name, cell in values.items()
        if _FORMULA.match(cell) and not _PLAIN.match(cell.strip())
    ]
    findings = [
        finding(
            "formula-cell",
            "The cell starts like a spreadsheet formula; it is kept as plain text",
            hint="nothing to do; exports to CSV make it harmless",
            file=file,
            line=start,
            field=name,
        )
        for name in fields
    ]
    return make_row(values, file=file, line=start, findings=tuple(findings))


def _wrong_count(expected: int, found: int, file: str, start: int, end: int) -> Finding:
    hint = "quote cells that contain the separator"
    if end > start:
        hint = f"lines {start} to {end} were read as one row: is a quotation mark not closed?"
    return finding(
        "column-count",
        f"The row has {found} columns, the header has {expected}",
        hint=hint,
        file=file,
        line=start,
    )


def _broken(error: csv.Error, file: str, line: int) -> Finding:
    return finding(
        "bad-csv",
        f"The row is not valid CSV: {error}",
        hint="is a quotation mark not closed?",
        file=file,
        line=line,
    )
