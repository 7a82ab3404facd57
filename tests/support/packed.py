"""Archives for tests: as programs write them, and as nobody should."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

from PIL import Image


def picture(shade: int = 0) -> bytes:
    """Return a small PNG of one shade of grey."""
    whole = io.BytesIO()
    Image.new("L", (4, 4), shade).save(whole, "PNG")
    return whole.getvalue()


def lines(*rows: dict[str, object]) -> bytes:
    """Return rows as JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    """Write a ZIP; a name may be twice by a space at its end, which is taken off."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.rstrip(" "), content)
    return path


def tarred(path: Path, files: dict[str, bytes | tarfile.TarInfo], mode: str = "w") -> Path:
    """Write a tar: regular files, or whatever a header says."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(name.rstrip(" "))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path
