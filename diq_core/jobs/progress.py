"""How far a job is: one small file, written by the job, read by pages and the command line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from diq_core.errors import BadFile
from diq_core.files import read_json, write_json
from diq_core.jobs.argument_list import read_command
from diq_core.jobs.order import Order, read_order
from diq_core.jobs.phases import phase_of, phases_of
from diq_core.jobs.processes import peak_memory
from diq_core.kinds import KINDS
from diq_core.records import checked

State = Literal["queued", "starting", "running", "done", "failed", "stopped", "interrupted"]
ACTIVE: tuple[State, ...] = ("starting", "running")
"""States of a job that has a process."""


@dataclass(frozen=True)
class Snapshot:
    """What the file says.

    Attributes:
        state: "queued" and "interrupted" are never written: they are what a reader concludes when
            a job waits in the queue, and when one that says "running" has no process (see
            `standing.look`).
        done, total: units finished, of how many; total 0 = not known yet.
        unit: what is counted, e.g. "samples".
        rate: units a second since this process began; 0 = not known yet.
        seconds_left: estimate; None = not known yet.
        started, updated, finished: seconds since 1970; finished 0 = not yet. `updated` is when
            the work last said how far it is.
        beat: when its process last showed that it lives, seconds since 1970.
        message: what it is doing now, or why it ended.
        phase, phases: which part of the work that is, from 1, of how many; 0 = not known.
        order: what it makes; None = that cannot be read, so it cannot be begun again from here.
        pid: process that wrote it.
        host: machine that it runs on.
        entry: number of the queue's entry that it was started for; 0 = for none.
        position: place in the queue, 1 = the next; 0 = it does not wait there.
        units, pace: how many units were counted last, and how many a second; they stay when a
            later phase counts nothing. 0 = none were.
        memory: the most bytes that the process of a job that ended had held; 0 = not known.
        result: what a finished job made (path, counts).
        signature: of the machine that wrote `order`; see `signing`.
    """

    state: State
    kind: str
    name: str
    done: int = 0
    total: int = 0
    unit: str = "samples"
    rate: float = 0.0
    seconds_left: float | None = None
    started: float = 0.0
    updated: float = 0.0
    finished: float = 0.0
    message: str = ""
    phase: int = 0
    phases: int = 0
    order: Order | None = None
    pid: int = 0
    beat: float = 0.0
    host: str = ""
    entry: int = 0
    position: int = 0
    units: int = 0
    pace: float = 0.0
    memory: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    signature: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it has a process."""
        return self.state in ACTIVE

    @property
    def share(self) -> float:
        """Finished share, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class Progress:
    """Writes snapshots of one job, at most a few times a second.

    Args:
        path: the file; None = keep it in memory (for direct calls and tests).
        first: the snapshot to begin with.
        watch: called with every snapshot that is written, e.g. to draw it in a terminal.
    """

    def __init__(
        self,
        path: Path | None,
        first: Snapshot,
        watch: Callable[[Snapshot], None] | None = None,
    ) -> None:
        self._path = path
        self._watch = watch
        self._finished_before = 0
        self._written = 0.0
        self._cost_done = 0.0
        self._cost_total = 0.0
        self._begun = time.time()
        # The heartbeat is written by a thread of its own.
        self._writing = threading.Lock()
        self.snapshot = replace(
            first, started=self._begun, updated=self._begun, beat=self._begun,
            phase=phase_of(first.kind, first.message),
            phases=len(phases_of(first.kind)),
        )  # fmt: skip
        self._write()

    def expect(
        self,
        total: int,
        *,
        unit: str = "samples",
        finished: int = 0,
        cost: float = 0.0,
        message: str = "",
    ) -> None:
        """Say how much there is to do.

        Args:
            total: units in all.
            finished: units that an earlier attempt had finished.
            cost: total remaining cost in any unit that grows evenly with time (say tokens), when
                the units themselves do not; time left is then estimated from it.
        """
        self._begun, self._cost_done, self._cost_total = time.time(), 0.0, cost
        self._finished_before = finished
        self.snapshot = replace(
            self.snapshot,
            total=total,
            done=finished,
            unit=unit,
            rate=0.0,
            seconds_left=None,
            message=message or self.snapshot.message,
            phase=self._phase(message),
        )
        self._write()

    def advance(self, units: int, *, cost: float = 0.0) -> None:
        """Say that `units` more are finished, at this `cost`."""
        now, old = time.time(), self.snapshot
        self._cost_done += cost
        done, seconds = old.done + units, max(now - self._begun, 1e-9)
        rate = (done - self._finished_before) / seconds
        left = (old.total - done) / rate if rate else None
        if self._cost_total and self._cost_done:
            left = (self._cost_total - self._cost_done) * seconds / self._cost_done
        self.snapshot = replace(
            old,
            done=done,
            rate=rate,
            units=done,
            pace=rate,
            updated=now,
            seconds_left=None if left is None else max(0.0, left),
        )
        if now - self._written > 0.3 or done >= old.total:
            self._write()

    def say(self, message: str) -> None:
        """Begin a phase that has no parts to count, and show what is being done."""
        self.snapshot = replace(
            self.snapshot,
            message=message,
            phase=self._phase(message),
            done=0,
            total=0,
            rate=0.0,
            seconds_left=None,
            updated=time.time(),
        )
        self._write()

    def name(self, part: str) -> None:
        """Say which part of what is counted goes on, such as the arm of an experiment."""
        whole = self.snapshot.message.partition(": ")[0]
        self.snapshot = replace(self.snapshot, message=f"{whole}: {part}", updated=time.time())
        self._write()

    def end(self, state: State, *, message: str = "", result: dict[str, Any] | None = None) -> None:
        """Write the last snapshot."""
        now = time.time()
        self.snapshot = replace(
            self.snapshot,
            state=state,
            message=message,
            result=result or {},
            updated=now,
            finished=now,
            seconds_left=None,
            memory=peak_memory(),
        )
        self._write()

    def beat(self) -> None:
        """Show that the process lives, though the work has nothing new to say."""
        self._put()

    def _phase(self, message: str) -> int:
        """Return the phase that `message` begins, else the one that goes on; none comes back."""
        return max(phase_of(self.snapshot.kind, message), self.snapshot.phase)

    def _write(self) -> None:
        self._written = time.time()
        self._put()
        if self._watch is not None:
            self._watch(self.snapshot)

    def _put(self) -> None:
        if self._path is not None:
            with self._writing:
                write_json(self._path, asdict(replace(self.snapshot, beat=time.time())))


def silent() -> Progress:
    """Return a progress that nobody reads."""
    return Progress(None, Snapshot("running", "", ""))


def read_progress(path: Path) -> Snapshot:
    """Return what the progress file says.

    Raises:
        FileNotFoundError: there is none.
        BadFile: it is damaged.
    """
    todo = "remove it; only how far the job was is lost"
    values = checked(dict[str, Any], read_json(path), which=str(path), todo=todo)
    said = checked(Snapshot, {**values, "order": None}, which=str(path), todo=todo)
    checked(_Old, values, which=str(path), todo=todo)
    return replace(said, order=_order(said, values, str(path)))


@dataclass(frozen=True)
class _Old:
    """What earlier versions wrote in place of an order."""

    command: list[str] = field(default_factory=list)


def _order(said: Snapshot, values: dict[str, Any], which: str) -> Order | None:
    # What cannot be understood is not run; how far the job was is worth knowing all the same.
    try:
        if values.get("order") is not None:
            order = read_order(values["order"], which=which)
        elif said.kind in KINDS and values.get("command"):
            order = read_command(said.kind, said.name, values["command"])
        else:
            return None
    except BadFile:
        return None
    return order if (order.kind, order.name) == (said.kind, said.name) else None
