"""Workbooks of Excel: one sheet row by row, each cell as people see it.

A formula counts with the value that Excel kept for it. Rows are streamed, and what unpacks to too
much is refused first: a sheet may say of itself that it has a billion cells.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diq_core.data.findings import Finding, finding
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.cells import said_by
from diq_core.data.readers.headings import LOOKED_AT, Heading, find_heading
from diq_core.data.readers.members import Careful, refuse_unpacking
from diq_core.data.readers.row import Row, make_row
from diq_core.data.readers.splits import choose, not_read
from diq_core.errors import BadFile, UserError
from diq_core.extras import need
from diq_core.files import open_regular

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

Cells = tuple[Any, ...]
_LAST_ROW = 1_048_576


def read_workbook(path: Path, *, sheet: str) -> Iterator[Row | Finding]:
    """Yield the rows of a sheet; `Row.line` is the number of the row as Excel shows it.

    Args:
        sheet: its name; empty = the only one that is not empty, or "train".

    Raises:
        BadFile: the file is damaged or encrypted, or unpacks to more than `limits` allow.
        BadSetting: there is no such sheet, or openpyxl is not installed.
        SettingNeeded: there are several sheets.
    """
    with _opened(path, values=True) as book, _opened(path, values=False) as formulas:
        filled = [each.title for each in book.worksheets if _is_filled(each, path.name)]
        if not filled:
            raise BadFile(
                "The workbook is empty", which=path.name, todo="choose a file with samples"
            )
        name = choose(filled, sheet, path.name, parts="sheets")
        yield from not_read(filled, name, path.name, parts="sheets")
        yield from _rows(book[name], formulas[name], path.name)


@contextmanager
def _opened(path: Path, *, values: bool) -> Iterator[Workbook]:
    need("openpyxl", "excel")
    from openpyxl import load_workbook

    # It warns of what it leaves out when it writes a file again, which nobody does here.
    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
    try:
        with open_regular(path) as file:
            refuse_unpacking(file, path.name)
            book = load_workbook(Careful(file), read_only=True, data_only=values, keep_links=False)
            try:
                yield book
            finally:
                book.close()
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 (a damaged workbook fails in many ways)
        said = (str(error).splitlines() or [type(error).__name__])[0][:100].rstrip(".")
        raise BadFile(
            f"The workbook cannot be read: {said}",
            which=path.name,
            todo="open and save it in Excel, or save the sheet as CSV",
        ) from None


def _is_filled(sheet: Any, file: str) -> bool:
    return next(_full_rows(_cells(sheet), file), None) is not None


def _cells(sheet: Any) -> Iterator[Cells]:
    # What a sheet says of its own size may be anything.
    sheet.reset_dimensions()
    rows: Iterator[Cells] = sheet.iter_rows(max_col=limits().columns + 1)
    return rows


def _rows(sheet: Any, formulas: Any, file: str) -> Iterator[Row | Finding]:
    beside = _cells(formulas)
    full = _full_rows(_cells(sheet), file, beside)
    first = list(islice(full, LOOKED_AT))
    heading = find_heading([(number, cells) for number, cells, _ in first], file)
    yield from heading.remarks
    for number, cells, told in chain(first, full):
        if number > heading.last:
            yield _row(heading, number, cells, told, file)


def _full_rows(
    rows: Iterator[Cells], file: str, formulas: Iterator[Cells] | None = None
) -> Iterator[tuple[int, Cells, Cells]]:
    """Yield the number, the values and the formulas of each row that is not empty."""
    gap: Cells | None = None
    for number, cells in enumerate(rows, start=1):
        told = next(formulas, ()) if formulas else ()
        if number > _LAST_ROW:
            raise BadFile("A sheet has more rows than Excel knows", which=file, todo="save it anew")
        # All rows of a gap are one object; there may be a million.
        if cells is gap:
            continue
        if any(cell.value is not None for cell in cells):
            yield number, cells, told
        else:
            gap = cells


def _row(heading: Heading, number: int, cells: Cells, told: Cells, file: str) -> Row | Finding:
    if len(cells) > limits().columns and cells[-1].value is not None:
        what = f"A row has more than {limits().columns:,} columns"
        raise over_budget(what, file, "columns", "keep the columns that matter")
    values: dict[str, Any] = {}
    findings = []
    for place, (cell, formula) in enumerate(zip_longest(cells, told)):
        name = heading.name(place)
        value, remark = said_by(cell, formula)
        if remark is not None:
            findings.append(
                finding(
                    remark.rule, remark.message, hint=remark.hint,
                    file=file, line=number, field=name,
                )
            )  # fmt: skip
        if value is not None or place < len(heading.names):
            values[name] = value
    return make_row(
        heading.without_blanks(values), file=file, line=number, findings=tuple(findings)
    )
