"""The process that works through a study's queue and ends when nothing is left in it.

Everything it knows is in the line and in the jobs' records, so it may be killed at any moment:
the next worker follows what still runs, begins again what died, and goes on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from filelock import FileLock

from diq_core.errors import Busy, UserError
from diq_core.jobs import control, lease, ledger, queue, standing, worker_lease
from diq_core.jobs.entry import Entry, EntryState
from diq_core.jobs.ledger import Line
from diq_core.jobs.progress import Snapshot
from diq_core.kinds import ROWS
from diq_core.shortage import LIKE_NO_MEMORY
from diq_core.study import STUDY_FILE, Study

TRIES = 3
"""So often an entry is begun whose process dies each time."""
HEAVY = frozenset(row.kind for row in ROWS if row.heavy)
"""Kinds that take a slot though they were started outside the queue."""

_EVERY = 0.2
_OUTSIDE_EVERY = 1.0


def work(study: Study, *, slots: int | None = None, tell: Callable[[str], None] = print) -> bool:
    """Work through the queue until it is empty; return False if another worker has it.

    Args:
        slots: entries that may run beside each other; None = what the study says.
        tell: is given a line about each entry that begins or ends.

    Raises:
        BadSetting: the study's number of slots makes no sense.
    """
    places = slots or queue.slots(study)
    ledger.queue_folder(study).mkdir(parents=True, exist_ok=True)
    lock = FileLock(worker_lease.lock_file(study))
    if not lease.acquired(lock):
        return False
    try:
        _Worker(study, places, tell).run(lock)
    finally:
        lock.release()
    return True


class _Worker:
    def __init__(self, study: Study, places: int, tell: Callable[[str], None]) -> None:
        self._study, self._places, self._tell = study, places, tell
        self._begun = time.time()
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._seen: set[int] = set()
        self._outside = 0
        self._outside_at = 0.0

    def run(self, lock: FileLock) -> None:
        while True:
            while worker_lease.elsewhere(self._study) and _is_anything_open(self._study):
                time.sleep(_OUTSIDE_EVERY)
            with lease.beating(self._beat):
                self._beat()
                while self._goes_on():
                    time.sleep(_EVERY)
            if self._is_gone():
                return
            # Whoever adds an entry does so before this look, or finds the lock free after it.
            with ledger.changing(self._study) as line:
                if not line.startable():
                    worker_lease.drop(self._study)
                    lock.release()
                    return

    def _beat(self) -> None:
        worker_lease.write(self._study, os.getpid(), self._begun)

    def _is_gone(self) -> bool:
        return not (self._study.path / STUDY_FILE).exists()

    def _goes_on(self) -> bool:
        if self._is_gone():
            return False
        try:
            with ledger.changing(self._study) as line:
                for entry in line.startable():
                    if entry.state == "waiting":
                        self._skip_if_in_vain(line, entry)
                    else:
                        self._follow(line, entry)
                self._begin_what_can(line)
                return bool(line.startable())
        except (Busy, OSError) as error:
            # A full disk or a stuck neighbour is no reason to leave the others unattended.
            self._tell(str(error))
            time.sleep(_OUTSIDE_EVERY)
            return True

    def _follow(self, line: Line, entry: Entry) -> None:
        child = self._children.get(entry.number)
        found = standing.record(self._study, entry.kind, entry.name)
        if found.lives or (child is not None and child.poll() is None):
            self._seen.add(entry.number)
            return
        self._children.pop(entry.number, None)
        # An older record of the same name says nothing about this entry.
        job = found.job if found.job and found.job.entry == entry.number else None
        if job is None or found.died:
            self._end_dead(line, entry, job, None if child is None else child.returncode)
        elif job.state == "stopped" and entry.state != "stopping" and not self._was_seen(entry):
            # Nobody asked for it and the worker was gone as well: the machine went down.
            self._try_again(line, entry, job)
        else:
            state: EntryState = job.state if job.state in ("done", "stopped") else "failed"
            self._end(line, entry, state, job.message)

    def _was_seen(self, entry: Entry) -> bool:
        return entry.number in self._seen

    def _end_dead(self, line: Line, entry: Entry, job: Snapshot | None, code: int | None) -> None:
        if entry.state == "stopping":
            self._end(line, entry, "stopped", "Stopped; what was finished is kept", note=True)
        elif (job is None or job.state == "starting") and code is not None and code >= 0:
            self._end(line, entry, "failed", "It ended before it began; see the log", note=True)
        else:
            self._try_again(line, entry, job)

    def _try_again(self, line: Line, entry: Entry, job: Snapshot | None) -> None:
        if entry.tries >= TRIES:
            message = (
                f"It was interrupted {entry.tries} times, {LIKE_NO_MEMORY}; "
                "what was finished is kept"
            )
            self._end(line, entry, "failed", message, note=True)
            return
        message = f"Was interrupted and goes on, attempt {entry.tries + 1} of {TRIES}"
        resumes = entry.resumes or (job is not None and job.state != "starting")
        line.put(replace(entry, state="waiting", slot=-1, resumes=resumes, message=message))
        self._tell(f"{entry.title}: {message}")

    def _skip_if_in_vain(self, line: Line, entry: Entry) -> None:
        for number in entry.after:
            needed = line.get(number)
            if needed is not None and (needed.is_open or needed.state == "done"):
                continue
            what = f"the {needed.title} that it needs {_WORDS[needed.state]}" if needed else (
                f"entry {number} that it needs is gone"
            )  # fmt: skip
            self._end(line, entry, "skipped", f"Not run: {what}", note=True)
            return

    def _end(
        self, line: Line, entry: Entry, state: EntryState, message: str, *, note: bool = False
    ) -> None:
        if note:
            control.note_end(
                self._study, entry, "stopped" if state == "stopped" else "failed", message
            )
        line.put(replace(entry, state=state, message=message))
        self._tell(f"{entry.title}: {state}{f', {message}' if message else ''}")

    def _begin_what_can(self, line: Line) -> None:
        for entry in line.startable():
            if entry.state != "waiting" or not self._is_ready(line, entry):
                continue
            taken = _taken(line)
            if len(taken) < self._places and len(taken) + self._outside_jobs(line) < self._places:
                slot = next(place for place in range(self._places) if place not in taken)
                self._begin(line, entry, slot)

    def _is_ready(self, line: Line, entry: Entry) -> bool:
        needed = [line.get(number) for number in entry.after]
        return all(one is not None and one.state == "done" for one in needed) and (
            # Somebody makes it in a terminal; it is looked at again when they are finished.
            not standing.record(self._study, entry.kind, entry.name).lives
        )

    def _outside_jobs(self, line: Line) -> int:
        if time.monotonic() - self._outside_at > _OUTSIDE_EVERY:
            # What an entry makes on its way, in its own process, is part of that entry.
            ours = {entry.number for entry in line.startable() if entry.state != "waiting"}
            self._outside = sum(
                job.kind in HEAVY and job.is_active and job.entry not in ours
                for job in standing.all_jobs(self._study)
            )
            self._outside_at = time.monotonic()
        return self._outside

    def _begin(self, line: Line, entry: Entry, slot: int) -> None:
        begun = replace(entry, state="running", tries=entry.tries + 1, slot=slot, message="")
        # Written first: an entry that was begun is never taken for one that was not.
        line.put(begun)
        order = replace(entry.order, restart=entry.order.restart and not entry.resumes)
        try:
            self._children[entry.number] = control.launch(
                self._study, order,
                entry=entry.number, environment=_device(slot, self._places),
            )  # fmt: skip
        except Busy:
            line.put(entry)
        except (UserError, OSError) as error:
            with suppress(OSError):
                self._end(line, begun, "failed", f"It could not be started: {error}", note=True)
        else:
            self._seen.add(entry.number)
            self._tell(f"{entry.title}: begun")


_WORDS = {"failed": "failed", "stopped": "was stopped", "skipped": "was not run"}


def _taken(line: Line) -> set[int]:
    # Who only waits for entries of its own lends them its slot.
    waits_for_own = {entry.parent for entry in line.startable()}
    return {
        entry.slot
        for entry in line.startable()
        if entry.slot >= 0 and entry.number not in waits_for_own
    }


def _is_anything_open(study: Study) -> bool:
    return bool(ledger.startable(study, ledger.entries(study)))


def _device(slot: int, places: int) -> dict[str, str]:
    # Several jobs beside each other get a graphics card each, as far as there are some.
    if places == 1 or slot < 0:
        return {}
    cards = [card for card in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if card]
    cards = cards or _cards()
    return {"CUDA_VISIBLE_DEVICES": cards[slot % len(cards)]} if cards else {}


def _cards() -> list[str]:
    if shutil.which("nvidia-smi") is None:
        return []
    asked = subprocess.run(
        ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.split() if asked.returncode == 0 else []
