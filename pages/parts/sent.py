"""What a browser sends for one data set: a file, or several that are kept as one archive.

So a data file and its images stay together, under their own names, and are read like any ZIP.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

import streamlit as st

from diq_core.shortage import in_words
from diq_core.study import Study
from pages.gate.limits import has_login, read_limits
from pages.parts.uploads import FILE_KINDS, Upload, keep_upload, pieces
from pages.parts.zipped import EPOCH

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

DATA_AND_IMAGES = (
    "A data file (JSONL, JSON, CSV, Excel, Parquet, Arrow), with its images if it has any; or one "
    "ZIP or tar of them"
)


def given_files(label: str, *, key: str, folder: bool = False) -> list[UploadedFile]:
    """Draw the field for the files of one data set, and return those that are there.

    Args:
        folder: whether a whole folder is chosen.
    """
    limits = read_limits()
    room = limits.person_upload_mb if has_login() else limits.all_upload_mb
    # A refusal of the gate reaches the field as a red sign only, so the limit is said before.
    told = f"Open pages may hold {room:,} MB of files at a time; what is marked red was not taken."
    return st.file_uploader(
        label, accept_multiple_files="directory" if folder else True, key=key, help=told
    )


def keep_set_once(study: Study, uploads: Sequence[UploadedFile]) -> str:
    """Keep the files in the study as one, and return its path; "" = there are none.

    They stay in their field while the page is drawn again and again.

    Raises:
        OutOfSpace: the disk is full.
    """
    if not uploads:
        return ""
    kept: dict[str, Path] = st.session_state.setdefault("kept-uploads", {})
    key = "|".join((str(study.path), *(each.file_id for each in uploads)))
    if key not in kept or not kept[key].exists():
        kept[key] = keep_set(study, uploads)
    return str(kept[key])


def keep_set(study: Study, uploads: Sequence[Upload]) -> Path:
    """Write one file as it is, several as an archive; the same ones are kept once.

    Raises:
        BadFile: see `keep_upload`.
        OutOfSpace: the disk is full.
    """
    if len(uploads) == 1:
        return keep_upload(study, uploads[0])
    with in_words(place=tempfile.gettempdir()), _packed(uploads) as packed:
        return keep_upload(study, packed)


def called(uploads: Sequence[Upload]) -> str:
    """Return what a set is called: its first data file, without the ending."""
    names = sorted(each.name for each in uploads)
    found = next((name for name in names if name.lower().endswith(FILE_KINDS)), names[0])
    return PurePosixPath(found).stem


class _Packed:
    """An archive in a temporary file, as an upload."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name, self._file = name, file

    def read(self, size: int, /) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, /) -> int:
        return self._file.seek(offset)


@contextmanager
def _packed(uploads: Sequence[Upload]) -> Iterator[Upload]:
    """Yield the files as an archive that compresses nothing: the same files, the same bytes."""
    with tempfile.TemporaryFile() as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
            for upload in sorted(uploads, key=lambda each: each.name):
                entry = zipfile.ZipInfo(upload.name, EPOCH)
                entry.external_attr = 0o644 << 16
                with archive.open(entry, "w") as file:
                    for piece in pieces(upload):
                        file.write(piece)
        yield _Packed(cast(BinaryIO, whole), f"{called(uploads)}.zip")
