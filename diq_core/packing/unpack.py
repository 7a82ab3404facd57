"""Unpack a study: everything is checked before anything lies under its final name."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from diq_core.draft import PART
from diq_core.errors import BadFile, BadSetting, NotFound, OutOfSpace
from diq_core.inside import within
from diq_core.packing import archive, listing
from diq_core.packing.contents import files_of
from diq_core.packing.listing import LIST, REVIEWS, Listed, Pack
from diq_core.review.store.backup import restore
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.shortage import in_words
from diq_core.status import faults
from diq_core.study import STUDY_FILE, Study, open_study

# A log of reviews takes more as a database: its state is kept beside it.
_REVIEWS_GROW = 5


@dataclass(frozen=True)
class Unpacked:
    """What was unpacked.

    Attributes:
        study: where it lies now.
        digest: SHA-256 of the pack's list.
        files: how many were listed.
        reviews: entries of the log of reviews.
    """

    study: Study
    digest: str
    files: int
    reviews: int


def unpack(
    source: Path, target: Path, actor: Actor, *, digest: str = "", restart: bool = False
) -> Unpacked:
    """Make the folder `target` of the pack `source`, whole or not at all.

    Args:
        digest: what packing printed; without it a pack that was made up whole is not noticed.
        restart: throw away what an earlier attempt, which was cut off, left.

    Raises:
        BadSetting: `target` exists, or an earlier attempt was cut off.
        BadFile: something in the pack is not what its list says, or no pack may hold it.
        OutOfSpace: the disk has too little space.
    """
    part = target.with_name(target.name + PART)
    _refuse_existing(target, part, restart=restart)
    pack = Pack(source.name)
    with _opened(source) as file:
        content = archive.read_list(pack, file)
        found = hashlib.sha256(content).hexdigest()
        if digest and found != digest.strip().lower():
            what = f"The digest of the pack is {found}, not the one you gave"
            raise pack.refuse(what, LIST)
        files = listing.read(pack, content)
        _refuse_unfitting(file, files, target.parent)
        shutil.rmtree(part, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        try:
            with in_words(place=str(part)):
                _fill(pack, file, files, part)
                reviews = _settled(pack, files, part, actor)
                _flush()
            # A folder that came meanwhile is not replaced, unless it is empty.
            os.rename(part, target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return Unpacked(Study(target), found, len(files), reviews)


def _refuse_existing(target: Path, part: Path, *, restart: bool) -> None:
    if os.path.lexists(target):
        raise BadSetting("It exists already", which=str(target), todo="choose another folder")
    if os.path.lexists(part) and not restart:
        raise BadSetting(
            "An earlier unpacking goes on there, or was cut off",
            which=str(part),
            todo="use --restart to throw it away, or choose another folder",
        )


def _opened(source: Path) -> BinaryIO:
    try:
        if not stat.S_ISREG(source.stat().st_mode):
            raise BadFile("It is no file", which=str(source), todo="name a file of 'diq pack'")
        return source.open("rb")
    except OSError as error:
        raise NotFound(
            f"The pack cannot be read: {error.strerror}",
            which=str(source),
            todo="see whether it is there and you may read it",
        ) from None


def _refuse_unfitting(file: BinaryIO, files: list[Listed], place: Path) -> None:
    """Refuse what the disk has no space for; no list makes a pack larger than it is."""
    sizes = sum(each.size for each in files)
    reviews = sum(each.size for each in files if each.path == REVIEWS)
    needed = min(sizes, os.fstat(file.fileno()).st_size) + _REVIEWS_GROW * reviews
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if needed > free:
        raise OutOfSpace(
            f"The study needs {needed:,} bytes, and the disk has {free:,} left",
            which=str(place),
            todo="free some space, or unpack it elsewhere",
        )


def _fill(pack: Pack, file: BinaryIO, files: list[Listed], part: Path) -> None:
    for each in files:
        path = within(part, each.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as target:
            archive.read_file(pack, file, each, target)
    archive.refuse_more(pack, file)


def _settled(pack: Pack, files: list[Listed], part: Path, actor: Actor) -> int:
    """Bring back the reviews, verify the study as a whole, and return how many reviews it has."""
    study = open_study(part)
    if study.facts.get("store"):
        raise pack.refuse("It names a database elsewhere, where reviews would go", STUDY_FILE)
    listed = {each.path for each in files}
    reviews = _restored(pack, study, actor) if REVIEWS in listed else 0
    for fault in faults(study):
        raise pack.refuse(f"The study in the pack is not as it was made: {fault}", fault)
    for path in sorted(listed - {REVIEWS} - set(files_of(study))):
        raise pack.refuse("No manifest of the study names it", path)
    return reviews


def _restored(pack: Pack, study: Study, actor: Actor) -> int:
    file = within(study.path, REVIEWS)
    store = open_store(study)
    try:
        reviews = restore(store, actor, file).seq
    except BadFile as error:
        raise pack.refuse(error.what, REVIEWS) from None
    finally:
        store.close()
    file.unlink()
    return reviews


def _flush() -> None:
    # Once for all files; Windows has no such call, and writes in its own time.
    getattr(os, "sync", lambda: None)()
