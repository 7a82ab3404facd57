"""Typed tables: Parquet files, folders saved by `datasets`, and data sets of the hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diq_core.data.findings import Finding
from diq_core.data.readers.row import Row, make_row
from diq_core.errors import BadFile, BadSetting, NotFound

if TYPE_CHECKING:
    import datasets

_BATCH = 256


def read_parquet(path: Path) -> Iterator[Row | Finding]:
    """Yield the rows of a Parquet file.

    Raises:
        BadFile: it is damaged or not Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    line = 0
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(batch_size=_BATCH):
                for record in batch.to_pylist():
                    line += 1
                    yield make_row(record, file=path.name, line=line)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"The Parquet file is damaged after row {line}: {first_line(error)}",
            which=path.name,
            todo="write or download it again",
        ) from None


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

    try:
        loaded = datasets.load_from_disk(str(path))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise BadFile(
            f"The folder cannot be opened as a saved data set: {first_line(error)}",
            which=path.name,
            todo="save it again with datasets' save_to_disk",
        ) from None
    return choose_split(loaded, split, path.name)


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
        if split and str(loaded.split or split) != split:
            raise _no_split(split, [str(loaded.split)], name)
        return loaded
    names = sorted(map(str, loaded))
    wanted = split or ("train" if "train" in names else names[0] if len(names) == 1 else "")
    if wanted not in names:
        raise _no_split(split, names, name)
    return loaded[wanted]


def read_dataset(dataset: datasets.Dataset, name: str) -> Iterator[Row | Finding]:
    """Yield the rows of an opened data set; images stay undecoded bytes and paths."""
    line = 0
    for table in dataset.with_format("arrow").iter(batch_size=_BATCH):
        for record in table.to_pylist():
            line += 1
            yield make_row(record, file=name, line=line)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, shortened."""
    lines: list[Any] = str(error).strip().splitlines() or [type(error).__name__]
    return str(lines[0])[:300].rstrip(".")


def _absent(name: str, what: str) -> NotFound:
    todo = "check the name, or download its files on a machine with a network and import those"
    return NotFound(what, which=name, todo=todo)


def _no_split(split: str, names: list[str], dataset: str) -> BadSetting:
    what = f"There is no split '{split}'" if split else "The data set has several splits"
    return BadSetting(
        what, which=dataset, todo=f"add one of these to its name: @{', @'.join(names)}"
    )
