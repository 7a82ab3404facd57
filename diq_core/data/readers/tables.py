"""Typed tables: Parquet files, folders saved by `datasets`, and data sets of the hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from diq_core.data.findings import Finding
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.opening import unpacked_budget
from diq_core.data.readers.records import batch_rows
from diq_core.data.readers.row import Row
from diq_core.data.readers.splits import choose, wants
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.files import open_regular
from diq_core.inside import is_plain

if TYPE_CHECKING:
    import datasets
    import pyarrow.parquet as pq

_BATCH = 256
_FETCHED = 1 << 16
"""Bytes of a column that are read at once where only the index is looked at."""


def read_parquet(path: Path) -> Iterator[Row | Finding]:
    """Yield the rows of a Parquet file.

    Raises:
        BadFile: it is damaged or not Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    line = 0
    try:
        with open_regular(path) as file, open_index(file) as plain:
            refuse_bomb(plain, path.name)
            texts = text_columns(plain.schema)
        with open_regular(path) as file, pq.ParquetFile(file, read_dictionary=texts) as table:
            for batch in table.iter_batches(batch_size=_BATCH):
                yield from batch_rows(batch, file=path.name, before=line)
                line += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError) as error:
        raise BadFile(
            f"The Parquet file is damaged after row {line}: {first_line(error)}",
            which=path.name,
            todo="write or download it again",
        ) from None


def open_index(file: IO[bytes]) -> pq.ParquetFile:
    """Open a Parquet file for its index alone: of what it holds nothing is fetched beforehand."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(file, buffer_size=_FETCHED)


def refuse_bomb(table: pq.ParquetFile, file: str) -> None:
    """Refuse a Parquet file whose own index announces more than `limits` allow.

    Args:
        table: opened by `open_index`.

    Raises:
        ArrowException, OSError: the index is damaged.
        BadFile: too many rows, columns, or values of a column; or far more bytes than it packs.
    """
    most, about = limits(), table.metadata
    if about.num_rows > most.rows:
        raise over_budget(f"The file has {about.num_rows:,} rows", file, "rows")
    if about.num_columns > most.columns:
        what = f"The file has {about.num_columns:,} columns"
        raise over_budget(what, file, "columns", "keep the columns that matter")
    for group in range(about.num_row_groups):
        _check_index(table, group)
        for number in range(about.num_columns):
            _refuse_column(about.row_group(group).column(number), file)


def _check_index(table: pq.ParquetFile, group: int) -> None:
    """Let Arrow say what is wrong with the index of a part of the file.

    What it calls metadata has no way to say it and ends the process instead; reading no rows makes
    the same checks, and decodes nothing.
    """
    next(table.reader.iter_batches(0, [group], column_indices=None, use_threads=False), None)


def _refuse_column(column: pq.ColumnChunkMetaData, file: str) -> None:
    which = f"Column '{column.path_in_schema[:60]}'"
    if column.num_values > limits().values:
        raise over_budget(f"{which} holds {column.num_values:,} values", file, "values")
    if column.total_uncompressed_size > unpacked_budget(column.total_compressed_size):
        what = f"{which} unpacks to far more than its size allows for"
        raise over_budget(what, file, "unpacked_ratio", "write the file again")


def text_columns(schema: pq.ParquetSchema) -> list[str]:
    """Return the columns that stay dictionaries until a row is looked at: see `batch_rows`."""
    columns = (schema.column(number) for number in range(len(schema)))
    return [each.path for each in columns if each.physical_type == "BYTE_ARRAY"]


def open_saved(path: Path, split: str) -> datasets.Dataset:
    """Return the data set in a folder that `datasets.save_to_disk` wrote.

    Args:
        split: name of the split; empty = the only one, or "train".

    Raises:
        BadFile: the folder is damaged.
        BadSetting: the split does not exist, or must be chosen.
    """
    import datasets
    import pyarrow as pa

    _refuse_special(path)
    try:
        loaded = datasets.load_from_disk(str(path))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise BadFile(
            f"The folder cannot be opened as a saved data set: {first_line(error)}",
            which=path.name,
            todo="save it again with datasets' save_to_disk",
        ) from None
    return choose_split(loaded, split, path.name)


def _refuse_special(path: Path) -> None:
    """Refuse a folder with a pipe or a device in it, or whose list of files leads out of it."""
    for file in path.rglob("*"):
        if not (file.is_file() or file.is_dir()):
            raise BadFile(
                "The folder holds something that is neither a file nor a folder",
                which=file.name,
                todo="remove it",
            )
    for state in path.rglob("state.json"):
        try:
            listed = json.loads(state.read_bytes()).get("_data_files") or []
            names = [str(each["filename"]) for each in listed]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            names = [".."]
        if not all(is_plain(name) for name in names):
            raise BadFile(
                "The list of the folder's files is damaged, or leads out of it",
                which=f"{state.parent.name}/{state.name}",
                todo="save it again with datasets' save_to_disk",
            )


def open_hub(name: str, config: str, split: str) -> datasets.Dataset:
    """Return a data set of the Hugging Face hub, or of a local folder of data files.

    Code in the data set's repository is never run.

    Args:
        name: ``org/name``, or the path of a folder.
        config: name of the configuration; empty = the default one.
        split: see `open_saved`.

    Raises:
        NotFound: it does not exist, or the hub cannot be reached.
        BadFile: its files cannot be read.
        BadSetting: configuration or split must be chosen.
    """
    import datasets
    import pyarrow as pa

    try:
        loaded = datasets.load_dataset(name, config or None)
    except datasets.exceptions.DatasetNotFoundError as error:
        raise _absent(name, f"There is no such data set: {first_line(error)}") from None
    except ConnectionError as error:
        raise _absent(name, f"The hub cannot be reached: {first_line(error)}") from None
    except (datasets.exceptions.DatasetsError, OSError, RuntimeError, pa.ArrowException) as error:
        raise BadFile(
            f"The data set cannot be read: {first_line(error)}",
            which=name,
            todo="download its files and import one of them",
        ) from None
    except (ValueError, TypeError) as error:
        raise BadSetting(
            f"The data set cannot be opened like this: {first_line(error)}",
            which=name,
            todo="write it as org/name:configuration@split",
        ) from None
    return choose_split(loaded, split, name)


def choose_split(
    loaded: datasets.Dataset | datasets.DatasetDict, split: str, name: str
) -> datasets.Dataset:
    """Return one split: the named one, else the only one, else "train".

    Raises:
        BadSetting: there is no such split, or none is named and there is no "train".
    """
    if not isinstance(loaded, dict):
        if wants(split) and str(loaded.split or split) != split:
            choose([str(loaded.split)], split, name)
        return loaded
    return loaded[choose(map(str, loaded), split, name)]


def read_dataset(dataset: datasets.Dataset, name: str) -> Iterator[Row | Finding]:
    """Yield the rows of an opened data set; images stay undecoded bytes and paths."""
    line = 0
    for table in dataset.with_format("arrow").iter(batch_size=_BATCH):
        for batch in table.to_batches():
            yield from batch_rows(batch, file=name, before=line)
            line += batch.num_rows


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, shortened."""
    lines: list[Any] = str(error).strip().splitlines() or [type(error).__name__]
    return str(lines[0])[:300].rstrip(".")


def _absent(name: str, what: str) -> NotFound:
    todo = "check the name, or download its files on a machine with a network and import those"
    return NotFound(what, which=name, todo=todo)
