"""What a file is, by its content as well as by its name."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from diq_core.data.readers.arrowfile import FILE_MAGIC, STREAM_MAGIC
from diq_core.data.readers.csvfile import guess_delimiter, told_delimiter
from diq_core.data.readers.encodings import encoding_of
from diq_core.data.readers.lines import json_decoder
from diq_core.data.readers.members import zip_names
from diq_core.data.readers.opening import (
    PACKED_SUFFIXES,
    PLAIN,
    UTF8,
    Wrapping,
    decoded,
    open_bytes,
    packing_of,
)
from diq_core.errors import BadFile

Kind = Literal["JSON Lines", "JSON", "CSV", "Parquet", "Arrow", "Excel", "ZIP", "tar"]

WORKBOOKS = (".xlsx", ".xlsm")
"""How the names of workbooks end."""

_HEAD_BYTES = 65536
_UNPACK = "unpack it and import the file inside"
_ARCHIVE = "an archive of a kind that is not read"
_AS_ZIP = "pack what is in it as ZIP or tar"
# (offset, first bytes, what it is, what to do)
_OTHERS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"PK\x05\x06", "an empty ZIP archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", _ARCHIVE, _AS_ZIP),
    (0, b"Rar!", _ARCHIVE, _AS_ZIP),
    (0, b"%PDF", "a PDF document", "import the data it was made of"),
    (0, b"\x89PNG", "an image", "import the data file that names it"),
    (0, b"\xff\xd8\xff", "an image", "import the data file that names it"),
    (0, b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (0, b"\xd0\xcf\x11\xe0", "an old Office file", "save the table as .xlsx or CSV"),
    (
        0,
        b"version https://git-lfs",
        "a Git LFS pointer, not the file",
        "fetch it with git lfs pull",
    ),
    (0, b"\x80\x04", "a Python pickle, which is never opened", "save it as Parquet"),
    (0, b"\x80\x05", "a Python pickle, which is never opened", "save it as Parquet"),
)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a file is.

    Attributes:
        kind: how to read it.
        reason: why, for the page.
        wrapping: how it is packed and encoded.
        delimiter: between the cells of CSV.
        told: whether the first line of CSV only tells the delimiter.
        unexpected: whether its name promised another kind.
    """

    kind: Kind
    reason: str
    wrapping: Wrapping = PLAIN
    delimiter: str = ","
    told: bool = False
    unexpected: bool = False


def sniff(path: Path, encoding: str | None = None) -> Sniffed:
    """Return what the file is.

    Args:
        encoding: what the user says its text is in; None = find out.

    Raises:
        BadFile: it is empty, cannot be opened, or is nothing that can be read.
        BadSetting: its encoding must be named, or is none.
    """
    head = _head(path, "")
    packing = packing_of(head)
    if packing:
        head = _head(path, packing)
    if not head.strip():
        raise _empty(path.name)
    _refuse_others(head, path.name)
    if (packed := _archive(path, head, packing)) is not None:
        return packed
    suffix = _suffix(path)
    if head.startswith(b"PAR1"):
        return _table(path.name, "Parquet", suffix == ".parquet", packing)
    if head.startswith((FILE_MAGIC, STREAM_MAGIC)):
        return _table(path.name, "Arrow", suffix in (".arrow", ".arrows", ".feather"), packing)
    if suffix in (".parquet", ".arrow", ".feather"):
        raise BadFile(
            f"The file is called {suffix} but its content is something else",
            which=path.name,
            todo="write or download it again",
        )
    return _text_kind(path, head, suffix, packing, encoding)


def _archive(path: Path, head: bytes, packing: str) -> Sniffed | None:
    """Return what an archive is, a workbook too, which is a ZIP of its parts; None = it is none."""
    if head[257:262] == b"ustar":
        return Sniffed("tar", "its content begins as tar", Wrapping(packing))
    if not head.startswith(b"PK\x03\x04"):
        return None
    if packing:
        raise BadFile("The file is a packed ZIP archive", which=path.name, todo=_UNPACK)
    with open_bytes(path) as file:
        names = zip_names(file)
    if "xl/workbook.xml" in names:
        named = path.suffix.lower() in WORKBOOKS
        return Sniffed("Excel", "it is a workbook of Excel", unexpected=not named)
    if "mimetype" in names or "word/document.xml" in names or "xl/workbook.bin" in names:
        todo = "save the table as .xlsx or CSV"
        raise BadFile("The file is a document of another kind", which=path.name, todo=todo)
    return Sniffed("ZIP", "its content begins as ZIP")


def _suffix(path: Path) -> str:
    last = path.suffix.lower()
    return Path(path.stem).suffix.lower() if last in PACKED_SUFFIXES else last


def _head(path: Path, packing: str) -> bytes:
    with open_bytes(path, Wrapping(packing)) as stream:
        return stream.read(_HEAD_BYTES)


def _empty(file: str) -> BadFile:
    return BadFile("The file is empty", which=file, todo="choose a file with samples")


def _refuse_others(head: bytes, file: str) -> None:
    for offset, magic, what, todo in _OTHERS:
        if head[offset : offset + len(magic)] == magic:
            raise BadFile(f"The file is {what}", which=file, todo=todo)
    if (
        head.removeprefix(b"\xef\xbb\xbf")
        .lstrip()[:15]
        .lower()
        .startswith((b"<!doctype html", b"<html"))
    ):
        raise BadFile(
            "The file is a web page, not data", which=file, todo="download the data file itself"
        )


def _table(file: str, kind: Kind, named: bool, packing: str) -> Sniffed:
    if packing:
        raise BadFile(f"The file is a packed {kind} file", which=file, todo="unpack it first")
    return Sniffed(kind, f"its content begins as {kind}", unexpected=not named)


def _text_kind(path: Path, head: bytes, suffix: str, packing: str, named: str | None) -> Sniffed:
    encoding = encoding_of(path, packing, head, named)
    text = decoded(head, encoding, final=False).removeprefix("\ufeff")
    if not text.strip():
        raise _empty(path.name)
    returns = "\r" in text.rstrip("\r") and "\n" not in text
    wrapping = Wrapping(packing, encoding, returns)
    lines = text.lstrip().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = _kind(lines, suffix, path.name)
    reason = found.reason
    if encoding != UTF8:
        reason += f"; its text is {encoding}, " + ("as named" if named else "as its bytes prove")
    return replace(found, wrapping=wrapping, reason=reason)


def _kind(lines: list[str], suffix: str, file: str) -> Sniffed:
    first = lines[0]
    if first[0] in "[{":
        return _json_kind(first, "\n".join(lines[1:]), suffix)
    if mark := told_delimiter(first):
        return Sniffed("CSV", "its first line tells the separator", delimiter=mark, told=True)
    if suffix in (".csv", ".tsv", ".tab"):
        likely = "," if suffix == ".csv" else "\t"
        delimiter = guess_delimiter(lines[: min(20, max(1, len(lines) - 1))], likely)
        return Sniffed("CSV", f"its name ends in {suffix}", delimiter=delimiter)
    if suffix in (".jsonl", ".ndjson"):
        return Sniffed("JSON Lines", f"its name ends in {suffix}")
    if suffix == ".json":
        return Sniffed("JSON", "its name ends in .json")
    delimiter = guess_delimiter(lines[:1])
    if "\0" not in first and delimiter in first:
        return Sniffed("CSV", "its first line looks like a table's header", delimiter=delimiter)
    raise BadFile(
        "The file is none of the kinds that can be read",
        which=file,
        todo="give JSON Lines, JSON, CSV, TSV, Excel, Parquet, Arrow, a ZIP or tar of them, or a "
        "folder saved by datasets",
    )


def _json_kind(first: str, rest: str, suffix: str) -> Sniffed:
    lines_name = suffix in (".jsonl", ".ndjson")
    if _is_json(first.rstrip().removesuffix(",")):
        whole = not rest.strip() and not lines_name
        kind: Kind = "JSON" if whole else "JSON Lines"
        reason = "it is one JSON value" if whole else "each line is a JSON value"
    elif not lines_name and suffix != ".txt":
        kind, reason = "JSON", f"it begins with {first[0]} and runs over several lines"
    elif first.strip() in ("[", "{", "[{") or _spreads(first, rest):
        kind, reason = "JSON", "its first value runs over several lines"
    else:
        kind, reason = "JSON Lines", f"its name ends in {suffix}"
    expected = {".jsonl": "JSON Lines", ".ndjson": "JSON Lines", ".json": "JSON"}.get(suffix)
    # A .json file of JSON lines is so common that it is not worth a remark.
    unexpected = expected != kind and suffix not in (".json", ".txt", "")
    return Sniffed(kind, reason, unexpected=unexpected)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _spreads(first: str, rest: str) -> bool:
    """Return whether the first value goes on after the first line."""
    try:
        _, end = json_decoder([]).raw_decode(f"{first}\n{rest}")
    except (ValueError, RecursionError):
        return False
    return end > len(first)
