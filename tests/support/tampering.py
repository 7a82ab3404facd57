"""Folders that somebody changed, and made to look as if nobody had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diq_core.artefact import MANIFEST, Artefact
from diq_core.digests import file_digest

CANARY = "the canary sings of patients"
"""What lies outside a study and may never come out."""


def vouched_anew(folder: Path, **changes: Any) -> Artefact:
    """Write into the manifest the digests of the files as they are now, and `changes`."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"] = {
        file.relative_to(folder).as_posix(): file_digest(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != MANIFEST
    }
    (folder / MANIFEST).write_text(json.dumps({**manifest, **changes}))
    return Artefact(folder)
