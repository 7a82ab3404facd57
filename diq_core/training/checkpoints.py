"""Checkpoints that are whole or do not count.

A trainer fills a checkpoint's folder file by file. Only when all of them are on the disk is a mark
written into it, with their sizes; a folder without its mark is what a killed process left behind
and is never continued from. Older checkpoints go only after the newer one has its mark.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diq_core.errors import BadFile, OutOfSpace
from diq_core.files import read_json, write_json
from diq_core.shortage import is_disk_full

FOLDER = "checkpoints"
MARK = "whole.json"
_PREFIX = "checkpoint-"


def step_of(checkpoint: Path) -> int:
    """Return the number of steps after which `checkpoint` was written."""
    return int(checkpoint.name.removeprefix(_PREFIX))


def last_whole(folder: Path) -> Path | None:
    """Return the latest whole checkpoint in `folder`, or None."""
    found = [each for each in _all(folder) if _is_whole(each)]
    return max(found, key=step_of, default=None)


def mark_whole(checkpoint: Path) -> None:
    """Say that every file of `checkpoint` is on the disk, and remove all other checkpoints."""
    files = sorted(file for file in checkpoint.rglob("*") if file.is_file())
    for file in files:
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    sizes = {file.relative_to(checkpoint).as_posix(): file.stat().st_size for file in files}
    write_json(checkpoint / MARK, sizes)
    for other in _all(checkpoint.parent):
        if other != checkpoint:
            remove(other)


def remove(checkpoint: Path) -> None:
    """Remove `checkpoint`, its mark first, so that a half-removed one does not count."""
    (checkpoint / MARK).unlink(missing_ok=True)
    shutil.rmtree(checkpoint)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for each in _all(folder):
        if not _is_whole(each):
            remove(each)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a write that failed for want of space into `OutOfSpace`, however a library says it.

    A half-written `folder` is removed, so that there is room to go on.
    """
    try:
        yield
    except Exception as error:
        if not is_disk_full(error):
            raise
        shutil.rmtree(folder, ignore_errors=True)
        raise OutOfSpace(
            "The disk is full",
            which=folder.name,
            todo="free some space and run the same command again; it continues from the last "
            "whole checkpoint",
        ) from error


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{_PREFIX}*")) if folder.is_dir() else []


def _is_whole(checkpoint: Path) -> bool:
    mark = checkpoint / MARK
    if not mark.is_file():
        return False
    try:
        sizes: dict[str, int] = read_json(mark)
    except BadFile:
        return False
    return all(
        (checkpoint / name).is_file() and (checkpoint / name).stat().st_size == size
        for name, size in sizes.items()
    )
