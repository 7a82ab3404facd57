"""JSON files: an array of records, an object of columns, or an object of id → record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diq_core.data.findings import Finding
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.lines import BOM, duplicate_key, load_json, not_an_object
from diq_core.data.readers.opening import open_bytes
from diq_core.data.readers.row import Row, make_row
from diq_core.errors import BadFile


def read_json_file(path: Path, *, packed: bool) -> Iterator[Row | Finding]:
    """Yield the records of a JSON file; `Row.line` is the record's position, from 1.

    Raises:
        BadFile: the file is too large, is not JSON, or holds no records.
    """
    twice: list[str] = []
    value = _load(path, packed, twice)
    for position, record in enumerate(_records(value, path.name), start=1):
        findings = tuple(duplicate_key(key, path.name, 0) for key in twice) if position == 1 else ()
        if isinstance(record, dict):
            yield make_row(record, file=path.name, line=position, findings=findings)
        else:
            yield not_an_object(record, path.name, position)


def _load(path: Path, packed: bool, twice: list[str]) -> Any:
    with open_bytes(path, packed=packed) as stream:
        data = stream.read(limits().json_bytes + 1)
    _refuse_large(data, path.name)
    try:
        return load_json(data.removeprefix(BOM).decode("utf-8"), twice)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        what = f"The file is not complete JSON: {error.msg}"
        todo = "correct this place, or write the file again if it was cut off"
        if error.msg == "Extra data":
            todo = "if each line is a record of its own, rename the file to end in .jsonl"
    except UnicodeDecodeError as error:
        where, what, todo = f"byte {error.start + 1}", "The file is not UTF-8", "save it as UTF-8"
    except RecursionError:
        where, what, todo = "", "The file nests lists or objects too deeply", "flatten it"
    except ValueError:
        where, what, todo = "", "A number in the file has thousands of digits", "correct it"
    raise BadFile(what, which=", ".join(filter(None, (path.name, where))), todo=todo)


def _refuse_large(data: bytes, file: str) -> None:
    """Refuse what would fill the memory: three bytes of JSON can be a hundred bytes of values."""
    most, todo = limits(), "write it as JSON Lines (one record a line)"
    if len(data) > most.json_bytes:
        what = f"The JSON file is larger than {most.json_bytes // 1048576} MB"
        raise over_budget(what, file, "json_bytes", todo)
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > most.json_values:
        what = f"The JSON file holds more than {most.json_values:,} values"
        raise over_budget(what, file, "json_values", todo)


def _records(value: Any, file: str) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif not isinstance(value, dict):
        raise BadFile(
            f"The file holds a single {type(value).__name__}, no records",
            which=file,
            todo="give an array of objects, or an object of columns or of records",
        )
    elif value and all(isinstance(inner, dict) for inner in value.values()):
        yield from ({"id": key, **record} for key, record in value.items())
    elif (wrapped := _wrapped(value)) is not None:
        yield from wrapped
    elif value and all(_is_column(inner) for inner in value.values()):
        yield from _columns(value, file)
    else:
        yield value


def _wrapped(value: dict[str, Any]) -> list[Any] | None:
    """Return the one list of records in an object such as {"version": …, "data": […]}."""
    lists = [
        inner
        for inner in value.values()
        if isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner)
    ]
    others = [inner for inner in value.values() if isinstance(inner, (list, dict))]
    # Messages or options beside other fields are a record, not a wrapper.
    named = {"messages", "conversations", "prompt", "completion", "options", "history", "images"}
    return lists[0] if len(lists) == len(others) == 1 and not named & set(value) else None


def _is_column(value: Any) -> bool:
    """Return whether `value` is a list, and not the messages of one record."""
    return isinstance(value, list) and not any(
        isinstance(item, dict) and {"role", "from"} & set(item) for item in value
    )


def _columns(value: dict[str, list[Any]], file: str) -> Iterator[dict[str, Any]]:
    lengths = {key: len(column) for key, column in value.items()}
    if len(set(lengths.values())) > 1:
        raise BadFile(
            f"The columns have different lengths: {lengths}",
            which=file,
            todo="give every column as many values as there are records",
        )
    for index in range(next(iter(lengths.values()))):
        yield {key: column[index] for key, column in value.items()}
