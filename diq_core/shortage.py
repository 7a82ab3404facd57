"""What the machine ran out of, room on the disk or memory: recognised and said in one place.

Libraries say it in their own ways, most of them without a number or a class of their own.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from diq_core.errors import DiqError, OutOfMemory, OutOfSpace

LIKE_NO_MEMORY = (
    "as when the system runs out of memory (then close other programs, or choose smaller batches "
    "or a smaller model)"
)
"""How one says that a process was ended from outside: the system tells nobody why."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# safetensors, torch.save, arrow and SQLite lose the number on the way.
_FULL_WORDS = (
    "No space left", "os error 28", "errno 28", "File too large", "os error 27", "Disk quota",
    "PytorchStreamWriter failed", "unexpected pos", "disk is full",
)  # fmt: skip
# Of torch, whose class for a graphics card has this name, and of Ray; neither is loaded for it.
_MEMORY_CLASSES = ("OutOfMemoryError", "ObjectStoreFullError", "ArrowMemoryError")
_MEMORY_WORDS = (
    "not enough memory", "can't allocate memory", "Cannot allocate memory", "out of memory",
    "running low on memory", "ALLOC_FAILED",
)  # fmt: skip


def is_disk_full(error: BaseException) -> bool:
    """Return whether a write failed because no more bytes may be written."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return type(error).__name__ == "OutOfDiskError" or _says(error, _FULL_WORDS)


def is_memory_full(error: BaseException) -> bool:
    """Return whether memory was asked for, of the machine or a graphics card, and not given."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    return type(error).__name__ in _MEMORY_CLASSES or _says(error, _MEMORY_WORDS)


@contextmanager
def in_words(*, place: str = "", work: str = "") -> Iterator[None]:
    """Turn what is raised inside for want of room or memory into one sentence.

    Args:
        place: where it is written to.
        work: what is made, e.g. "difficulty 'main'".

    Raises:
        OutOfSpace: the disk is full.
        OutOfMemory: the memory is full.
    """
    try:
        yield
    except DiqError:
        raise
    except Exception as error:
        if is_disk_full(error):
            raise OutOfSpace(
                "The disk is full",
                which=place,
                todo="free some space and run the same command again; what was finished is kept",
            ) from error
        if is_memory_full(error):
            raise OutOfMemory(
                "The memory is full; what was finished is kept",
                which=work,
                todo="close other programs or choose smaller settings (batches, tokens, a smaller "
                "model), and run it again",
            ) from error
        raise


def _says(error: BaseException, words: tuple[str, ...]) -> bool:
    said = str(error)
    return any(each in said for each in words)
