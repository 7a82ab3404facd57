"""Files that are either the old ones or the whole new ones, and a full disk in words."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from diq_core.errors import BadFile, OutOfSpace

HALF = ".half"
"""How the name of a file ends that is being written; it begins with a dot."""
_ANEW = "remove the folder it is in and make it again"
_LARGEST = 256 * 2**20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        FileNotFoundError: there is none.
        BadFile: it is not JSON, no file at all, or absurdly large.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST:
            raise ValueError("no file of a sensible size")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadFile(
            f"The file cannot be read: {error.strerror}",
            which=str(path),
            todo="see whether you may read it",
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadFile(
            f"The file is damaged: {error}",
            which=str(path),
            todo=_ANEW,
        ) from None


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON; the file is either the old one or the whole new one."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a path to write to; on leaving, flush it to the disk and rename it to `path`."""
    partial = path.with_name(f".{path.name}.{os.getpid()}{HALF}")
    # A link that lies there already would lead what is written elsewhere.
    partial.unlink(missing_ok=True)
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def disk_guard(folder: Path) -> Iterator[None]:
    """Turn "no space left on device" into an `OutOfSpace` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise OutOfSpace(
            "The disk is full",
            which=str(folder),
            todo="free some space and run the same command again; what was finished is kept",
        ) from error
