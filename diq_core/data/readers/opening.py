"""Opening files that a stranger sent: regular ones only, unpacked within a budget."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from diq_core.data.limits import limits, over_budget
from diq_core.errors import BadFile

# A pipe without a writer would stop the program for ever; Windows has no such flag, nor pipes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; what is asked is the opened file, not its name.

    Raises:
        BadFile: it is a pipe, a socket, a device or a folder.
        OSError: it cannot be opened.
    """
    if path.exists() and not path.is_file():
        raise _not_regular(path)
    handle = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _not_regular(path)
    return os.fdopen(handle, "rb")


@contextmanager
def open_bytes(path: Path, *, packed: bool) -> Iterator[BinaryIO]:
    """Yield the bytes of a file, unpacked when it is gzip.

    Raises:
        BadFile: the file cannot be opened, is no regular file, its gzip data is damaged, or it
            unpacks to more than `limits` allow.
    """
    try:
        with open_regular(path) as raw:
            yield cast(BinaryIO, _Unpacked(raw, path.name)) if packed else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadFile(
            f"The compressed file is damaged: {error}", which=path.name, todo="fetch it again"
        ) from None
    except OSError as error:
        raise BadFile(
            f"The file cannot be read: {error.strerror or error}",
            which=path.name,
            todo="check that it is there and that you may read it",
        ) from None


def unpacked_budget(packed_bytes: int) -> int:
    """Return how many bytes a packed file or part of that size may become."""
    most = limits()
    return min(most.unpacked_bytes, max(most.small_bytes, packed_bytes * most.unpacked_ratio))


class _Unpacked:
    """The content of a gzip file, up to its budget."""

    def __init__(self, raw: BinaryIO, file: str) -> None:
        self._stream = gzip.GzipFile(fileobj=raw, mode="rb")
        self._file = file
        self._left = unpacked_budget(os.fstat(raw.fileno()).st_size)

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline(size))

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            what = "The packed file unpacks to far more than its size allows for"
            raise over_budget(what, self._file, "unpacked_ratio", "unpack it yourself")
        return data


def _not_regular(path: Path) -> BadFile:
    return BadFile(
        "It is a pipe, a socket, a device or a folder, not a file",
        which=str(path),
        todo="copy its content into a file and import that",
    )
