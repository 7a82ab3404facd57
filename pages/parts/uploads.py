"""Files that come through the browser: kept in the study under a safe name."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from diq_core.data.readers import DATA_SUFFIXES
from diq_core.data.readers.opening import PACKED_SUFFIXES
from diq_core.digests import file_digest
from diq_core.errors import BadFile
from diq_core.files import atomic
from diq_core.shortage import in_words
from diq_core.study import Study

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

FILE_KINDS = (*DATA_SUFFIXES, *PACKED_SUFFIXES)
"""How the names of files end that hold samples or questions, packed ones too."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST, _LONGEST_ENDING = 80, 10
_FOLDER = "uploads"
# So much is in memory besides what Streamlit holds.
_PIECE = 2**20
# Two visitors may send two files of one name; the second looks after the first is there.
_TURN = threading.Lock()
# Names that Windows keeps for devices, whatever follows the dot.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class Upload(Protocol):
    """What streamlit's uploader gives: a file that it holds in memory."""

    @property
    def name(self) -> str:
        """What the file was called."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` of the next bytes."""

    def seek(self, offset: int, /) -> int:
        """Go to that byte."""


def keep_upload(study: Study, upload: Upload) -> Path:
    """Write the file into the study's ``uploads`` folder, piece by piece, and return its path.

    The same file under the same name is kept once; another one of that name gets a part of its
    digest into its name, so that nothing is replaced.

    Raises:
        BadFile: a link, or something else that is no file, lies where it would be written.
        OutOfSpace: the disk is full.
    """
    digest = _digest(upload)
    stem, ending = _halves(safe_name(upload.name))
    with in_words(place=str(study.path)), _TURN:
        _make_folder(study.inside(_FOLDER))
        for part in ("", f"-{digest[:8]}", f"-{digest}"):
            path = study.inside(f"{_FOLDER}/{stem}{part}{ending}")
            if not path.exists():
                _write(path, upload)
                return path
            if path.is_file() and file_digest(path) == digest:
                return path
    raise BadFile(
        "Something else lies in the study under every name that the upload could have",
        which=str(path),
        todo="remove it, or send the file under another name",
    )


def pieces(upload: Upload) -> Iterator[bytes]:
    """Yield the content of an upload piece by piece, from its beginning."""
    upload.seek(0)
    while piece := upload.read(_PIECE):
        yield piece
    upload.seek(0)


def _digest(upload: Upload) -> str:
    digest = hashlib.sha256()
    for piece in pieces(upload):
        digest.update(piece)
    return digest.hexdigest()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        raise BadFile(
            "A file lies where the folder of uploads belongs", which=str(folder), todo="remove it"
        ) from None


def _write(path: Path, upload: Upload) -> None:
    with atomic(path) as partial, partial.open("wb") as file:
        for piece in pieces(upload):
            file.write(piece)


def keep_once(study: Study, upload: UploadedFile) -> Path:
    """Do the same for a file that stays in its field while the page is drawn again and again.

    Raises:
        OutOfSpace: the disk is full.
    """
    kept: dict[str, Path] = st.session_state.setdefault("kept-uploads", {})
    key = f"{study.path}|{upload.file_id}"
    if key not in kept or not kept[key].exists():
        kept[key] = keep_upload(study, upload)
    return kept[key]


def safe_name(name: str) -> str:
    """Return a file name that is one on every system, stays in its folder and keeps its ending."""
    last = PurePosixPath(name.replace("\\", "/")).name
    safe = _UNSAFE.sub("-", last).strip(".-")
    if not safe or _RESERVED.fullmatch(safe):
        safe = f"upload-{safe}".strip("-")
    stem, ending = _halves(safe)
    return f"{stem[: _LONGEST - len(ending)].strip('-')}{ending}"


def _halves(name: str) -> tuple[str, str]:
    """Return a name before its ending, and the ending: of a packed file both, ``.jsonl.gz``."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        return name, ""
    ending = dot + ending
    if ending.lower() not in PACKED_SUFFIXES:
        return stem, ending
    inner = Path(stem).suffix
    known = inner.lower() in DATA_SUFFIXES
    return (stem.removesuffix(inner), inner + ending) if known else (stem, ending)
