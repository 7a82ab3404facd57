"""The archive: a plain tar of regular files, each header exactly as it is written here.

Nothing in it is compressed, so nothing can unpack to more than its size. A header has one form
for each name and size; whatever differs from it (a link, a device, an owner, an extension, a
sparse file) is none of ours.
"""

from __future__ import annotations

import hashlib
import tarfile
from typing import BinaryIO

from diq_core.packing.listing import LARGEST_LIST, LIST, Listed, Pack

BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
FOLDER = "study/"
"""Below it the study's files lie in the archive."""
_CHUNK = 2**20
_KINDS = {
    tarfile.LNKTYPE: "a link",
    tarfile.SYMTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.DIRTYPE: "a folder",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
    tarfile.XHDTYPE: "an extended header",
    tarfile.XGLTYPE: "an extended header",
    tarfile.GNUTYPE_LONGNAME: "an extended header",
    tarfile.GNUTYPE_LONGLINK: "an extended header",
}


def header(name: str, size: int) -> bytes:
    """Return the header of a file in the archive: no owner, no time, the same everywhere.

    Raises:
        ValueError: the name is too long or no text.
    """
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")


def padding(size: int) -> int:
    """Return how many empty bytes follow a file of that size."""
    return -size % BLOCK


def copy(source: BinaryIO, target: BinaryIO, size: int) -> tuple[str, int]:
    """Copy up to `size` bytes; return their SHA-256 as hex, and how many were missing."""
    sum_ = hashlib.sha256()
    while size and (chunk := source.read(min(size, _CHUNK))):
        target.write(chunk)
        sum_.update(chunk)
        size -= len(chunk)
    return sum_.hexdigest(), size


def read_list(pack: Pack, file: BinaryIO) -> bytes:
    """Return the bytes of the list, with which every pack begins.

    Raises:
        BadFile: it is no pack.
    """
    block = file.read(BLOCK)
    info = _parsed(block)
    if info is None or info.name != LIST or info.size > LARGEST_LIST or info.size < 0:
        raise pack.refuse("It is no pack of a study", pack.name)
    if block != header(LIST, info.size):
        raise pack.refuse("Its record in the pack is not as packing writes it", LIST)
    content = file.read(info.size)
    if len(content) != info.size or any(_skipped(file, info.size)):
        raise pack.refuse("The pack ends before the file does", LIST)
    return content


def read_file(pack: Pack, file: BinaryIO, listed: Listed, target: BinaryIO) -> None:
    """Write the next file to `target`; it must be the listed one.

    Raises:
        BadFile: it is not.
    """
    block = file.read(BLOCK)
    name = FOLDER + listed.path
    if block != header(name, listed.size):
        raise _other(pack, block, listed)
    digest, missing = copy(file, target, listed.size)
    padded = _skipped(file, listed.size)
    if missing or len(padded) != padding(listed.size):
        raise pack.refuse("The pack ends before the file does", listed.path)
    if digest != listed.sha256:
        raise pack.refuse("It is not the file that the list names: its digest differs", listed.path)
    if any(padded):
        raise pack.refuse("Something stands between it and the next file", listed.path)


def refuse_more(pack: Pack, file: BinaryIO) -> None:
    """Refuse whatever follows the last listed file but the archive's end.

    Raises:
        BadFile: something does.
    """
    rest = file.read(len(END) + 1)
    if rest == END:
        return
    info = _parsed(rest[:BLOCK])
    if info is None:
        raise pack.refuse("Something follows the last file of the list", pack.name)
    raise pack.refuse(f"It is in the pack and not in its list: {_kind(info)}", _path(info))


def _other(pack: Pack, block: bytes, listed: Listed) -> Exception:
    if len(block) < BLOCK or not any(block):
        return pack.refuse("The pack ends before the file", listed.path)
    info = _parsed(block)
    if info is None:
        return pack.refuse("Its record in the pack is damaged", listed.path)
    if info.type != tarfile.REGTYPE:
        return pack.refuse(f"It is {_kind(info)}; a pack holds files only", _path(info))
    if _path(info) != listed.path:
        what = f"It stands in the pack where the list has {listed.path[:100]!a}"
        return pack.refuse(what, _path(info))
    if info.size != listed.size:
        what = f"It has {info.size} bytes in the pack and {listed.size} in its list"
        return pack.refuse(what, listed.path)
    return pack.refuse("Its record in the pack is not as packing writes it", listed.path)


def _parsed(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.TarError:
        return None


def _kind(info: tarfile.TarInfo) -> str:
    return _KINDS.get(info.type, "a file")


def _path(info: tarfile.TarInfo) -> str:
    return info.name.removeprefix(FOLDER)


def _skipped(file: BinaryIO, size: int) -> bytes:
    return file.read(padding(size))
