"""ZIP and tar: unpacked into a temporary folder, within budgets, and read as a folder.

Only regular files are taken, under names that stay inside; nothing else of an archive comes to
the disk, no link is ever made. An archive inside an archive is left as it is.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Literal, cast

from diq_core.data.embedded import is_picture
from diq_core.data.findings import Finding, finding
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.members import DAMAGED, Damaged, Member, tar_members, zip_members
from diq_core.data.readers.opening import Wrapping, open_bytes, unpacked_budget
from diq_core.errors import BadFile
from diq_core.files import open_regular
from diq_core.inside import is_plain
from diq_core.scratch import Scratch
from diq_core.shortage import in_words

Archive = Literal["ZIP", "tar"]

_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
_PIECE = 1 << 20
_LISTED = 100


@dataclass(frozen=True)
class Unpacked:
    """What an archive held.

    Attributes:
        folder: where its files lie, as long as this object lives; a single folder around all of
            them is stepped into.
        remarks: what was not taken out of it, and why.
    """

    folder: Path
    remarks: tuple[Finding, ...]
    _held: Scratch


def unpack(path: Path, kind: Archive, packing: str = "") -> Unpacked:
    """Return the files of an archive; the last two archives stay unpacked.

    Args:
        packing: how the tar is packed, see `Wrapping`.

    Raises:
        BadFile: it is damaged, encrypted, holds two files of one name, or becomes more than
            `limits` allow.
        OutOfSpace: there is no room for it.
    """
    about = path.stat()
    return _unpacked(path, kind, packing, (about.st_ino, about.st_size, about.st_mtime_ns))


@lru_cache(maxsize=2)
def _unpacked(
    path: Path,
    kind: Archive,
    packing: str,
    state: tuple[int, ...],  # noqa: ARG001 (another state is another archive)
) -> Unpacked:
    held = Scratch()
    # Its name is what messages about a folder say.
    folder = held.path / path.name
    folder.mkdir()
    with in_words(place=str(held.path)):
        remarks = _Unpacking(path, folder).run(kind, packing)
    return Unpacked(_stepped_into(folder), tuple(remarks), held)


def _stepped_into(folder: Path) -> Path:
    while len(inner := list(folder.iterdir())) == 1 and inner[0].is_dir():
        folder = inner[0]
    return folder


class _Unpacking:
    """Writes the files of one archive into a folder, and counts them."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path, self._folder, self._limits = path, folder, limits()
        self._left = unpacked_budget(path.stat().st_size)
        self._number = 0
        self._remarks: list[Finding] = []
        self._refused = 0

    def run(self, kind: Archive, packing: str) -> list[Finding]:
        """Write all files, and return what was not taken."""
        try:
            with _opened(self._path, packing) as file:
                members = zip_members(file) if kind == "ZIP" else tar_members(file)
                for member in members:
                    self._take(member)
        except Damaged as error:
            raise BadFile(f"The archive {error}", which=self._path.name, todo=error.todo) from None
        except DAMAGED as error:
            raise _damaged(error, self._path.name) from None
        except OSError as error:
            # bzip2 says so that its data are damaged.
            if error.errno is not None:
                raise
            raise _damaged(error, self._path.name) from None
        if self._refused > _LISTED:
            message = f"{self._refused - _LISTED:,} more files of the archive were not read"
            self._remarks.append(
                finding("not-taken", message, hint="pack it again", file=self._path.name)
            )
        return self._remarks

    def _take(self, member: Member) -> None:
        self._number += 1
        if self._number > self._limits.members:
            what = f"The archive holds more than {self._limits.members:,} files"
            raise over_budget(what, self._path.name, "members", "split it")
        name = _normal(member.name)
        if member.is_folder or member.name.endswith(("/", "\\")) or _is_junk(name):
            return
        if why := member.refused or ("" if is_plain(name) else "has a name that leads out of it"):
            self._refuse(member.name, why)
            return
        try:
            self._write(name, member)
        except (*DAMAGED, OSError) as error:
            # One damaged picture costs that picture.
            if not is_picture(name) or getattr(error, "errno", None) is not None:
                raise
            (self._folder / name).unlink(missing_ok=True)
            self._refuse(name, f"is damaged ({str(error)[:80]})")

    def _write(self, name: str, member: Member) -> None:
        target = self._folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            file = target.open("xb")
        except (FileExistsError, NotADirectoryError):
            raise BadFile(
                "The archive holds two files of one name",
                which=f"{self._path.name}: {name[:120]}",
                todo="pack it again, each file once",
            ) from None
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and not _is_about_the_name(error):
                raise
            self._refuse(name, "has a name that cannot be a file's here")
            return
        with file, member.open() as stream:
            while piece := stream.read(_PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    what = "The archive unpacks to far more than its size allows for"
                    raise over_budget(what, self._path.name, "unpacked_ratio", "unpack it yourself")
                file.write(piece)

    def _refuse(self, name: str, why: str) -> None:
        self._refused += 1
        if self._refused <= _LISTED:
            shown = name.encode("utf-8", "replace").decode()[:120]
            self._remarks.append(
                finding(
                    "not-taken",
                    f"'{shown}' in the archive {why}, and was not read",
                    hint="pack the file itself, under a plain name",
                    file=self._path.name,
                )
            )


@contextmanager
def _opened(path: Path, packing: str) -> Iterator[BinaryIO]:
    """Yield the archive, unpacked into a file of its own where it is packed as a whole."""
    if not packing:
        with open_regular(path) as file:
            yield file
        return
    with tempfile.TemporaryFile() as plain, open_bytes(path, Wrapping(packing)) as stream:
        shutil.copyfileobj(stream, plain, _PIECE)
        plain.seek(0)
        yield cast(BinaryIO, plain)


def _normal(name: str) -> str:
    """Return a name with slashes, without a dot before it; absolute ones stay so."""
    parts = name.replace("\\", "/").split("/")
    rest = [part for part in parts[1:] if part not in ("", ".")]
    return "/".join(([] if parts[0] == "." else [parts[0]]) + rest)


def _is_junk(name: str) -> bool:
    return any(part in _JUNK or (part.startswith(".") and part != "..") for part in name.split("/"))


def _is_about_the_name(error: OSError) -> bool:
    return error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)


def _damaged(error: Exception, file: str) -> BadFile:
    said = (str(error).splitlines() or [type(error).__name__])[0][:100].rstrip(".")
    return BadFile(f"The archive is damaged: {said}", which=file, todo="fetch or pack it again")
