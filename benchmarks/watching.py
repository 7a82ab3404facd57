"""Watch the processes that work on a study: whether anything is begun twice, what stays behind."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil

from diq_core.kinds import ROWS
from diq_core.study import Study

_EVERY = 0.2
_VERBS = {word: row.kind for row in ROWS for word in (row.typed, *row.aliases)}


class Watch:
    """Look at the processes of one study until closed.

    Attributes:
        begun: process numbers of each job, by ``"<kind> '<name>'"``.
        doubled: jobs that two processes worked on at the same time.
    """

    def __init__(self, study: Study) -> None:
        self.begun: dict[str, set[int]] = defaultdict(set)
        self.doubled: set[str] = set()
        self._study, self._closed = study, threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._closed.wait(_EVERY):
            now: dict[str, set[int]] = defaultdict(set)
            for process in processes_of(self._study):
                with suppress(psutil.NoSuchProcess):
                    if job := _job(process.cmdline()):
                        now[job].add(process.pid)
            for job, pids in now.items():
                first = {pid for pid in pids if not _is_below(pid, pids)}
                self.begun[job] |= first
                if len(first) > 1:
                    self.doubled.add(job)


def processes_of(study: Study) -> Iterator[psutil.Process]:
    """Yield the living processes whose command names the study."""
    for process in psutil.process_iter(["cmdline", "status"]):
        named = str(study.path) in (process.info["cmdline"] or [])
        if named and process.info["status"] != psutil.STATUS_ZOMBIE:
            yield process


def worker_of(study: Study) -> int:
    """Return the process number of the queue's worker; 0 = there is none."""
    for process in processes_of(study):
        with suppress(psutil.NoSuchProcess):
            if process.cmdline()[-3:-1] == ["work", "--study"]:
                return int(process.pid)
    return 0


def _job(line: Sequence[str]) -> str | None:
    if "diq_core" not in line or "--name" not in line:
        return None
    kind = _VERBS.get(line[line.index("diq_core") + 1])
    return f"{kind} '{line[line.index('--name') + 1]}'" if kind else None


def _is_below(pid: int, others: set[int]) -> bool:
    # What a job forks bears the job's command until it becomes another program.
    try:
        return psutil.Process(pid).ppid() in others
    except psutil.NoSuchProcess:
        return True
