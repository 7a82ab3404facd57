"""Typed tables row by row: within budgets, and with a bad value for what it is, one value.

A dictionary of one long text and a million short references is small on disk and enormous as
values. So the size of rows is computed from the table before any of them becomes values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from diq_core.data.findings import Finding, finding
from diq_core.data.limits import limits
from diq_core.data.readers.row import Row, make_row

if TYPE_CHECKING:
    import pyarrow as pa


def batch_rows(batch: pa.RecordBatch, *, file: str, before: int) -> Iterator[Row | Finding]:
    """Yield the rows of a batch.

    Args:
        before: rows of the file that came before the batch.
    """
    small = sum(map(size_of, batch.columns)) <= limits().batch_bytes
    records = _whole(batch) if small else None
    for number in range(batch.num_rows):
        line = before + number + 1
        if records is not None:
            yield make_row(records[number], file=file, line=line)
        else:
            yield _one(batch.slice(number, 1), file, line)


def _whole(batch: pa.RecordBatch) -> list[dict[str, Any]] | None:
    """Return all records at once; None = a value among them cannot be read."""
    try:
        return batch.to_pylist() if _unique(batch) else None
    except Exception:  # noqa: BLE001 (found again, and named, one by one)
        return None


def _unique(batch: pa.RecordBatch) -> bool:
    return len(set(batch.schema.names)) == len(batch.schema.names)


def _one(row: pa.RecordBatch, file: str, line: int) -> Row | Finding:
    size = sum(size_of(column) for column in row.columns)
    if size > limits().row_bytes:
        return finding(
            "line-too-long",
            f"The row holds {size / 1048576:,.0f} MB and was skipped",
            hint="put images into files beside the table",
            file=file,
            line=line,
        )
    values: dict[str, Any] = {}
    unreadable = []
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            value = column[0].as_py()
        except Exception as error:  # noqa: BLE001 (any type may refuse in its own way)
            unreadable.append(_unreadable(name, str(column.type), error, file, line))
            value = None
        # Of two columns with one name, the first that holds something is used.
        values[name] = value if values.get(name) is None else values[name]
    return make_row(values, file=file, line=line, findings=tuple(unreadable))


def _unreadable(name: str, kind: str, error: Exception, file: str, line: int) -> Finding:
    said = (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
    return finding(
        "value-unreadable",
        f"The value of type {kind[:60]} cannot be read: {said}",
        hint="write the column as text or as numbers",
        file=file,
        line=line,
        field=name,
    )


def size_of(column: pa.Array) -> int:
    """Return about how many bytes a column holds once it is values; never decodes it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        return size_of(column.storage)
    if pa.types.is_dictionary(kind):
        return _dictionary_size(column)
    if _has_lengths(kind):
        return int(pc.sum(pc.binary_length(column)).as_py() or 0) + 8 * len(column)
    if pa.types.is_struct(kind):
        return sum(size_of(field) for field in column.flatten())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        start, end = column.offsets[0].as_py(), column.offsets[len(column)].as_py()
        inner = column.values if not pa.types.is_map(kind) else None
        if inner is None:
            return size_of(column.keys[start:end]) + size_of(column.items[start:end])
        return size_of(inner[start:end]) + 8 * len(column)
    if pa.types.is_fixed_size_list(kind):
        return size_of(column.flatten())
    return 8 * len(column)


def _dictionary_size(column: pa.DictionaryArray) -> int:
    import pyarrow.compute as pc

    entries = column.dictionary
    if _has_lengths(entries.type):
        lengths = pc.take(pc.binary_length(entries), column.indices)
        return int(pc.sum(lengths).as_py() or 0) + 8 * len(column)
    used = (index for index in column.indices.to_pylist() if index is not None)
    return sum(size_of(entries.slice(index, 1)) for index in used)


def _has_lengths(kind: pa.DataType) -> bool:
    import pyarrow as pa

    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return bool(text or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
