"""What surrounds every attack: files that nobody may touch, no connections, bounds, clean words."""

from __future__ import annotations

import gc
import os
import re
import resource
import signal
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from tests.support.tampering import CANARY
from tests.support.watched import listen

SECONDS = 30
"""Most time that an attack may compute: of this process and those that it started and ended. Time
on the clock says more about what else the machine does; that ends a wait, at `WAIT`."""
WAIT = 120
MEMORY = 1536 * 1024
"""Most memory of an attack in KB: what a process of it takes, and what it adds to this one."""
PLACES = ("beside", "home", "system")
_SCANNED = 64 * 1024 * 1024
_RECORDER = Path(__file__).parent / "recorder"
_YEAR = 365 * 24 * 3600


@dataclass
class Containment:
    """The surroundings of one attack.

    Attributes:
        folder: where the files are that nobody may touch; made if it is not there.
        scanned: the folder that the attack works in: nothing of those files may come up there.
        spared: folders in it that may hold the text, since the test put it there.
    """

    folder: Path
    scanned: Path
    spared: tuple[Path, ...] = ()
    faults: list[str] = field(default_factory=list)
    _states: dict[Path, tuple[Any, ...]] = field(default_factory=dict)
    _began: float = 0.0
    _before: tuple[int, int] = (0, 0)
    _others: frozenset[int] = frozenset()

    @property
    def record(self) -> Path:
        """Where processes of the attack note what they did."""
        return self.folder / "record.txt"

    def environment(self) -> dict[str, str]:
        """Return the variables by which every Python process of the attack is watched."""
        paths = [str(_RECORDER), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            "PYTHONPATH": os.pathsep.join(paths),
            "DIQ_TEST_RECORD": str(self.record),
            "DIQ_TEST_FORBIDDEN": os.pathsep.join(map(str, self.forbidden())),
        }

    def forbidden(self) -> tuple[Path, ...]:
        """Return the folders of which nothing may be opened."""
        return tuple((self.folder / place).resolve() for place in PLACES)

    def begin(self) -> None:
        """Lay out the files, and watch."""
        for file in self._files():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{CANARY}, {file.name}")
            # Older than its last change, or Linux would not note the first access.
            os.utime(file, (time.time() - _YEAR, time.time() - 60))
            self._states[file] = _state(file)
        self.record.unlink(missing_ok=True)
        signal.signal(signal.SIGALRM, _too_long)
        self.prepared()
        _watching.append(self)

    def prepared(self) -> None:
        """Measure from here: what a test took to make its attack is not counted."""
        # What earlier tests left would be given back meanwhile, and hide what the attack takes.
        gc.collect()
        # What is there now is looked at no more: a million objects took most of a second each time.
        gc.freeze()
        Path("/proc/self/clear_refs").write_text("5")
        self._others = _children()
        self._before = (_peak(), _of_children())
        self._began = _computed()
        signal.setitimer(signal.ITIMER_REAL, WAIT)

    def end(self) -> list[str]:
        """Stop watching; return what the attack did that it must not."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self in _watching:
            _watching.remove(self)
        took, largest = _computed() - self._began, _of_children()
        if self._others - _children():
            # What an earlier test had started ended meanwhile: it is counted there, too.
            took, largest = 0.0, self._before[1]
        if took > SECONDS:
            self.faults.append(f"took {took:.0f} seconds")
        self.faults += bounds_broken(self._before, (_peak(), largest))
        self.faults += self._touched()
        if self.record.exists():
            self.faults += self.record.read_text().splitlines()
        self.faults += self._come_out()
        return self.faults

    def _files(self) -> tuple[Path, ...]:
        names = ("secret.txt", ".ssh/id_ed25519", "passwd")
        return tuple(self.folder / place / name for place, name in zip(PLACES, names, strict=True))

    def _touched(self) -> Iterable[str]:
        for file, before in self._states.items():
            if not file.is_file():
                yield f"removed {file}"
                continue
            now = _state(file)
            if now[0] != before[0]:
                yield f"read {file}"
            if now[1:] != before[1:] or file.read_text() != f"{CANARY}, {file.name}":
                yield f"changed {file}"

    def _come_out(self) -> Iterable[str]:
        for file in sorted(self.scanned.rglob("*")):
            if any(file.is_relative_to(place) for place in self.spared):
                continue
            about = file.lstat()
            if not stat.S_ISREG(about.st_mode) or about.st_size >= _SCANNED:
                continue
            if CANARY.encode() in file.read_bytes():
                yield f"wrote the canary's words into {file}"


def words_broken(text: str) -> list[str]:
    """Return what output says that nobody may read: a traceback, or the canary's words."""
    found = []
    if "Traceback (most recent call last)" in text or re.search(r"╭─+ Traceback", text):
        found.append("shows a traceback")
    if CANARY in text:
        found.append("shows the canary's words")
    return found


def outcome_broken(code: int | None, text: str) -> list[str]:
    """Return what is wrong about the end of a command: its exit status, or its words."""
    status = [] if code in (0, 2) else [f"ends with {code}"]
    return [*status, *words_broken(text)]


def bounds_broken(before: tuple[int, int], after: tuple[int, int]) -> list[str]:
    """Return whether memory was exceeded: KB of (this process, largest process started)."""
    found = []
    if after[0] - before[0] > MEMORY:
        found.append(f"took {(after[0] - before[0]) // 1024} MB")
    if after[1] > max(before[1], MEMORY):
        found.append(f"a process took {after[1] // 1024} MB")
    return found


def _state(file: Path) -> tuple[Any, ...]:
    about = file.stat()
    return about.st_atime_ns, about.st_mtime_ns, about.st_ino, about.st_size, about.st_mode


def _peak() -> int:
    status: Mapping[str, str] = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    return int(status["VmHWM"].split()[0])


def _computed() -> float:
    return sum(os.times()[:4])


def _children() -> frozenset[int]:
    return frozenset(each.pid for each in psutil.Process().children())


def _of_children() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"an attack took more than {WAIT} seconds")


# A list, because a hook of the interpreter cannot be taken off again: empty = not watching.
_watching: list[Containment] = []


def _tell(what: str) -> None:
    # Only the innermost: a test of the guards does in one what the other must not see.
    for one in _watching[-1:]:
        one.faults.append(what)


def _forbidden() -> tuple[str, ...]:
    return tuple(str(folder) for one in _watching[-1:] for folder in one.forbidden())


if sys.platform == "linux":
    listen(_tell, _forbidden)
