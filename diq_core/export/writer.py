"""Writing an export's training files: the same samples give the same bytes on any machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from diq_core.artefact import disk_guard, write_json
from diq_core.config import ExportFormat
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting, UserError
from diq_core.export.images import copy_images, find_images
from diq_core.export.records import (
    IMAGE_FOLDER,
    Layout,
    Record,
    json_line,
    layout_of,
    obstacle,
    record,
)
from diq_core.export.tables import write_csv, write_datasets, write_parquet

DROPPED = "dropped.jsonl"
DATASET_NAME = "diq"
"""What LLaMA-Factory calls the data: ``dataset: diq``."""

_LLAMA_FACTORY_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


@dataclass(frozen=True)
class Written:
    """What an export wrote.

    Attributes:
        files: paths relative to the folder, sorted.
        counts: ``samples`` given = ``exported`` + ``dropped``; ``images`` copied.
        dropped: id and reason of every sample that is not in the training file, in order.
    """

    files: tuple[str, ...]
    counts: dict[str, int]
    dropped: list[tuple[str, str]]


def write_export(
    samples: Sequence[Sample], folder: Path, format: ExportFormat, *, images: Path | None
) -> Written:
    """Write `samples` in their order to `folder`, with their pictures under ``images/``.

    The training data is ``train.jsonl``, ``train.parquet``, ``train.csv`` or, for "datasets",
    the folder ``train``. A sample that cannot be exported is listed in ``dropped.jsonl``, which
    exists only then. What an earlier, unfinished attempt left in the folder is replaced.

    Args:
        samples: the chosen ones, best first.
        folder: is made if need be.
        images: the dataset's picture folder; None = it has none.

    Raises:
        BadSetting: the format is unknown.
        NotFound: a picture is missing.
        UserError: nothing is left to export, a picture's name leads out of the folder, or a text
            holds half a character.
        OutOfSpace: the disk is full.
    """
    _check_format(format)
    reasons = [obstacle(sample, format) for sample in samples]
    kept = [sample for sample, reason in zip(samples, reasons, strict=True) if not reason]
    dropped = [
        (sample.id, reason) for sample, reason in zip(samples, reasons, strict=True) if reason
    ]
    if not kept:
        raise _nothing_left(dropped)
    pictures = find_images(kept, images)
    with disk_guard(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write_data(kept, layout_of(kept, format), folder)
        _write_dropped(dropped, folder / DROPPED)
        shutil.rmtree(folder / IMAGE_FOLDER, ignore_errors=True)
        copy_images(pictures, folder / IMAGE_FOLDER)
    counts = {
        "samples": len(samples),
        "exported": len(kept),
        "dropped": len(dropped),
        "images": len(pictures),
    }
    return Written(_files(folder, format, pictures, bool(dropped)), counts, dropped)


def data_file(format: ExportFormat) -> str:
    """Return the name of the training file; for "datasets", of the folder that holds it."""
    names = {"parquet": "train.parquet", "csv": "train.csv", "datasets": "train"}
    return names.get(format, "train.jsonl")


def _check_format(format: str) -> None:
    known = get_args(ExportFormat)
    if format not in known:
        raise BadSetting(
            f"There is no export format {format!a}", todo=f"choose one of: {', '.join(known)}"
        )


def _nothing_left(dropped: list[tuple[str, str]]) -> UserError:
    if not dropped:
        return UserError("The selection holds no sample", todo="choose a larger budget")
    id, reason = dropped[0]
    return UserError(
        f"None of the {len(dropped)} chosen samples can be exported",
        which=f"first: sample {id!a}, {reason}",
        todo="choose other samples or another format",
    )


def _write_data(samples: Sequence[Sample], layout: Layout, folder: Path) -> None:
    records = _records(samples, layout)
    path = folder / data_file(layout.format)
    if layout.format == "parquet":
        write_parquet(records, path, images=layout.images)
    elif layout.format == "datasets":
        write_datasets(records, path, images=layout.images)
    elif layout.format == "csv":
        write_csv(records, path)
    else:
        _write_lines(records, path)
    if layout.format == "llama-factory":
        write_json(folder / "dataset_info.json", _dataset_info(layout))


def _records(samples: Iterable[Sample], layout: Layout) -> Iterator[Record]:
    for sample in samples:
        built = record(sample, layout)
        try:
            json_line(built).encode()
        except UnicodeEncodeError:
            raise UserError(
                "The text holds half a character (a lone surrogate), which no file can keep",
                which=f"sample {sample.id!a}",
                todo="import the data again, which repairs such text, and select again",
            ) from None
        yield built


def _write_lines(records: Iterable[Record], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json_line(built) for built in records)


def _write_dropped(dropped: list[tuple[str, str]], path: Path) -> None:
    path.unlink(missing_ok=True)
    if dropped:
        # Escaped, so that an id which is itself the reason for the drop can be written.
        lines = (json.dumps({"id": id, "reason": reason}) + "\n" for id, reason in dropped)
        path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _dataset_info(layout: Layout) -> dict[str, Any]:
    columns = {"messages": "messages"}
    if layout.images:
        columns["images"] = "images"
    entry = {
        "file_name": data_file(layout.format),
        "formatting": "sharegpt",
        "columns": columns,
        "tags": _LLAMA_FACTORY_TAGS,
    }
    return {DATASET_NAME: entry}


def _files(
    folder: Path, format: ExportFormat, pictures: Iterable[str], dropped: bool
) -> tuple[str, ...]:
    data = folder / data_file(format)
    files = sorted(data.iterdir()) if data.is_dir() else [data]
    names = [file.relative_to(folder).as_posix() for file in files]
    names += [f"{IMAGE_FOLDER}/{name}" for name in pictures]
    names += ["dataset_info.json"] * (format == "llama-factory") + [DROPPED] * dropped
    return tuple(sorted(names))
