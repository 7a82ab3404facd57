"""What lies in a ZIP or tar archive, one member after another, without trust in what it says.

Python's own readers take a list or a header into memory in one piece, however large it claims to
be; so they read through a file that refuses such pieces.
"""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, BinaryIO, cast

from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.opening import unpacked_budget
from diq_core.errors import DiqError

DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError,
    ValueError, OverflowError, RecursionError, NotImplementedError, IndexError, KeyError,
)  # fmt: skip
"""What Python's readers raise for damaged archives."""

# A name, its place and its extra fields in the list at the end of a ZIP.
_LISTING = 160
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_ENCRYPTED, _UTF8_NAME = 0x1, 0x800
_LINK, _KIND = 0o120000, 0o170000
_SPECIAL = {
    tarfile.LNKTYPE: "is a link",
    tarfile.SYMTYPE: "is a link",
    tarfile.CHRTYPE: "is a device",
    tarfile.BLKTYPE: "is a device",
    tarfile.FIFOTYPE: "is a pipe",
}


class Damaged(DiqError):
    """An archive cannot be read as a whole.

    Args:
        words: what it is or holds, to follow its name.
        todo: what to do.
    """

    def __init__(self, words: str, todo: str) -> None:
        super().__init__(words)
        self.todo = todo


@dataclass(frozen=True)
class Member:
    """One thing in an archive.

    Attributes:
        name: as the archive has it; may be anything.
        is_folder: whether it is a folder and holds nothing itself.
        refused: why it is not to be read, to follow its name; "" = it may be.
        open: how to read it.
    """

    name: str
    is_folder: bool
    refused: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]


def zip_members(file: BinaryIO) -> Iterator[Member]:
    """Yield what a ZIP archive holds.

    Raises:
        Damaged: something in it is encrypted, or its list is longer than `limits` allow.
        DAMAGED: one of these.
    """
    with zipfile.ZipFile(cast(IO[bytes], Careful(file))) as archive:
        for info in archive.infolist():
            if info.flag_bits & _ENCRYPTED:
                raise Damaged(
                    "is encrypted", "unpack it with its password, and pack it again without one"
                )
            yield Member(
                _name_of(info),
                info.is_dir(),
                _refused_in_zip(info),
                partial(archive.open, info),
            )


def zip_names(file: BinaryIO) -> set[str]:
    """Return the names in a ZIP archive; none where it is damaged."""
    try:
        with zipfile.ZipFile(cast(IO[bytes], Careful(file))) as archive:
            return set(archive.namelist())
    except (*DAMAGED, Damaged, OSError):
        return set()


def refuse_unpacking(file: BinaryIO, name: str) -> None:
    """Refuse a ZIP that says of itself that it becomes more than `limits` allow.

    Python's reader gives no more of a member than it says to have.

    Raises:
        BadFile: it does.
        Damaged: its list is longer than they allow.
        DAMAGED: one of these.
    """
    with zipfile.ZipFile(cast(IO[bytes], Careful(file))) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    if sum(sizes.values()) > unpacked_budget(file.seek(0, io.SEEK_END)):
        what = "The file unpacks to far more than its size allows for"
        raise over_budget(what, name, "unpacked_ratio", "save it again")
    # What is not a sheet is read as a whole.
    if any(size > limits().json_bytes for part, size in sizes.items() if "/sheet" not in part):
        what = f"A part of the file has more than {limits().json_bytes // 2**20:,} MB"
        raise over_budget(what, name, "json_bytes", "save it as CSV")


def tar_members(file: BinaryIO) -> Iterator[Member]:
    """Yield what a tar archive holds.

    Raises:
        Damaged: a header is longer than `limits` allow.
        DAMAGED: one of these.
    """
    with tarfile.TarFile(fileobj=cast(IO[bytes], Careful(file)), errorlevel=2) as archive:
        before = -1
        while info := archive.next():
            if info.offset <= before or info.size < 0:
                raise tarfile.ReadError("a header points back")
            before = info.offset
            # What was looked at is not needed again, and there may be many.
            cast(Any, archive).members.clear()
            yield Member(
                info.name,
                info.isdir(),
                _refused_in_tar(info),
                partial(_content, archive, info),
            )
        # A header in the middle that is damaged looks like the end to Python.
        file.seek(archive.offset)
        if any(file.read(tarfile.BLOCKSIZE)):
            raise tarfile.ReadError("a header is damaged")


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> AbstractContextManager[IO[bytes]]:
    content = archive.extractfile(info)
    if content is None:
        raise tarfile.ReadError("a file has no content")
    return cast(IO[bytes], _Whole(content, info.size))


class _Whole(io.RawIOBase):
    """The content of a file in a tar, which must be there to its end."""

    def __init__(self, content: IO[bytes], size: int) -> None:
        self._content, self._left = content, size

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(min(size, self._left))
        self._left -= len(piece)
        if not piece and self._left:
            raise EOFError("it ends in the middle")
        return piece


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return a name as UTF-8 where its bytes are; many programs do not say that they are."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _refused_in_zip(info: zipfile.ZipInfo) -> str:
    if info.external_attr >> 16 & _KIND == _LINK:
        return "is a link"
    return "" if info.compress_type in _METHODS else "is packed by a method that is not read"


def _refused_in_tar(info: tarfile.TarInfo) -> str:
    if info.isdir():
        return ""
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or info.sparse:
        return _SPECIAL.get(info.type, "is no plain file")
    try:
        info.name.encode("utf-8")
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    return ""


class Careful:
    """An archive's file, of which nothing reads a piece that would fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._most = file, limits().members * _LISTING

    def read(self, size: int = -1) -> bytes:
        data = b"" if size > self._most else self._file.read(size if size >= 0 else self._most)
        if size > self._most or (size < 0 and len(data) == self._most):
            raise Damaged("has a list of files that is too long", "split it, or pack it again")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
