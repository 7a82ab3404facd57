"""The list of a pack: every file with its size and digest, and which names a pack may hold.

Its first line names the format; each further line is a file, in the order of their paths. The
digest of the list stands for the whole pack, since it covers the digest of every file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from typing_extensions import TypedDict

from diq_core.errors import BadFile
from diq_core.inside import is_plain
from diq_core.kinds import ARTEFACTS
from diq_core.records import AS_WRITTEN, checked
from diq_core.stages.identifier_log import LOG
from diq_core.study import STUDY_FILE, is_name

FORMAT = 1
LIST = "pack.jsonl"
"""What the list is called in the pack; it comes first."""
REVIEWS = "reviews.jsonl"
"""What the reviews are called in the pack: a portable backup of the log."""
UPLOADS = "uploads"
LARGEST_LIST = 64 * 2**20
LARGEST_REVIEWS = 256 * 2**20
LARGEST_FILE = 8 * 2**30 - 1
"""Bytes that the header of a plain tar archive can name."""

TODO = "take the pack from somebody you trust, or ask for it again"
_LONGEST_LINE = 4096
_DIGEST = re.compile(r"[0-9a-f]{64}")
# What Windows does not take as the name of a file, whatever follows the dot.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?")
_NOT_ON_WINDOWS = re.compile(r'[<>"|?*]|[. ]$')


class ListedRecord(TypedDict):
    """A line of the list; see `Listed`."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Listed:
    """One file of a pack.

    Attributes:
        path: where it lies in the study, with slashes.
        sha256: the digest of its bytes, as hex.
        size: its bytes.
    """

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Pack:
    """A pack by its name, for what is said about it."""

    name: str

    def refuse(self, what: str, file: str) -> BadFile:
        """Return the refusal of one file in it."""
        return BadFile(what, which=f"{self.name}, file {file[:200]!a}", todo=TODO)


def written(files: Iterable[Listed]) -> bytes:
    """Return the list as bytes."""
    lines: list[dict[str, Any]] = [{"diq_pack": FORMAT}, *map(asdict, files)]
    return b"".join(_line(each) for each in lines)


def read(pack: Pack, content: bytes) -> list[Listed]:
    """Return the files that a list names, each allowed, each once, in their order.

    Raises:
        BadFile: the list is damaged, of another version, or names what no pack may hold.
    """
    lines = content.splitlines(keepends=True)
    _refuse_version(pack, lines[:1])
    files = [_listed(pack, number, line) for number, line in enumerate(lines[1:], 2)]
    # Written anew it must be the same: nothing stands in it that is not read here.
    if written(files) != content:
        raise pack.refuse("The list is not written as packing writes it", LIST)
    refuse_names(pack, [each.path for each in files])
    if STUDY_FILE not in {each.path for each in files}:
        raise pack.refuse("The pack lacks the file that makes it a study", STUDY_FILE)
    return files


def refuse_names(pack: Pack, paths: Sequence[str]) -> None:
    """Refuse names that no study has, or that are not names on every system.

    Raises:
        BadFile: it names the first of them.
    """
    seen: dict[str, str] = {}
    files = set(paths)
    for before, path in zip(["", *paths], paths, strict=False):
        fault = _fault(path)
        if path == before:
            fault = "The list names the file twice"
        elif not fault and path < before:
            fault = "The list is not in the order of its paths"
        if fault:
            raise pack.refuse(fault, path)
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            place = "/".join(parts[:length])
            if length < len(parts) and place in files:
                raise pack.refuse("It is a file and a folder at once", place)
            if seen.setdefault(_folded(place), place) != place:
                other = seen[_folded(place)][:100]
                raise pack.refuse(
                    f"On some systems its name is the same as that of {other!a}", path
                )


def _fault(path: str) -> str:
    if not is_plain(path):
        return "Its name leads out of the study"
    parts = path.split("/")
    for part in parts:
        if _RESERVED.fullmatch(part) or _NOT_ON_WINDOWS.search(part):
            return "Its name cannot be a file's name on every system"
    if not _has_a_place(parts):
        return "No study has such a file"
    return ""


def _has_a_place(parts: Sequence[str]) -> bool:
    if len(parts) == 1:
        return parts[0] in (STUDY_FILE, LOG, REVIEWS)
    if parts[0] == UPLOADS:
        return len(parts) == 2
    return len(parts) > 2 and parts[0] in ARTEFACTS and is_name(parts[1])


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _refuse_version(pack: Pack, first: Sequence[bytes]) -> None:
    try:
        version = json.loads(first[0][:_LONGEST_LINE])["diq_pack"]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise pack.refuse("The list of the pack is damaged", LIST) from None
    if version != FORMAT:
        raise pack.refuse(
            f"The pack is of version {str(version)[:20]!a}; this one opens version {FORMAT}", LIST
        )


def _listed(pack: Pack, number: int, line: bytes) -> Listed:
    which = f"{pack.name}, file {LIST!a}, line {number}"
    try:
        if len(line) > _LONGEST_LINE:
            raise ValueError("the line is too long")
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"The list is damaged: {error}", which=which, todo=TODO) from None
    record = checked(ListedRecord, values, which=which, todo=TODO)
    found = Listed(record["path"], record["sha256"], record["size"])
    if not _DIGEST.fullmatch(found.sha256):
        raise pack.refuse("The list has no digest of it", found.path)
    largest = LARGEST_REVIEWS if found.path == REVIEWS else LARGEST_FILE
    if not 0 <= found.size <= largest:
        raise pack.refuse(f"Its size is none that a pack may hold: {found.size}", found.path)
    return found
