"""Temporary folders that do not stay behind, however their process ends.

A process that is killed removes nothing. So each folder has a lock beside it, which the system lets
go of with the process, and whoever makes the next folder removes those that nobody holds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX, _LOCK = "diq-", ".lock"


class Scratch:
    """A folder where the system puts what is temporary; gone with this object, or with the process.

    Attributes:
        path: the folder, which only its user may read.

    Raises:
        OSError: it cannot be made there.
    """

    def __init__(self) -> None:
        remove_abandoned()
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_LOCK)
        os.close(handle)
        # Held before the folder is there: one that nobody holds is never a new one.
        lock = FileLock(name, thread_local=False)
        lock.acquire(timeout=0)
        self.path = Path(name.removesuffix(_LOCK))
        self.path.mkdir(mode=0o700)
        self._end = weakref.finalize(self, _remove, self.path, lock)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self._end()


def remove_abandoned() -> None:
    """Remove the folders whose process was killed; what is another user's stays."""
    for file in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_LOCK}"):
        folder = file.with_suffix("")
        lock = FileLock(file, thread_local=False)
        with suppress(OSError, Timeout):
            if folder.is_dir() and not folder.is_symlink():
                lock.acquire(timeout=0)
                _remove(folder, lock)


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        os.unlink(lock.lock_file)
    lock.release()
