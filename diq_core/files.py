"""Files that are either the old ones or the whole new ones."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from diq_core.errors import BadFile

HALF = ".half"
"""How the name of a file ends that is being written; it begins with a dot."""
_ANEW = "remove the folder it is in and make it again"
_LARGEST = 256 * 2**20
# A pipe without a writer would stop the program for ever; Windows has no such flag, nor pipes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; what is asked is the opened file, not its name.

    Raises:
        BadFile: it is a pipe, a socket, a device or a folder.
        OSError: it cannot be opened.
    """
    if path.exists() and not path.is_file():
        raise _not_regular(path)
    handle = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _not_regular(path)
    return os.fdopen(handle, "rb")


def read_text(path: Path) -> str:
    """Return the text of a file that a user names, such as settings or labels.

    Raises:
        BadFile: it cannot be opened, is no regular file, is absurdly large, or is not UTF-8.
    """
    try:
        with open_regular(path) as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise BadFile(
                f"The file is larger than {_LARGEST // 2**20} MB",
                which=str(path),
                todo="check that this is the right file",
            )
        return content.decode("utf-8")
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise BadFile(
            f"The file cannot be read: {said}", which=str(path), todo="name another one"
        ) from None


def _not_regular(path: Path) -> BadFile:
    return BadFile(
        "It is a pipe, a socket, a device or a folder, not a file",
        which=str(path),
        todo="copy its content into a file and import that",
    )


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
    # Two threads of the app may write the same file at a time.
    writer = f"{os.getpid()}-{threading.get_ident()}"
    partial = path.with_name(f".{path.name}.{writer}{HALF}")
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
