"""A lock that cannot be had is held by a process, or only looked at by one for a moment."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from diq_core.jobs import lease


def test_what_another_holds_is_not_acquired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_PATIENCE", 0.01)
    with FileLock(tmp_path / "lock"):
        assert not lease.acquired(FileLock(tmp_path / "lock"))
    free = FileLock(tmp_path / "lock")
    assert lease.acquired(free)
    free.release()


def test_who_only_looks_keeps_nobody_out_however_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_PATIENCE", 0.01)
    looked, seen = threading.Event(), lease.is_held

    def look(lock: Path) -> bool:
        looked.set()
        return seen(lock)

    monkeypatch.setattr(lease, "is_held", look)
    path, found = tmp_path / "lock", []
    path.touch()
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        lock = FileLock(path, thread_local=False)
        taking = threading.Thread(target=lambda: found.append(lease.acquired(lock)))
        taking.start()
        assert looked.wait(timeout=30)
    taking.join(timeout=30)
    assert found == [True]
    lock.release()
