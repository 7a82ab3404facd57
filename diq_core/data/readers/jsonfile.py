"""JSON files: an array of records, records one after another, or an object that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from diq_core.data.findings import Finding
from diq_core.data.readers.json_shapes import records
from diq_core.data.readers.jsonstream import Element, JsonStream
from diq_core.data.readers.lines import not_an_object
from diq_core.data.readers.opening import Wrapping, open_bytes
from diq_core.data.readers.row import Row, make_row
from diq_core.data.readers.row_splits import one_split


def read_json_file(path: Path, *, wrapping: Wrapping, split: str) -> Iterator[Row | Finding]:
    """Yield the records of a JSON file.

    `Row.line` is the record's position, from 1; for records one after another it is the line on
    which the record begins. An array is read element by element, however long it is.

    Args:
        split: which one to read where the file holds several; empty = that for training.

    Raises:
        BadFile: it is not JSON, a value is too large, or it holds no records.
        BadSetting: a split must be chosen, or does not exist.
    """
    file = path.name
    with open_bytes(path, wrapping) as stream:
        items = iter(JsonStream(stream, file))
        start, remarks = _values(items, 2)
        if len(start) == 1 and not start[0].in_array:
            yield from remarks
            yield from _held(start[0], file, split)
            return
    yield from one_split(partial(_many, path, wrapping), split, file)()


def _many(path: Path, wrapping: Wrapping) -> Iterator[Row | Finding]:
    """Yield the records of an array, or those one after another."""
    with open_bytes(path, wrapping) as stream:
        number = 0
        for item in JsonStream(stream, path.name):
            if isinstance(item, Finding):
                yield item
                continue
            number += 1
            line = number if item.in_array else item.line
            yield _row(item.value, path.name, line, item.findings)


def _values(items: Iterable[Element | Finding], count: int) -> tuple[list[Element], list[Finding]]:
    """Return the first values, and the remarks before and between them."""
    found: list[Element] = []
    remarks: list[Finding] = []
    for item in items:
        if isinstance(item, Finding):
            remarks.append(item)
        else:
            found.append(item)
        if len(found) == count:
            break
    return found, remarks


def _held(element: Element, file: str, split: str) -> Iterator[Row | Finding]:
    number = 0
    for record in records(element.value, file, split):
        if isinstance(record, Finding):
            number += record.severity == "error"
            yield record
            continue
        number += 1
        yield _row(record, file, number, element.findings if number == 1 else ())


def _row(record: Any, file: str, line: int, findings: tuple[Finding, ...]) -> Row | Finding:
    if isinstance(record, dict):
        return make_row(record, file=file, line=line, findings=findings)
    return not_an_object(record, file, line)
