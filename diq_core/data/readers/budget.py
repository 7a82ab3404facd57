"""What reading a file may take in all: rows, bytes, seconds and memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from diq_core.data.findings import Finding
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.row import Row

_LOOK_ROWS, _LOOK_BYTES = 1000, 16 * 1024 * 1024
_CGROUP = Path("/sys/fs/cgroup/memory.max")


class Budget:
    """Counts what was read of a file and refuses to go on beyond `limits`."""

    def __init__(self, file: str) -> None:
        self._file, self._limits = file, limits()
        self._until = time.monotonic() + self._limits.seconds
        self._rows = self._bytes = self._looked_rows = self._looked_bytes = 0
        self._memory = self._limits.memory_bytes or machine_bytes() * 3 // 4

    def spend(self, rows: int, size: int) -> None:
        """Count rows and the bytes they hold.

        Raises:
            BadFile: one of the budgets is spent; the message names it.
        """
        most = self._limits
        self._rows += rows
        self._bytes += size
        if self._rows > most.rows:
            raise over_budget(f"The file has more than {most.rows:,} rows", self._file, "rows")
        if self._bytes > most.unpacked_bytes:
            what = f"The rows hold more than {most.unpacked_bytes // 1048576:,} MB"
            raise over_budget(what, self._file, "unpacked_bytes")
        if time.monotonic() > self._until:
            what = f"Reading takes longer than {most.seconds:,} seconds"
            raise over_budget(what, self._file, "seconds")
        if self._is_time_to_look():
            self._look()

    def _is_time_to_look(self) -> bool:
        return (self._looked_rows == 0 or self._rows - self._looked_rows >= _LOOK_ROWS
                or self._bytes - self._looked_bytes >= _LOOK_BYTES)  # fmt: skip

    def _look(self) -> None:
        self._looked_rows, self._looked_bytes = self._rows, self._bytes
        if resident_bytes() > self._memory:
            what = (
                f"Reading it takes more than {self._memory // 1048576:,} MB of memory, and stopped "
                f"after {self._rows:,} rows"
            )
            raise over_budget(what, self._file, "memory_bytes")


def bounded(
    rows: Callable[[], Iterator[Row | Finding]], file: str
) -> Callable[[], Iterator[Row | Finding]]:
    """Return what reads the same rows, and stops when a budget is spent."""

    def read() -> Iterator[Row | Finding]:
        budget = Budget(file)
        for item in rows():
            is_row = isinstance(item, Row) or item.severity == "error"
            budget.spend(int(is_row), _size(item.values) if isinstance(item, Row) else 0)
            yield item

    return read


def resident_bytes() -> int:
    """Return how much memory this process holds."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def machine_bytes() -> int:
    """Return how much memory there is, for a container what it may use."""
    import psutil

    whole = int(psutil.virtual_memory().total)
    try:
        allowed = _CGROUP.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return whole
    return min(whole, int(allowed)) if allowed.isdigit() else whole


def _size(value: Any) -> int:
    """Return about how much a row holds, in characters and bytes."""
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    if isinstance(value, list):
        return sum(map(_size, value))
    return len(value) if isinstance(value, (str, bytes)) else 8
