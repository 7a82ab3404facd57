"""Writing an export's training files: the same samples give the same bytes on any machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diq_core import plugins
from diq_core.data.answering import HEADINGS, Style
from diq_core.data.sample import Sample
from diq_core.errors import UserError
from diq_core.export.exporters import PLUGINS, Exporter, find_exporter, obstacle, record
from diq_core.export.images import find_images, write_images
from diq_core.export.records import (
    IMAGE_FOLDER,
    Layout,
    Record,
    Render,
    json_line,
    layout_of,
)
from diq_core.files import write_json
from diq_core.shortage import in_words

DROPPED = "dropped.jsonl"


@dataclass(frozen=True)
class Written:
    """What an export wrote.

    Attributes:
        files: paths relative to the folder, sorted.
        counts: ``samples`` given = ``exported`` + ``dropped``; ``images`` written.
        dropped: id and reason of every sample that is not in the training file, in order.
        removed: kind of metadata → how many images held it and hold it no more.
    """

    files: tuple[str, ...]
    counts: dict[str, int]
    dropped: list[tuple[str, str]]
    removed: Mapping[str, int] = field(default_factory=dict)


def write_export(
    samples: Sequence[Sample],
    folder: Path,
    format: str,
    *,
    images: Path | None,
    style: Style = HEADINGS,
    render: Render | None = None,
    withheld: Mapping[str, str] | None = None,
) -> Written:
    """Write `samples` in their order to `folder`, and their pictures anew under ``images/``.

    The training data is ``train.jsonl``, ``train.parquet``, ``train.csv`` or, for "datasets",
    the folder ``train``. A sample that cannot be exported is listed in ``dropped.jsonl``, which
    exists only then. What an earlier, unfinished attempt left in the folder is replaced.

    Args:
        samples: the chosen ones, best first.
        folder: is made if need be.
        images: the dataset's picture folder; None = it has none.
        style: where the reasoning stands.
        render: see `Layout`.
        withheld: id → why a sample is not to be written.

    Raises:
        BadSetting: the format is unknown.
        NotFound: a picture is missing.
        BadFile: a picture cannot be decoded.
        UserError: nothing is left to export, a picture's name leads out of the folder, or a text
            holds half a character.
        OutOfSpace: the disk is full.
    """
    exporter = find_exporter(format)
    reasons = [(withheld or {}).get(each.id) or obstacle(each, format) for each in samples]
    kept = [sample for sample, reason in zip(samples, reasons, strict=True) if not reason]
    dropped = [
        (sample.id, reason) for sample, reason in zip(samples, reasons, strict=True) if reason
    ]
    if not kept:
        raise _nothing_left(dropped)
    found = find_images(kept, images)
    with in_words(place=str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder / IMAGE_FOLDER, ignore_errors=True)
        pictures = write_images(found, folder / IMAGE_FOLDER)
        _write_data(pictures.of(kept), layout_of(kept, format, style=style, render=render), folder)
        _write_dropped(dropped, folder / DROPPED)
    names = sorted({*pictures.names.values()})
    counts = {
        "samples": len(samples),
        "exported": len(kept),
        "dropped": len(dropped),
        "images": len(names),
    }
    files = _files(folder, exporter, names, bool(dropped))
    return Written(files, counts, dropped, pictures.removed)


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
    exporter = find_exporter(layout.format)
    with plugins.guarded(PLUGINS, exporter.name):
        exporter.write(_records(samples, layout), folder / exporter.file, layout)
        for name, content in (exporter.beside or {}).items():
            write_json(folder / name, content(layout))


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


def _write_dropped(dropped: list[tuple[str, str]], path: Path) -> None:
    path.unlink(missing_ok=True)
    if dropped:
        # Escaped, so that an id which is itself the reason for the drop can be written.
        lines = (json.dumps({"id": id, "reason": reason}) + "\n" for id, reason in dropped)
        path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _files(
    folder: Path, exporter: Exporter, pictures: Iterable[str], dropped: bool
) -> tuple[str, ...]:
    data = folder / exporter.file
    files = sorted(data.iterdir()) if data.is_dir() else [data]
    names = [file.relative_to(folder).as_posix() for file in files]
    names += [f"{IMAGE_FOLDER}/{name}" for name in pictures]
    names += [*(exporter.beside or {})] + [DROPPED] * dropped
    return tuple(sorted(names))
