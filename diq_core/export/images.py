"""Pictures of an export: written anew from their pixels, named by what is written."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from diq_core.data.metadata import KINDS
from diq_core.data.redrawing import Unreadable, redrawn
from diq_core.data.sample import Sample
from diq_core.errors import BadFile, NotFound, UserError
from diq_core.inside import is_plain, within


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was written in place of the dataset's pictures.

    Attributes:
        names: a picture's name in the dataset → its name in the export. Two that have the same
            pixels have the same name.
        removed: kind of metadata → how many of the dataset's pictures held it.
    """

    names: Mapping[str, str]
    removed: Mapping[str, int]

    def of(self, samples: Iterable[Sample]) -> list[Sample]:
        """Return the samples with the names that their pictures have in the export."""
        return [replace(sample, images=tuple(self.names[name] for name in sample.images))
                for sample in samples]  # fmt: skip


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


def write_images(files: Mapping[str, Path], folder: Path) -> Pictures:
    """Write the pixels of `files` into `folder`, each under the digest of what is written.

    Nothing else of a file gets there, also not its name.

    Raises:
        BadFile: one of them cannot be decoded.
    """
    names: dict[str, str] = {}
    done: dict[str, tuple[str, Sequence[str]]] = {}
    removed: Counter[str] = Counter()
    for name, file in files.items():
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest not in done:
            done[digest] = _write(name, data, folder)
        names[name], kinds = done[digest]
        removed.update(kinds)
    return Pictures(names, {kind: removed[kind] for kind in KINDS if removed[kind]})


def _write(name: str, data: bytes, folder: Path) -> tuple[str, Sequence[str]]:
    try:
        made = redrawn(data)
    except Unreadable as error:
        raise BadFile(
            f"An image of a chosen sample {error}",
            which=f"image {name!a}",
            todo="import the data again, which leaves such a sample out, and select again",
        ) from None
    written = hashlib.sha256(made.data).hexdigest()[:32] + made.suffix
    folder.mkdir(parents=True, exist_ok=True)
    (folder / written).write_bytes(made.data)
    return written, made.removed


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
