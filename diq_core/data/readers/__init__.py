"""Reading rows from files, folders, archives and the hub: `open_source` and `read_rows`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from diq_core.data.findings import Finding, finding
from diq_core.data.readers.archives import Archive, Unpacked, unpack
from diq_core.data.readers.arrowfile import read_arrow
from diq_core.data.readers.budget import bounded
from diq_core.data.readers.csvfile import read_csv
from diq_core.data.readers.folders import Chosen, data_files, in_words
from diq_core.data.readers.jsonfile import read_json_file
from diq_core.data.readers.lines import read_jsonl
from diq_core.data.readers.opening import PACKED_SUFFIXES
from diq_core.data.readers.row import MAX_LINE_BYTES, Row, Source
from diq_core.data.readers.row_splits import one_split
from diq_core.data.readers.sniff import WORKBOOKS, Sniffed, sniff
from diq_core.data.readers.splits import not_read
from diq_core.data.readers.tables import open_hub, open_saved, read_dataset, read_parquet
from diq_core.data.readers.workbooks import read_workbook
from diq_core.errors import NotFound, SettingNeeded

__all__ = ["MAX_LINE_BYTES", "Row", "Source", "open_source", "read_rows"]

DATA_SUFFIXES = (
    ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow", *WORKBOOKS
)  # fmt: skip
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz")
"""How the names of archives end; a tar may be packed as a whole, see `PACKED_SUFFIXES`."""
_HUB = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(:(?P<config>[\w.-]+))?(@(?P<split>[\w.-]+))?")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a source is to be read.

    Attributes:
        encoding: of its text; None = find out.
        split: which part; empty = that for training.
        max_line_bytes: a longer line is skipped as a finding.
    """

    encoding: str | None
    split: str
    max_line_bytes: int


def open_source(
    ref: str | Path,
    *,
    encoding: str | None = None,
    split: str | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Source:
    """Return what `ref` names, ready to be read.

    Args:
        ref: a file; a folder saved by `datasets`; a folder, ZIP or tar with images and one data
            file (or its shards, splits as the hub lays them out, or several to choose from); or a
            hub id ``org/name[:config][@split]``. Files and folders may carry ``@split``, too. The
            files of an archive are there as long as what is returned.
        encoding: of a text file; None = find out.
        split: which part of the data is read, if `ref` does not say; None = that for training.
        max_line_bytes: a longer line of JSON Lines or CSV is skipped as a finding.

    Raises:
        NotFound: there is no such thing.
        BadFile: it is empty, not what its name says, or cannot be read.
        BadSetting: a configuration, split or encoding must be chosen.
        OutOfSpace: there is no room to unpack an archive.

    Reading the rows raises BadFile when they take more than `limits` allow in all.
    """
    found = _find(ref, Asked(encoding, split or "", max_line_bytes))
    return replace(found, rows=bounded(found.rows, found.name))


def _find(ref: str | Path, asked: Asked) -> Source:
    path = Path(ref)
    if _is_there(path, Path.exists):
        return _local(path, asked)
    before, _, split = str(ref).rpartition("@")
    if before and split and _is_there(Path(before), Path.exists):
        return _local(Path(before), replace(asked, split=split))
    match = _HUB.fullmatch(str(ref))
    if match and not str(ref).lower().endswith(
        (*DATA_SUFFIXES, *ARCHIVE_SUFFIXES, *PACKED_SUFFIXES)
    ):
        return _hub(match["name"], match["config"] or "", match["split"] or asked.split)
    raise NotFound(
        "There is no such file or folder",
        which=str(ref),
        todo="check the path, or give a hub id such as org/name",
    )


def _local(path: Path, asked: Asked) -> Source:
    return _folder(path, asked) if path.is_dir() else _file(path, asked)


def read_rows(ref: str | Path, *, max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[Row | Finding]:
    """Yield a `Row` for each readable record and a `Finding` for each other, in file order.

    Raises:
        UserError: see `open_source`.
    """
    return open_source(ref, max_line_bytes=max_line_bytes).rows()


def _is_there(path: Path, test: Callable[[Path], bool]) -> bool:
    try:
        return test(path)
    except (OSError, ValueError):
        # A name that no file system can hold: too long, or with a NUL in it.
        return False


def _file(path: Path, asked: Asked) -> Source:
    found = sniff(path, asked.encoding)
    if found.kind in ("ZIP", "tar"):
        return _archive(path, found, asked)
    rows = _reader(path, found, asked)
    if found.kind != "JSON":  # whose reader knows first what it holds
        rows = one_split(rows, "" if found.kind == "Excel" else asked.split, path.name)
    if found.unexpected:
        rows = partial(_after, [_remark(path.name, found)], rows)
    return Source(path.name, found.kind, found.reason, path.parent, rows)


def _reader(path: Path, found: Sniffed, asked: Asked) -> Callable[[], Iterator[Row | Finding]]:
    wrapping, limit = found.wrapping, asked.max_line_bytes
    if found.kind == "Parquet":
        return partial(read_parquet, path)
    if found.kind == "Arrow":
        return partial(read_arrow, path)
    if found.kind == "Excel":
        return partial(read_workbook, path, sheet=asked.split)
    if found.kind == "JSON":
        return partial(read_json_file, path, wrapping=wrapping, split=asked.split)
    if found.kind == "CSV":
        return partial(
            read_csv, path,
            wrapping=wrapping, delimiter=found.delimiter, told=found.told, limit=limit,
        )  # fmt: skip
    return partial(read_jsonl, path, wrapping=wrapping, limit=limit)


def _remark(file: str, found: Sniffed) -> Finding:
    message = f"The file is read as {found.kind}: {found.reason}"
    hint = "rename the file if you pass it on"
    return finding("other-kind", message, hint=hint, file=file)


def _folder(path: Path, asked: Asked) -> Source:
    split = asked.split
    if (path / "dataset_dict.json").exists() or (path / "state.json").exists():
        dataset = open_saved(path, split)
        reason = "the folder was written by datasets' save_to_disk"
        return Source(
            path.name, "datasets folder", reason, path, partial(read_dataset, dataset, path.name)
        )
    endings = tuple(end + pack for end in DATA_SUFFIXES for pack in ("", *PACKED_SUFFIXES))
    chosen = data_files(path, endings, split)
    found = _shards(_files(chosen, asked), path, in_words(path, chosen.files))
    folders = {file.parent for file in chosen.files}
    if folders != {path} and len(folders) == 1:
        found = replace(found, beside=folders.pop())
    said = not_read(chosen.others, chosen.part, path.name, parts=chosen.parts)
    return replace(found, rows=partial(_after, said, found.rows)) if said else found


def _files(chosen: Chosen, asked: Asked) -> list[Source]:
    """Return the chosen files, opened.

    Raises:
        SettingNeeded: inside one there is something to choose, too.
    """
    try:
        return [_file(file, replace(asked, split=chosen.inner)) for file in chosen.files]
    except SettingNeeded as error:
        if error.setting != "split" or not chosen.part:
            raise
        choices = {f"{chosen.part}@{name}": said for name, said in error.choices.items()}
        raise SettingNeeded(
            error.what, which=error.which, todo=f"choose one: {', '.join(choices)}",
            setting="split", choices=choices,
        ) from None  # fmt: skip


def _archive(path: Path, found: Sniffed, asked: Asked) -> Source:
    kind: Archive = "ZIP" if found.kind == "ZIP" else "tar"
    unpacked = unpack(path, kind, found.wrapping.packing)
    source = _folder(unpacked.folder, asked)
    return replace(
        source,
        name=path.name,
        kind=f"{source.kind} in a {kind} archive",
        rows=partial(_out_of, unpacked, source.rows),
    )


def _out_of(
    unpacked: Unpacked, rows: Callable[[], Iterator[Row | Finding]]
) -> Iterator[Row | Finding]:
    # The files are there as long as somebody holds `unpacked`.
    yield from unpacked.remarks
    yield from rows()


def _after(
    remarks: list[Finding], rows: Callable[[], Iterator[Row | Finding]]
) -> Iterator[Row | Finding]:
    yield from remarks
    yield from rows()


def _shards(sources: list[Source], path: Path, holds: str) -> Source:
    def every() -> Iterator[Row | Finding]:
        for source in sources:
            yield from source.rows()

    name = sources[0].name if len(sources) == 1 else path.name
    # Of several, one may hold the rows of another split alone.
    rows = one_split(every, "", name) if len(sources) > 1 else every
    return Source(name, sources[0].kind, f"{sources[0].reason}; {holds}", path, rows)


def _hub(name: str, config: str, split: str) -> Source:
    dataset = open_hub(name, config, split)
    reason = "it is a data set of the Hugging Face hub"
    return Source(name, "hub data set", reason, None, partial(read_dataset, dataset, name))
