"""Opening files that a stranger sent: regular ones only, unpacked within a budget, as UTF-8."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from diq_core.data.limits import limits, over_budget
from diq_core.errors import BadFile
from diq_core.files import open_regular

UTF8 = "utf-8"
_PIECE = 1 << 16
# What xz may take to unpack; its own strongest setting needs 65 MB.
_XZ_MEMORY = 256 * 1024 * 1024
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
"""How the names of packed files end."""
BAD_BYTES = "diq-bad-bytes"
"""How to decode so that each byte which is nothing becomes ``\\udcff``."""
# Encoded as 0xFF, which no UTF-8 text holds: it is met again where its line is read.
codecs.register_error(BAD_BYTES, lambda error: ("\udcff", _end_of(error)))


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What lies around the text of a file.

    Attributes:
        packing: "gzip", "bzip2", "xz", "zstd"; empty = none.
        encoding: of the text, a name that Python knows.
        returns: whether lines end in carriage returns alone, as on old Macs.
    """

    packing: str = ""
    encoding: str = UTF8
    returns: bool = False


PLAIN = Wrapping()


def packing_of(head: bytes) -> str:
    """Return how a file is packed, by its first bytes; empty = it is not."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "")


@contextmanager
def open_bytes(path: Path, wrapping: Wrapping = PLAIN) -> Iterator[BinaryIO]:
    """Yield the content of a file, unpacked; text as UTF-8 with ``\\n`` or ``\\r\\n``.

    A byte that is nothing in the encoding comes as 0xFF, which UTF-8 does not know.

    Raises:
        BadFile: the file cannot be opened, is no regular file, its packed data is damaged, or it
            unpacks to more than `limits` allow.
    """
    try:
        with open_regular(path) as raw:
            stream = _unpacked(raw, path.name, wrapping.packing)
            yield (
                stream
                if wrapping.encoding == UTF8 and not wrapping.returns
                else cast(BinaryIO, io.BufferedReader(_AsUtf8(stream, wrapping), _PIECE))
            )
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise _damaged(error, path) from None
    except UnicodeError as error:
        raise BadFile(
            f"The text cannot be read as {wrapping.encoding}: {str(error)[:100].rstrip('.')}",
            which=path.name,
            todo="name another encoding",
        ) from None
    except OSError as error:
        if wrapping.packing and error.errno is None:
            raise _damaged(error, path) from None
        raise BadFile(
            f"The file cannot be read: {error.strerror or error}",
            which=path.name,
            todo="check that it is there and that you may read it",
        ) from None


def unpacked_budget(packed_bytes: int) -> int:
    """Return how many bytes a packed file or part of that size may become."""
    most = limits()
    return min(most.unpacked_bytes, max(most.small_bytes, packed_bytes * most.unpacked_ratio))


def decoded(data: bytes, encoding: str, *, final: bool = True) -> str:
    """Return text, with ``\\udcff`` in place of each byte that is nothing in the encoding."""
    return codecs.getincrementaldecoder(encoding)(BAD_BYTES).decode(data, final)


def _damaged(error: Exception, path: Path) -> BadFile:
    said = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    return BadFile(
        f"The compressed file is damaged: {said}", which=path.name, todo="fetch it again"
    )


def _end_of(error: Exception) -> int:
    return cast(UnicodeDecodeError, error).end


def _unpacked(raw: BinaryIO, file: str, packing: str) -> BinaryIO:
    if not packing:
        return raw
    unpack: dict[str, Callable[[BinaryIO], Any]] = {
        "gzip": lambda raw: gzip.GzipFile(fileobj=raw, mode="rb"),
        "bzip2": lambda raw: io.BufferedReader(_Pieces(raw, bz2.BZ2Decompressor)),
        "xz": lambda raw: io.BufferedReader(
            _Pieces(raw, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY))
        ),
        "zstd": _zstd,
    }
    return cast(BinaryIO, _Bounded(unpack[packing](raw), raw, file))


def _zstd(raw: BinaryIO) -> io.BufferedReader:
    import pyarrow as pa

    return io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd"))


class _Pieces(io.RawIOBase):
    """What a decompressor of the standard library makes of a file, a piece at a time."""

    def __init__(self, raw: BinaryIO, make: Callable[[], Any]) -> None:
        self._raw, self._make, self._now = raw, make, make()
        self._given = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._now.eof and not self._next_stream():
                return 0
            if self._now.needs_input and not self._given:
                self._given = self._raw.read(_PIECE)
                if not self._given:
                    raise EOFError("it ends in the middle")
            piece = self._now.decompress(self._given, len(buffer))
            self._given = b""
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)

    def _next_stream(self) -> bool:
        """Begin with the stream that follows, as `cat a.bz2 b.bz2` makes them; padding ends."""
        self._given = (self._now.unused_data or self._raw.read(_PIECE)).lstrip(b"\0")
        self._now = self._make() if self._given else self._now
        return bool(self._given)


class _Bounded:
    """An unpacked stream, up to its budget."""

    def __init__(self, stream: Any, raw: BinaryIO, file: str) -> None:
        self._stream = stream
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


class _AsUtf8(io.RawIOBase):
    """Text of another encoding, or with other line ends, as UTF-8."""

    def __init__(self, stream: BinaryIO, wrapping: Wrapping) -> None:
        self._stream, self._returns = stream, wrapping.returns
        self._decoder = codecs.getincrementaldecoder(wrapping.encoding)(BAD_BYTES)
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._ended:
            data = self._stream.read(_PIECE)
            self._ended = not data
            text = self._decoder.decode(data, self._ended)
            if self._returns:
                text = text.replace("\r", "\n")
            self._ready = text.encode(UTF8, "surrogateescape")
        piece, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)
