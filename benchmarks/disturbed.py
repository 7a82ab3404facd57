"""A pipeline that the app serves while a reviewer judges, each process of which may be killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import psutil

from benchmarks.review_store import ADMIN, Writer, plan
from benchmarks.review_wire import Server
from benchmarks.watching import Watch, processes_of, worker_of
from diq_core.jobs import control, ledger, queue, standing
from diq_core.jobs.order import Order
from diq_core.kinds import row
from diq_core.review.store import reading
from diq_core.review.store.changes import open_store
from diq_core.review.store.checking import check_store
from diq_core.study import Study

Target = Literal["stage", "worker", "server", "reviewer", "machine"]
_PATIENCE = 900.0
_LOOK = 0.05
_THINKS = 0.5


@dataclass(frozen=True)
class Length:
    """Seconds that a step took undisturbed, and those of them before it began to write."""

    whole: float
    before: float


@dataclass(frozen=True)
class Kill:
    """Whom to kill, and when: seconds after the step was begun or the last kill."""

    target: Target
    after: float


class App(Server):
    """The app as `diq app` serves it: it takes the queue over before it serves."""

    def command(self) -> list[str]:
        """See `Server`."""
        return [sys.executable, "-m", "diq_core", "app", "--workspace", str(self.workspace),
                "--port", str(self.port), "--headless"]  # fmt: skip


@dataclass
class Pipeline:
    """One study from its file to its evaluation, with people around it who get killed.

    Attributes:
        killed: how often each target was hit.
        died: how often the process of each job was.
        faults: what is not as it should be, in words.
    """

    study: Study
    killed: Counter[Target] = field(default_factory=Counter)
    died: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = App(self.study.path.parent)
        plan(self.study, 5000, overlap=1)
        self._acknowledged: list[str] = []
        self._entries: list[int] = []
        self._server.start()
        self._reviewer = Writer(self.study, pause=_THINKS)
        self._watch = Watch(self.study)

    def make(self, order: Order, kills: Sequence[Kill] = ()) -> Length:
        """Make what is ordered, whatever is killed meanwhile."""
        begun = since = time.monotonic()
        self._begin(order)
        before, left = 0.0, [*kills]
        part = self.study.folder(order.kind, order.name).with_suffix(".part")
        while not self._has_ended(order):
            time.sleep(_LOOK)
            now = time.monotonic()
            before = before or (now - begun if part.exists() else 0.0)
            if left and now - since >= left[0].after:
                hit = self._kill(order, left.pop(0).target)
                since = time.monotonic()
                if hit:
                    said = f"{now - begun:6.1f} s: {' and '.join(hit)}"
                    print(f"{self.killed.total():4} {order.title:20}{said}", flush=True)
            if now - begun > _PATIENCE:
                self.faults.append(f"the {order.title} did not go on")
                break
        whole = time.monotonic() - begun
        return Length(whole, min(before or whole, whole))

    def end(self) -> None:
        """End what still runs, and look whether all is there that was acknowledged."""
        self._watch.close()
        self._server.kill()
        self._acknowledged += self._reviewer.kill()
        deadline = time.monotonic() + 30.0
        while (left := list(processes_of(self.study))) and time.monotonic() < deadline:
            time.sleep(_LOOK)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                self.faults.append(f"still runs: {' '.join(process.cmdline())}")
                process.kill()
        self._check_jobs()
        self._check_reviews()

    def _begin(self, order: Order) -> None:
        if row(order.kind).queues:
            self._entries.append(queue.enqueue(self.study, order).number)
        else:
            control.start(self.study, order)

    def _has_ended(self, order: Order) -> bool:
        job = standing.look(self.study, order.kind, order.name)
        if job is not None and job.state in ("failed", "stopped", "interrupted"):
            log = standing.log_tail(self.study, order.kind, order.name, lines=5)
            self.faults.append(f"the {order.title} {job.state}: {job.message}\n{log}")
            return True
        return job is not None and job.state == "done"

    def _kill(self, order: Order, target: Target) -> list[Target]:
        everybody: tuple[Target, ...] = ("server", "worker", "stage", "reviewer")
        hit = [each for each in (everybody if target == "machine" else (target,))
               if self._kill_one(order, each)]  # fmt: skip
        self.killed.update(hit)
        for each in hit:
            self._restore(order, each, whole=target == "machine")
        return hit

    def _kill_one(self, order: Order, target: Target) -> bool:
        if target == "server":
            self._server.kill()
            return True
        if target == "reviewer":
            self._acknowledged += self._reviewer.kill()
            return True
        if target == "worker":
            return _kill_process(worker_of(self.study))
        found = standing.record(self.study, order.kind, order.name)
        hit = _kill_process(found.job.pid if found.lives and found.job else 0)
        self.died[order.title] += hit
        return hit

    def _restore(self, order: Order, target: Target, *, whole: bool) -> None:
        if target == "server":
            self._server.launch()
        elif target == "reviewer":
            self._reviewer = Writer(self.study, pause=_THINKS)
        elif target == "worker" and not whole:
            queue.adopt(self.study)
        elif target == "stage" and not row(order.kind).queues:
            # It may have been killed as it ended.
            done = standing.look(self.study, order.kind, order.name)
            if done is None or done.state != "done":
                self._begin(order)

    def _check_jobs(self) -> None:
        states = {entry.number: entry.state for entry in ledger.entries(self.study)}
        self.faults += [f"entry {number} of the queue is {states.get(number, 'gone')}"
                        for number in self._entries if states.get(number) != "done"]  # fmt: skip
        self.faults += [f"{job} was made by two at once" for job in self._watch.doubled]
        self.faults += [
            f"{job} was begun {len(pids)} times, and killed {self.died[job]} times"
            for job, pids in self._watch.begun.items()
            if len(pids) > 1 + self.died[job]
        ]

    def _check_reviews(self) -> None:
        store = open_store(self.study)
        stored = [one.sample for one in reading.judgements(store, ADMIN, "verdict")]
        lost = set(self._acknowledged) - set(stored)
        self.faults += [f"the acknowledged verdict on {sample} is lost" for sample in lost]
        self.faults += [str(fault) for fault in check_store(store)]
        if len(stored) != len(set(stored)):
            self.faults.append("a verdict is there twice")
        store.close()

    @property
    def acknowledged(self) -> int:
        """How many verdicts were acknowledged."""
        return len(self._acknowledged)


def _kill_process(pid: int) -> bool:
    """Kill a process and wait until it is gone; return whether there was one."""
    if pid <= 0 or not _lives(pid):
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    while _lives(pid):
        time.sleep(_LOOK / 10)
    return True


def _lives(pid: int) -> bool:
    """Return whether any thread of a process is left: until then it keeps its locks."""
    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.NoSuchProcess:
        return False
