"""Arrow files and streams, as `datasets` keeps them in its cache: read in place, never trusted."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from diq_core.data.findings import Finding
from diq_core.data.readers.records import batch_rows
from diq_core.data.readers.row import Row
from diq_core.errors import BadFile
from diq_core.files import open_regular

if TYPE_CHECKING:
    import pyarrow as pa

FILE_MAGIC = b"ARROW1\0\0"
STREAM_MAGIC = b"\xff\xff\xff\xff"
_ROWS = 256
_DICTIONARY, _BATCH = 2, 3


def read_arrow(path: Path) -> Iterator[Row | Finding]:
    """Yield the rows of an Arrow file or stream.

    Raises:
        BadFile: it is damaged, or packed inside, which nothing bounds.
    """
    import pyarrow as pa

    line = 0
    try:
        _refuse_packed(path)
        for batch in pa.ipc.open_stream(_messages(path)):
            # Offsets that lead elsewhere would be followed without a look.
            batch.validate(full=True)
            for start in range(0, batch.num_rows, _ROWS):
                piece = batch.slice(start, _ROWS)
                yield from batch_rows(piece, file=path.name, before=line)
                line += piece.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError, struct.error) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0][:300].rstrip(".")
        raise BadFile(
            f"The Arrow file is damaged after row {line}: {said}",
            which=path.name,
            todo="write or download it again",
        ) from None


def _messages(path: Path) -> pa.NativeFile:
    """Return the file where its messages begin: a file is a stream between a mark and an index."""
    import pyarrow as pa

    with open_regular(path) as raw:
        is_file = raw.read(len(FILE_MAGIC)) == FILE_MAGIC
    mapped = pa.memory_map(str(path))
    mapped.seek(len(FILE_MAGIC) if is_file else 0)
    return mapped


def _refuse_packed(path: Path) -> None:
    import pyarrow as pa

    for message in pa.ipc.MessageReader.open_stream(_messages(path)):
        if _is_packed(message.metadata.to_pybytes()):
            raise BadFile(
                "The columns of the Arrow file are packed",
                which=path.name,
                todo="write it with compression='uncompressed', or save it as Parquet",
            )


def _is_packed(metadata: bytes) -> bool:
    """Return whether a message of Arrow's IPC format holds packed columns.

    Its header is a FlatBuffers table (Arrow's Message.fbs): field 1 is the kind of what follows,
    field 2 that itself; field 3 of a record batch names its codec.
    """
    (root,) = struct.unpack_from("<I", metadata, 0)
    kind, header = _field(metadata, root, 1), _field(metadata, root, 2)
    if not (kind and header) or metadata[kind] not in (_DICTIONARY, _BATCH):
        return False
    batch = _follow(metadata, header)
    if metadata[kind] == _DICTIONARY:
        inner = _field(metadata, batch, 1)
        batch = _follow(metadata, inner) if inner else batch
    return bool(_field(metadata, batch, 3))


def _follow(data: bytes, at: int) -> int:
    return int(at + struct.unpack_from("<I", data, at)[0])


def _field(data: bytes, table: int, number: int) -> int:
    """Return where a field of a FlatBuffers table lies; 0 = it is not set."""
    names = table - struct.unpack_from("<i", data, table)[0]
    place = 4 + 2 * number
    if names < 0 or place >= struct.unpack_from("<H", data, names)[0]:
        return 0
    offset = struct.unpack_from("<H", data, names + place)[0]
    return int(table + offset) if offset else 0
