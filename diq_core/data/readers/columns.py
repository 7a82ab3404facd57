"""Two columns of a file of any kind that can be read: ids, and a number for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from diq_core.data.findings import Finding
from diq_core.data.readers import open_source
from diq_core.data.readers.budget import Budget
from diq_core.data.readers.records import size_of
from diq_core.data.readers.tables import open_index, refuse_bomb, text_columns
from diq_core.errors import BadFile, BadSetting
from diq_core.files import open_regular

_BATCH = 4096
MISSING = ("", "na", "n/a", "nan", "null", "none")
"""What stands for "no number" in a text file, in any case."""


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """A number for each id, in the order of the file.

    Attributes:
        file: its name, for messages.
        column: which one was read.
        ids: string[n], unique.
        values: float64[n], finite; NaN = the file gives none.
        lines: int64[n], 1-based line or row in the file.
    """

    file: str
    column: str
    ids: pa.Array
    values: NDArray[np.float64]
    lines: NDArray[np.int64]

    def where(self, row: int) -> str:
        """Return where a row stands, for a message."""
        return f"{self.file}, line {self.lines[row]:,}, column '{self.column}'"


def read_numbers(source: str, *, column: str, id_column: str, called: str = "") -> NumberColumn:
    """Return a column of numbers with the ids beside it.

    Args:
        source: file, folder or hub id; see `open_source`.
        column: its name; empty = the one called `called`, or the only one besides the ids.

    Raises:
        BadFile: it cannot be read, an id is missing or stands twice, or a number is none or is
            infinite; with the line.
        BadSetting: there is no such column.
        NotFound: there is no such file.
    """
    if Path(source).is_file() and Path(source).suffix.lower() == ".parquet":
        found = _parquet(Path(source), column, id_column, called)
    else:
        found = _rows(source, column, id_column, called)
    _refuse_infinite(found)
    _refuse_twice(found)
    return found


def _parquet(path: Path, column: str, id_column: str, called: str) -> NumberColumn:
    try:
        with open_regular(path) as raw, open_index(raw) as file:
            refuse_bomb(file, path.name)
            names = file.schema_arrow.names
            chosen = _choose(names, column, id_column, called, path.name)
        _refuse_same_names(names, (id_column, chosen), path.name)
        table = _two_columns(path, (id_column, chosen))
    except (pa.ArrowException, OSError) as error:
        raise BadFile(
            f"The Parquet file is damaged: {error}", which=path.name, todo="write it again"
        ) from None
    kind = table.schema.field(chosen).type
    lines = np.arange(1, len(table) + 1)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind):
        values = table[chosen].cast(pa.float64()).to_numpy().astype(np.float64)
        ids = table[id_column].cast(pa.string()).combine_chunks()
        return _checked(NumberColumn(path.name, chosen, ids, values, lines))
    given, listed = table[id_column].to_pylist(), table[chosen].to_pylist()
    return _converted(path.name, chosen, given, listed, lines.tolist())


def _refuse_same_names(names: Sequence[str], wanted: Sequence[str], file: str) -> None:
    for name in wanted:
        if names.count(name) > 1:
            raise BadFile(
                f"Two columns are called '{name[:60]}'",
                which=file,
                todo="give every column a name of its own",
            )


def _two_columns(path: Path, names: tuple[str, str]) -> pa.Table:
    """Return two columns, read in batches so that no budget is passed unnoticed."""
    budget, batches = Budget(path.name), []
    with open_regular(path) as raw, pq.ParquetFile(raw) as file:
        texts, schema = text_columns(file.schema), file.schema_arrow
    with open_regular(path) as raw, pq.ParquetFile(raw, read_dictionary=texts) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=list(names)):
            budget.spend(len(batch), sum(map(size_of, batch.columns)))
            batches.append(pa.table([_unfolded(batch[name]) for name in names], list(names)))
    if not batches:
        return pa.schema([schema.field(name) for name in names]).empty_table()
    return pa.concat_tables(batches)


def _unfolded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _rows(source: str, column: str, id_column: str, called: str) -> NumberColumn:
    opened = open_source(source)
    ids: list[Any] = []
    values: list[Any] = []
    lines: list[int] = []
    chosen = ""
    for row in opened.rows():
        if isinstance(row, Finding):
            if row.severity == "error":
                where = f"{row.file}, line {row.line}"
                raise BadFile(row.message, which=where, todo=row.hint or "correct this line")
            continue
        chosen = chosen or _choose(list(row.values), column, id_column, called, opened.name)
        ids.append(row.values.get(id_column))
        values.append(row.values.get(chosen))
        lines.append(row.line)
    if not ids:
        raise BadFile("The file has no rows", which=opened.name, todo="choose a file with numbers")
    return _converted(opened.name, chosen, ids, values, lines)


def _choose(names: Sequence[str], column: str, id_column: str, called: str, file: str) -> str:
    listed = ", ".join(names)[:1000]
    if id_column not in names:
        raise BadSetting(
            f"There is no column '{id_column}' with the samples' ids",
            which=file,
            todo=f"name it with --id-column; columns seen: {listed}",
        )
    others = [name for name in names if name != id_column]
    if column:
        wanted = column
    elif called in others:
        wanted = called
    elif len(others) == 1:
        wanted = others[0]
    else:
        raise BadSetting(
            "Several columns could hold the numbers" if others else "There is no column of numbers",
            which=file,
            todo=f"name one with --column; columns seen: {listed}",
        )
    if wanted not in others:
        raise BadSetting(
            f"There is no column '{wanted}'", which=file, todo=f"use one of: {', '.join(others)}"
        )
    return wanted


def _converted(
    file: str, column: str, ids: Sequence[Any], values: Sequence[Any], lines: Sequence[int]
) -> NumberColumn:
    places = np.array(lines, dtype=np.int64)
    numbers = np.full(len(values), np.nan)
    texts = pa.array([None if id is None else str(id) for id in ids], pa.string())
    found = NumberColumn(file, column, texts, numbers, places)
    for row, value in enumerate(values):
        try:
            numbers[row] = _number(value)
        except (TypeError, ValueError):
            raise BadFile(
                f"{str(value)[:40]!r} is no number",
                which=found.where(row),
                todo="write a number, or leave it empty where there is none",
            ) from None
    return _checked(found)


def _number(value: Any) -> float:
    if value is None or (isinstance(value, str) and value.strip().lower() in MISSING):
        return float("nan")
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _checked(found: NumberColumn) -> NumberColumn:
    bare = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(found.ids), ""), True)
    if pc.any(bare).as_py():
        row = pc.index(bare, True).as_py()
        raise BadFile(
            "A row has no id", which=found.where(row), todo="give it the id of its sample"
        )
    return found


def _refuse_infinite(found: NumberColumn) -> None:
    infinite = np.isinf(found.values)
    if infinite.any():
        raise BadFile(
            f"{int(infinite.sum()):,} numbers are infinite",
            which=f"first: {found.where(int(infinite.argmax()))}",
            todo="leave the number out where it could not be computed",
        )


def _refuse_twice(found: NumberColumn) -> None:
    first = pc.index_in(found.ids, value_set=found.ids).to_numpy()
    again = np.flatnonzero(first != np.arange(len(first)))
    if len(again):
        row = int(again[0])
        raise BadFile(
            f"The id {found.ids[row].as_py()[:60]!r} stands twice",
            which=f"{found.file}, lines {found.lines[first[row]]:,} and {found.lines[row]:,}",
            todo="give every sample one number",
        )
