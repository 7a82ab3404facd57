"""What a file is, by its content as well as by its name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from diq_core.data.readers.csvfile import guess_delimiter
from diq_core.data.readers.lines import BOM
from diq_core.data.readers.opening import open_bytes
from diq_core.errors import BadFile

Kind = Literal["JSON Lines", "JSON", "CSV", "Parquet"]

_HEAD_BYTES = 65536
_GZIP = b"\x1f\x8b"
_UNPACK = "unpack it and import the file inside"
_ARCHIVE = "an archive; uploaded archives are not supported"
# (offset, first bytes, what it is, what to do)
_OTHERS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"PK\x03\x04", "a ZIP archive or an Office file", f"{_UNPACK}, or save the table as CSV"),
    (0, b"PK\x05\x06", "an empty ZIP archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", _ARCHIVE, _UNPACK),
    (0, b"Rar!", _ARCHIVE, _UNPACK),
    (257, b"ustar", _ARCHIVE, _UNPACK),
    (0, b"BZh", "compressed with bzip2", _UNPACK),
    (0, b"\xfd7zXZ", "compressed with xz", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd", _UNPACK),
    (0, b"%PDF", "a PDF document", "import the data it was made of"),
    (0, b"\x89PNG", "an image", "import the data file that names it"),
    (0, b"\xff\xd8\xff", "an image", "import the data file that names it"),
    (0, b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (0, b"ARROW1", "an Arrow file", "save it as Parquet"),
    (0, b"\xd0\xcf\x11\xe0", "an old Office file", "save the table as CSV"),
    (0, b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (0, b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
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
        packed: whether it is gzip.
        delimiter: between the cells of CSV.
        unexpected: whether its name promised another kind.
    """

    kind: Kind
    reason: str
    packed: bool = False
    delimiter: str = ","
    unexpected: bool = False


def sniff(path: Path) -> Sniffed:
    """Return what the file is.

    Raises:
        BadFile: it is empty, cannot be opened, or is nothing that can be read.
    """
    head = _head(path, packed=False)
    packed = head.startswith(_GZIP)
    if packed:
        head = _head(path, packed=True)
    if not head.removeprefix(BOM).strip():
        raise BadFile("The file is empty", which=path.name, todo="choose a file with samples")
    _refuse_others(head, path.name)
    suffix = Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if head.startswith(b"PAR1"):
        return _parquet(path.name, suffix, packed)
    if suffix in (".parquet", ".arrow", ".feather"):
        raise BadFile(
            f"The file is called {suffix} but its content is something else",
            which=path.name,
            todo="write or download it again",
        )
    return _text_kind(head.removeprefix(BOM), suffix, path.name, packed)


def _head(path: Path, *, packed: bool) -> bytes:
    with open_bytes(path, packed=packed) as stream:
        return stream.read(_HEAD_BYTES)


def _refuse_others(head: bytes, file: str) -> None:
    for offset, magic, what, todo in _OTHERS:
        if head[offset : offset + len(magic)] == magic:
            raise BadFile(f"The file is {what}", which=file, todo=todo)
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise BadFile(
            "The file is a web page, not data", which=file, todo="download the data file itself"
        )


def _parquet(file: str, suffix: str, packed: bool) -> Sniffed:
    if packed:
        raise BadFile("The file is a packed Parquet file", which=file, todo="unpack it first")
    return Sniffed("Parquet", "its content begins as Parquet", unexpected=suffix != ".parquet")


def _text_kind(head: bytes, suffix: str, file: str, packed: bool) -> Sniffed:
    text = head.decode("utf-8", "replace").lstrip()
    first, _, rest = text.partition("\n")
    if not rest and "\r" in text:
        first, _, rest = text.partition("\r")
    if text[0] in "[{":
        return _json_kind(first, rest, suffix, packed)
    if suffix in (".csv", ".tsv", ".tab"):
        delimiter = "\t" if suffix != ".csv" else guess_delimiter(first)
        return Sniffed("CSV", f"its name ends in {suffix}", packed, delimiter)
    if suffix in (".jsonl", ".ndjson"):
        return Sniffed("JSON Lines", f"its name ends in {suffix}", packed)
    if suffix == ".json":
        return Sniffed("JSON", "its name ends in .json", packed)
    delimiter = guess_delimiter(first)
    if "\0" not in first and delimiter in first:
        return Sniffed("CSV", "its first line looks like a table's header", packed, delimiter)
    raise BadFile(
        "The file is none of the kinds that can be read",
        which=file,
        todo="give JSON Lines, JSON, CSV, TSV, Parquet or a folder saved by datasets",
    )


def _json_kind(first: str, rest: str, suffix: str, packed: bool) -> Sniffed:
    lines_name = suffix in (".jsonl", ".ndjson")
    if _is_json(first):
        whole = not rest.strip() and not lines_name
        kind: Kind = "JSON" if whole else "JSON Lines"
        reason = "it is one JSON value" if whole else "each line is a JSON value"
    elif first.strip() in ("[", "{", "[{") or suffix not in (".jsonl", ".ndjson", ".txt"):
        kind, reason = "JSON", f"it begins with {first[0]} and runs over several lines"
    else:
        kind, reason = "JSON Lines", f"its name ends in {suffix}"
    expected = {".jsonl": "JSON Lines", ".ndjson": "JSON Lines", ".json": "JSON"}.get(suffix)
    # A .json file of JSON lines is so common that it is not worth a remark.
    unexpected = expected != kind and suffix not in (".json", ".txt", "")
    return Sniffed(kind, reason, packed, unexpected=unexpected)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
