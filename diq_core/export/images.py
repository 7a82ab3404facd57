"""Copying pictures into an export, without ever leaving the two folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from diq_core.data.sample import Sample
from diq_core.errors import NotFound, UserError
from diq_core.inside import is_plain, within


def find_images(samples: Iterable[Sample], images: Path | None) -> dict[str, Path]:
    """Return the file of every picture of `samples`, by its relative name, sorted by name.

    Args:
        images: the folder to which the names are relative; None = there is none.

    Raises:
        UserError: a name is absolute or leads out of the folder.
        NotFound: a file is missing.
        BadFile: it is a link.
    """
    found: dict[str, Path] = {}
    for sample in samples:
        for name in sample.images:
            if name not in found:
                found[name] = _find(sample.id, name, images)
    return dict(sorted(found.items()))


def copy_images(files: dict[str, Path], folder: Path) -> None:
    """Copy the content of `files` to their names inside `folder`."""
    for name, file in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _find(id: str, name: str, images: Path | None) -> Path:
    which = f"sample {id!a}, image {name!a}"
    if not is_plain(name):
        raise UserError(
            "The name of an image is not a plain path inside the image folder",
            which=which,
            todo="rename the file and import the data again",
        )
    if images is not None:
        file = within(images, name)
        if os.path.isfile(file):
            return file
    raise NotFound(
        "An image of a chosen sample is not in the image folder",
        which=which,
        todo="put the file back, or import the data again with its images",
    )
