"""JSON Lines: one object a line, however bad some of the lines are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from diq_core.data.findings import Finding, finding
from diq_core.data.readers.opening import Wrapping, open_bytes
from diq_core.data.readers.row import Row, make_row, too_deep

BOM = b"\xef\xbb\xbf"


def bounded_lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield (line number, bytes with line end), with None for a line longer than `limit` bytes.

    At most `limit` + 1 bytes are in memory at a time.
    """
    number = 0
    while chunk := stream.readline(limit + 1):
        number += 1
        if len(chunk) <= limit or chunk.endswith(b"\n"):
            yield number, chunk
            continue
        while (rest := stream.readline(limit + 1)) and not rest.endswith(b"\n"):
            pass
        yield number, None


def decode(line: bytes, *, file: str, number: int) -> tuple[str, tuple[Finding, ...]]:
    """Return the line as text, with a finding when it is not UTF-8."""
    if number == 1:
        line = line.removeprefix(BOM)
    try:
        return line.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        bad = bad_bytes(file, number, f"Byte {error.start + 1} of the line")
        return line.decode("utf-8", "replace"), (bad,)


def bad_bytes(file: str, line: int, which: str = "A byte of the record") -> Finding:
    """Return the finding for bytes that are no text in the file's encoding."""
    return finding(
        "invalid-utf8",
        f"{which} is no text in the file's encoding",
        hint="correct the character shown as U+FFFD; --encoding names another encoding",
        file=file,
        line=line,
    )


def too_long(file: str, number: int, limit: int) -> Finding:
    """Return the finding for a line that was skipped because of its length."""
    return finding(
        "line-too-long",
        f"The line is longer than {limit / 1048576:.3g} MB and was skipped",
        hint="put one record on each line, and images into files beside it",
        file=file,
        line=number,
    )


def read_jsonl(path: Path, *, wrapping: Wrapping, limit: int) -> Iterator[Row | Finding]:
    """Yield the rows of a JSON Lines file; a bad line is a finding and the rest goes on.

    Commas at the ends of lines are read over, and said once.

    Args:
        limit: largest line in bytes.

    Raises:
        BadFile: the file cannot be opened or unpacked.
    """
    told = False
    with open_bytes(path, wrapping) as stream:
        for number, line in bounded_lines(stream, limit):
            if line is None:
                yield too_long(path.name, number, limit)
                continue
            text, findings = decode(line, file=path.name, number=number)
            if not text.strip():
                continue
            if bare := _without_comma(text):
                yield from () if told else [_comma(path.name, number)]
                text, told = bare, True
            yield parse_line(text, file=path.name, number=number, findings=findings)


def _without_comma(text: str) -> str:
    """Return a line whose JSON ends before its last comma; empty = it is not like that."""
    bare = text.rstrip()
    if not bare.endswith("},"):
        return ""
    try:
        load_json(bare[:-1], [])
    except (ValueError, RecursionError):
        return ""
    return bare[:-1] + "\n"


def _comma(file: str, line: int) -> Finding:
    return finding(
        "extra-comma",
        "A comma ends each line; it was read over",
        hint="nothing to do; strict readers of JSON Lines refuse such a file",
        file=file,
        line=line,
    )


def parse_line(
    text: str, *, file: str, number: int, findings: tuple[Finding, ...] = ()
) -> Row | Finding:
    """Return the row on one line of JSON Lines, or the finding that says why there is none."""
    twice: list[str] = []
    try:
        value = load_json(text, twice)
    except RecursionError:
        return too_deep(file, number)
    except ValueError as error:
        return _bad_json(text, error, file, number)
    if not isinstance(value, dict):
        return not_an_object(value, file, number)
    repeated = tuple(duplicate_key(key, file, number) for key in twice)
    return make_row(value, file=file, line=number, findings=findings + repeated)


def json_decoder(twice: list[str]) -> json.JSONDecoder:
    """Return what parses JSON; names of fields that occur twice in one object go to `twice`."""

    def keep_last(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen and key not in twice:
                    twice.append(key)
                seen.add(key)
        return result

    # Raw control characters inside strings are accepted here and reported by the checks.
    return json.JSONDecoder(object_pairs_hook=keep_last, strict=False)


def load_json(text: str, twice: list[str]) -> Any:
    """Return parsed JSON; see `json_decoder`.

    Raises:
        ValueError: it is not JSON, or holds a number with thousands of digits.
        RecursionError: it nests too deeply.
    """
    return json_decoder(twice).decode(text)


def duplicate_key(key: str, file: str, line: int) -> Finding:
    """Return the finding for a field that occurs twice in one object."""
    name = key.encode("utf-8", "replace").decode()
    return finding(
        "duplicate-key",
        f"Field '{name}' occurs twice; the last one is used",
        hint="keep one of them",
        file=file,
        line=line,
        field=name,
    )


def not_an_object(value: Any, file: str, line: int) -> Finding:
    """Return the finding for a record that has no named fields."""
    return finding(
        "not-an-object",
        f"The record is a {type(value).__name__}, not an object with named fields",
        hint='write each record as {"question": …, "answer": …}',
        file=file,
        line=line,
    )


def _bad_json(text: str, error: ValueError, file: str, number: int) -> Finding:
    what = error.msg if isinstance(error, json.JSONDecodeError) else "a number is too long"
    column = error.colno if isinstance(error, json.JSONDecodeError) else 0
    if not text.endswith("\n"):
        return finding(
            "truncated",
            f"The last line is not complete JSON ({what}, column {column})",
            hint="the file was probably cut off: write or download it again",
            file=file,
            line=number,
        )
    return finding(
        "bad-json",
        f"The line is not valid JSON ({what}, column {column})",
        hint="correct this line",
        file=file,
        line=number,
    )
