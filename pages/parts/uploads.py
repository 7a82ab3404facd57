"""Files that come through the browser: kept in the study under a safe name."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from diq_core.digests import file_digest
from diq_core.files import atomic, disk_guard
from diq_core.study import Study

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80
# Names that Windows keeps for devices, whatever follows the dot.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class Upload(Protocol):
    """What streamlit's uploader gives."""

    name: str

    def getvalue(self) -> bytes:
        """Return the file's bytes."""


def keep_upload(study: Study, upload: Upload) -> Path:
    """Write the file into the study's ``uploads`` folder and return its path.

    The same file under the same name is kept once; another one of that name gets a part of its
    digest into its name, so that nothing is replaced.

    Raises:
        OutOfSpace: the disk is full.
    """
    folder = study.uploads_folder
    content = upload.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    path = folder / safe_name(upload.name)
    with disk_guard(folder):
        folder.mkdir(exist_ok=True)
        if path.exists() and not (path.is_file() and file_digest(path) == digest):
            path = path.with_name(f"{path.stem}-{digest[:8]}{path.suffix}")
        if not path.exists():
            with atomic(path) as partial:
                partial.write_bytes(content)
    return path


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
    stem, dot, ending = safe.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: _LONGEST - len(ending) - 1].strip('-')}.{ending}"
    return safe[:_LONGEST]
