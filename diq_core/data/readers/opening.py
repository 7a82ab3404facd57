"""Opening files that a stranger sent: regular ones only, unpacked within a budget."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from diq_core.data.limits import limits, over_budget
from diq_core.errors import BadFile
from diq_core.files import open_regular


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
