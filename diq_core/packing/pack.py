"""Pack a study: verify it, list it, write one file; the same study gives the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import tomli_w

from diq_core.digests import file_digest
from diq_core.errors import BadFile, BadSetting
from diq_core.files import atomic
from diq_core.packing import archive
from diq_core.packing.contents import files_of, left_out
from diq_core.packing.listing import (
    LARGEST_FILE,
    LARGEST_LIST,
    LARGEST_REVIEWS,
    LIST,
    REVIEWS,
    Listed,
    Pack,
    refuse_names,
    written,
)  # fmt: skip
from diq_core.review.store.backup import backup
from diq_core.review.store.changes import open_store
from diq_core.review.verdicts.overview import FILE
from diq_core.scratch import Scratch
from diq_core.shortage import in_words
from diq_core.status import faults
from diq_core.study import STUDY_FILE, Study


@dataclass(frozen=True)
class Packed:
    """What was packed.

    Attributes:
        digest: SHA-256 of the pack's list, which covers every file.
        files: how many.
        bytes: how large they are together.
        reviews: entries of the log of reviews.
        left_out: what of the study is not in it, by path.
    """

    digest: str
    files: int
    bytes: int
    reviews: int
    left_out: tuple[str, ...]


def pack(study: Study, target: Path) -> Packed:
    """Write the whole study to `target`, after every file was compared with its digest.

    Finished artefacts, uploads and the reviews are packed; job records, the queue, unfinished
    folders and the address of a database are not.

    Raises:
        BadSetting: `target` exists.
        BadFile: something is not as it was made, or cannot be in a pack.
        OutOfSpace: the disk is full.
    """
    if target.exists() or target.is_symlink():
        raise BadSetting("The file exists already", which=str(target), todo="choose another name")
    _refuse_faults(study)
    with (
        Scratch() as scratch,
        in_words(place=str(target.parent)),
    ):
        sources = {**files_of(study), **_made(study, scratch)}
        reviews = _reviews(study, scratch / REVIEWS)
        if reviews:
            sources[REVIEWS] = scratch / REVIEWS
        files = _listed(target, sources)
        content = written(files)
        if len(content) > LARGEST_LIST:
            raise Pack(target.name).refuse("There are too many files for one pack", LIST)
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic(target) as partial, partial.open("wb") as file:
            _write(file, content, files, sources)
    digest = hashlib.sha256(content).hexdigest()
    size = sum(each.size for each in files)
    return Packed(digest, len(files), size, reviews, tuple(left_out(study)))


def _refuse_faults(study: Study) -> None:
    found = faults(study)
    if found:
        raise BadFile(
            f"The study is not as it was made, so it is not packed: {found[0]}",
            which=str(study.path),
            todo="see all of it with 'diq verify'; put the files back, or remove what is damaged",
        )


def _made(study: Study, scratch: Path) -> dict[str, Path]:
    """Return what is packed in another form than it lies there: a study without its database."""
    if not study.facts.get("store"):
        return {}
    # Its address may hold a password, and whoever opens the pack must not write into it.
    facts = {key: value for key, value in study.facts.items() if key != "store"}
    path = scratch / STUDY_FILE
    path.write_text(tomli_w.dumps(facts), encoding="utf-8")
    return {STUDY_FILE: path}


def _reviews(study: Study, target: Path) -> int:
    if not study.facts.get("store") and not study.inside(FILE).is_file():
        return 0
    store = open_store(study)
    try:
        return backup(store, target).seq
    finally:
        store.close()


def _listed(target: Path, sources: Mapping[str, Path]) -> list[Listed]:
    pack_ = Pack(target.name)
    paths = sorted(sources)
    refuse_names(pack_, paths)
    found = []
    for path in paths:
        source = sources[path]
        size = source.stat().st_size
        if size > (LARGEST_REVIEWS if path == REVIEWS else LARGEST_FILE):
            raise pack_.refuse(f"It is too large for a pack: {size} bytes", path)
        try:
            archive.header(archive.FOLDER + path, size)
        except ValueError:
            raise pack_.refuse("Its name is too long for a pack", path) from None
        found.append(Listed(path, file_digest(source), size))
    return found


def _write(
    file: BinaryIO, content: bytes, files: list[Listed], sources: Mapping[str, Path]
) -> None:
    file.write(archive.header(LIST, len(content)) + content)
    file.write(bytes(archive.padding(len(content))))
    for each in files:
        file.write(archive.header(archive.FOLDER + each.path, each.size))
        with sources[each.path].open("rb") as source:
            digest, missing = archive.copy(source, file, each.size)
        if missing or digest != each.sha256:
            raise BadFile(
                "The file was changed while it was packed", which=each.path, todo="pack again"
            )
        file.write(bytes(archive.padding(each.size)))
    file.write(archive.END)
    file.flush()
