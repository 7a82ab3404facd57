"""Writing records as Parquet, as a saved `datasets` folder, and as CSV for spreadsheets."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.export.records import Record, json_line

_ROWS_A_GROUP = 1000
"""Small enough that readers can stream records with long texts."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet may execute when a cell begins with it; the last four are full-width."""


def write_parquet(records: Iterable[Record], path: Path, *, images: bool, field: str = "") -> None:
    """Write table records to a Parquet file, 1000 rows to a group.

    Args:
        field: of a message, that holds its reasoning; "" = there is none.
    """
    schema = _schema(images, field)
    with pq.ParquetWriter(path, schema) as writer:
        for rows in _batches(records):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def write_datasets(
    records: Iterable[Record], folder: Path, *, images: bool, field: str = ""
) -> None:
    """Write table records to a folder that `datasets.load_from_disk` opens.

    Equal records give equal bytes: the library draws a random fingerprint for a table in memory,
    so it is given the digest of the records instead.
    """
    import datasets

    schema = _schema(images, field)
    digest = hashlib.sha256()
    batches = []
    for rows in _batches(records):
        for row in rows:
            digest.update(json_line(row).encode())
        batches.append(pa.RecordBatch.from_pylist(rows, schema=schema))
    dataset = datasets.Dataset(
        datasets.table.InMemoryTable(pa.Table.from_batches(batches, schema)),
        fingerprint=digest.hexdigest()[:16],
    )
    shutil.rmtree(folder, ignore_errors=True)
    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        dataset.save_to_disk(folder)
    finally:
        if shown:
            datasets.enable_progress_bars()


def write_csv(records: Iterable[Record], path: Path) -> None:
    """Write text records as CSV (UTF-8, every cell quoted, lines ended by LF).

    A cell that a spreadsheet could take for a formula gets a leading apostrophe (see
    `safe_cell`); all others read back exactly.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for row, record in enumerate(records):
            if row == 0:
                writer.writerow(record)
            writer.writerow(safe_cell(text) for text in record.values())


def safe_cell(text: str) -> str:
    """Return `text`, led by an apostrophe if it begins with one of `FORMULA_STARTS`."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _schema(images: bool, field: str) -> pa.Schema:
    text = pa.string()
    part = pa.struct([("type", text), ("text", text)])
    content = ("content", pa.list_(part) if images else text)
    message = pa.struct([("role", text), content, *([(field, text)] if field else [])])
    columns = [("id", text), ("messages", pa.list_(message))]
    if images:
        columns.append(("images", pa.list_(text)))
    return pa.schema([*columns, ("source", text), ("subject", text), ("licence", text)])


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while rows := list(islice(rest, _ROWS_A_GROUP)):
        yield rows
