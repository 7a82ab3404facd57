"""Whether the process that took on a piece of work still lives.

On one machine a lock of the operating system is the truth: it is let go of however a process
ends. In a folder that machines share, locks may not travel; so the holder also renews a
heartbeat, and another machine takes it for dead when the last one is older than
`LAPSE_SECONDS`. The clocks of such machines must agree better than that: a heartbeat that lies as
far in the future says nothing, or one wrong clock would keep a piece of work for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from diq_core.jobs.processes import HOST

BEAT_SECONDS = 5.0
LAPSE_SECONDS = 60.0
_PATIENCE = 1.0


def is_held(lock: Path) -> bool:
    """Return whether a living process holds the lock file, without getting in anyone's way."""
    try:
        import fcntl
    except ImportError:  # not on a Unix
        return _is_held_anywhere(lock)
    try:
        file = lock.open("rb")
    except FileNotFoundError:
        return False
    with file:
        # A shared lock: two who look at the same time do not take each other for the holder.
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def acquired(lock: FileLock) -> bool:
    """Take the lock and return True; return False where a living process holds it.

    Who looks whether it is held (`is_held`) shares it for that moment, and on a busy machine the
    moment may be long: so a lock that cannot be had is not always held.
    """
    while True:
        try:
            lock.acquire(timeout=_PATIENCE)
        except Timeout:
            if is_held(Path(lock.lock_file)):
                return False
        else:
            return True


def is_elsewhere(host: str, beat: float) -> bool:
    """Return whether that lease is of another machine and has not lapsed.

    Args:
        beat: its last heartbeat, seconds since 1970; one from the future does not count.
    """
    return host not in ("", HOST) and abs(time.time() - beat) < LAPSE_SECONDS


@contextmanager
def beating(beat: Callable[[], None]) -> Iterator[None]:
    """Call `beat` every `BEAT_SECONDS` from a thread of its own while the work inside goes on."""
    ended = threading.Event()

    def keep_beating() -> None:
        while not ended.wait(BEAT_SECONDS):
            # A full disk is found by the work itself, which says so.
            with suppress(OSError):
                beat()

    thread = threading.Thread(target=keep_beating, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _is_held_anywhere(lock: Path) -> bool:
    probe = FileLock(lock)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return True
    probe.release()
    return False
