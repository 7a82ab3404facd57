"""Memory before it is taken: what is free, and one sentence instead of a killed process."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress
from pathlib import Path

from diq_core.errors import OutOfMemory

_GB = 1e9
_DRIVERS = ("/proc/driver/nvidia", "/dev/dxg", "/dev/kfd")
"""Where Linux shows a graphics card that PyTorch can use: NVIDIA's, Windows' own, AMD's."""
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def free_memory(device: str = "auto") -> int:
    """Return the free bytes where a model would run: the graphics card's, else the machine's."""
    if device != "cpu" and _may_have_card():
        import torch

        if torch.cuda.is_available():
            return int(torch.cuda.mem_get_info()[0])
    return _machine()[0]


def all_memory() -> int:
    """Return the bytes of the machine and of its graphics cards together, free or not."""
    import torch

    cards = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    theirs = sum(int(torch.cuda.get_device_properties(card).total_memory) for card in cards)
    return _machine()[1] + theirs


def give_back() -> None:
    """Return to the system what Python and the allocators keep of memory that is free again.

    After a backward pass the C library keeps hundreds of megabytes in pieces, which nothing that
    is larger can use.
    """
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def check_room(needed: int, there: int, *, which: str) -> None:
    """Refuse a model that needs more than there is.

    Args:
        needed, there: bytes.

    Raises:
        OutOfMemory: says both.
    """
    if needed > there:
        raise OutOfMemory(
            f"The model needs {needed / _GB:,.1f} GB of memory, and there are {there / _GB:,.1f} "
            "GB here",
            which=which,
            todo="use a smaller model or a smaller precision, or a machine with more memory",
        )


def _may_have_card() -> bool:
    """Return whether it is worth the seconds that PyTorch takes to say if there is a card."""
    return sys.platform != "linux" or any(Path(driver).exists() for driver in _DRIVERS)


def _machine() -> tuple[int, int]:
    """Return the free and all bytes of the machine, or of the container that this runs in."""
    import psutil

    machine = psutil.virtual_memory()
    try:
        stated = _GROUP_LIMIT.read_text().strip()
    except OSError:
        stated = ""
    limit = int(stated) if stated.isdigit() else machine.total
    return min(int(machine.available), limit), min(int(machine.total), limit)
