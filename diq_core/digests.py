"""SHA-256 of files: made anew, or remembered for as long as the file stays as it is."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def known_digest(path: Path) -> str:
    """Return the same, made once in a process for each state of the file.

    Another size, time of change or place on the disk is another state. The time of change of the
    file's own record counts, too: a program may set back the other one, but not this.
    """
    about = path.stat()
    state = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    return _remembered(path, state)


@lru_cache(maxsize=200_000)
def _remembered(path: Path, _state: tuple[int, ...]) -> str:
    return file_digest(path)
