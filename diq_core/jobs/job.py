"""Long work as detached processes: start, look, stop.

A job makes one artefact and is named after it, so there is at most one at a time; its record
lies in ``jobs/<kind>-<name>/`` (progress.json, log.txt, lock). The same command typed into a
terminal leaves the same record. A process holds the lock and renews a heartbeat while it lives
(see `lease`): that is how a dead job is told from a running one, across server restarts and
``kill -9``. A job that waits in the study's queue is looked at and stopped here like any other.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import psutil

from diq_core.errors import BadFile, Busy, NotFound, OutOfMemory, Stopped, UserError
from diq_core.files import disk_guard
from diq_core.inside import within
from diq_core.jobs import lease, processes
from diq_core.jobs import line as tickets
from diq_core.jobs import record as records
from diq_core.jobs.line import Entry
from diq_core.jobs.processes import ENTRY, HOST
from diq_core.jobs.progress import ACTIVE, Progress, Snapshot, State
from diq_core.jobs.record import LOG, PROGRESS, Record
from diq_core.jobs.replay import rebuilt
from diq_core.jobs.signing import is_signed, sign
from diq_core.kinds import KINDS, Kind
from diq_core.study import Study, is_name

_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "ALLOC_FAILED")


def start(study: Study, kind: Kind, name: str, command: Sequence[str]) -> None:
    """Start ``python -m diq_core <command>`` so that it outlives this process.

    Raises:
        Busy: that artefact is being made already.
    """
    processes.reap(launch(study, kind, name, command))


def launch(
    study: Study,
    kind: Kind,
    name: str,
    command: Sequence[str],
    *,
    entry: int = 0,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start the job and return its process, which the caller has to wait for or to `reap`.

    Args:
        entry: number of the queue's entry that it is started for.
        environment: variables it gets besides those of this process.

    Raises:
        Busy: that artefact is being made already.
        BadFile: the command does other work.
    """
    folder = study.job_folder(kind, name)
    command = rebuilt(study, kind, name, command)
    # The job needs the lock to begin, so its own first word comes after ours.
    with records.held(folder, kind, name):
        records.refuse_starting(folder, kind, name)
        first = Snapshot(
            "starting",
            kind,
            name,
            started=time.time(),
            command=tuple(command),
            signature=_signature(study, kind, name, command),
            message="Starting",
            host=HOST,
            entry=entry,
        )
        own = {ENTRY: str(entry)} if entry else {}
        process = processes.detach(
            command, within(folder, LOG), environment={**(environment or {}), **own}
        )
        now = time.time()
        records.write(folder, replace(first, pid=process.pid, updated=now, beat=now))
    return process


@contextmanager
def running(
    study: Study,
    kind: Kind,
    name: str,
    command: Sequence[str],
    *,
    watch: Callable[[Snapshot], None] | None = None,
    part: str = "",
) -> Iterator[Progress]:
    """Record the work inside as the job of this artefact.

    SIGTERM raises `Stopped` inside; the record says how the work ended.

    Args:
        part: of several processes that share the work, which one this is, e.g. "rank-0-of-3"; it
            gets a record of its own beside the others.

    Raises:
        Busy: another process is making that artefact.
        OutOfSpace: the disk is full.
        OutOfMemory: the memory is full.
    """
    folder = study.job_folder(kind, name) / part
    with records.held(folder, kind, name), disk_guard(study.path), _stop_on_sigterm():
        first = Snapshot(
            "running",
            kind,
            name,
            command=tuple(command),
            signature=_signature(study, kind, name, command),
            pid=os.getpid(),
            message="Starting",
            host=HOST,
            entry=int(os.environ.get(ENTRY) or 0),
        )
        progress = Progress(folder / PROGRESS, first, watch)
        try:
            with lease.beating(progress.beat), _memory_guard(kind, name):
                yield progress
        except BaseException as error:
            # On a full disk the record cannot be written either; the error itself matters.
            with suppress(OSError):
                _end_badly(progress, error)
            raise
        if progress.snapshot.state == "running":
            progress.end("done")


def look(study: Study, kind: Kind, name: str) -> Snapshot | None:
    """Return how that job stands; None if it was never begun and does not wait."""
    return _standing(record(study, kind, name), kind, name, _line(study))


def record(study: Study, kind: Kind, name: str) -> Record:
    """Return what the job's record says, whatever the queue says."""
    return records.read(study.job_folder(kind, name))


def all_jobs(study: Study) -> list[Snapshot]:
    """Return every job of the study: what runs, what waits in its order, then the others.

    Within what runs and within the others the latest begun comes first.
    """
    line = _line(study)
    read = [records.read(folder) for folder in _folders(study)]
    known = {(one.job.kind, one.job.name): one for one in read if one.job}
    for entry in line:
        if entry.is_open:
            known.setdefault((entry.kind, entry.name), Record(None, died=False))
    found = (_standing(one, kind, name, line) for (kind, name), one in known.items())
    return sorted((job for job in found if job), key=_rank)


def stop(study: Study, kind: Kind, name: str) -> None:
    """Ask the job to stop after the piece it is at; what was finished is kept.

    One that waits in the queue is taken out of it.

    Raises:
        NotFound: it neither runs nor waits, or it runs on another machine.
    """
    found = record(study, kind, name)
    if found.lives and found.job and found.job.host not in ("", HOST):
        raise NotFound(
            f"The {kind} '{name}' is not being made on this machine",
            which=found.job.host,
            todo="stop it there",
        )
    entry = tickets.ask_to_stop(study, kind, name)
    # What was about to be begun has been begun by now, or never will be.
    found = record(study, kind, name)
    if found.lives and found.job:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(found.job.pid).terminate()
    elif entry is None:
        raise NotFound(
            f"The {kind} '{name}' is not being made", which=name, todo="nothing needs to be stopped"
        )


def note_end(study: Study, entry: Entry, state: State, message: str) -> None:
    """Write how an entry of the queue ended that cannot say so itself: it died, or never began.

    What it had said about how far it was is kept. Nothing is written while a process makes the
    artefact.
    """
    folder, now = study.job_folder(entry.kind, entry.name), time.time()
    with suppress(Busy), records.held(folder, entry.kind, entry.name):
        said = records.read(folder).job
        if said is None or said.entry != entry.number:
            said = Snapshot(state, entry.kind, entry.name, started=now, entry=entry.number)
        records.write(
            folder,
            replace(
                said,
                state=state,
                message=message,
                command=entry.command,
                signature=_signature(study, entry.kind, entry.name, entry.command),
                updated=now,
                finished=now,
                seconds_left=None,
            ),
        )


def is_foreign(study: Study, job: Snapshot) -> bool:
    """Return whether the job's command was written elsewhere: it came with the study."""
    return not is_signed(study, job.signature, job.kind, job.name, job.command)


def log_tail(study: Study, kind: Kind, name: str, *, lines: int = 40) -> str:
    """Return the end of the job's log; empty if it said nothing."""
    return records.log_tail(study.job_folder(kind, name), lines=lines)


def _folders(study: Study) -> Iterator[Path]:
    """Yield the folder of every job that may be one of ours, whatever else lies beside them."""
    place = study.jobs_folder
    for found in sorted(place.iterdir()) if place.is_dir() else ():
        kind, _, name = found.name.partition("-")
        if kind in KINDS and is_name(name) and not found.is_symlink():
            yield found


def _signature(study: Study, kind: str, name: str, command: Sequence[str]) -> str:
    return sign(study, kind, name, command)


def _line(study: Study) -> list[Entry]:
    # A damaged line hides only what waits in it; `status.damage` says so.
    try:
        return tickets.entries(study)
    except BadFile:
        return []


def _standing(found: Record, kind: str, name: str, line: Sequence[Entry]) -> Snapshot | None:
    job, entry = found.job, tickets.find_open(line, kind, name)
    if found.lives or entry is None or entry.state == "stopping":
        return records.concluded(found)
    if entry.state == "running" and job and job.entry == entry.number and not found.died:
        return job
    waits = Snapshot("queued", kind, name, started=entry.added, updated=entry.added,
                     command=entry.command, entry=entry.number,
                     message="Starts in a moment")  # fmt: skip
    if entry.state == "waiting":
        waits = replace(waits, position=tickets.place(line, entry),
                        message=tickets.why_it_waits(line, entry))  # fmt: skip
    if job and job.entry == entry.number:
        waits = replace(waits, done=job.done, total=job.total, unit=job.unit)
    return waits


def _rank(job: Snapshot) -> tuple[int, int, float]:
    group = 0 if job.state in ACTIVE else 1 if job.state == "queued" else 2
    return group, job.position, -job.started


def _end_badly(progress: Progress, error: BaseException) -> None:
    if progress.snapshot.state != "running":
        return
    if isinstance(error, Stopped | KeyboardInterrupt):
        progress.end("stopped", message="Stopped; what was finished is kept")
    elif isinstance(error, UserError):
        progress.end("failed", message=str(error))
    else:
        progress.end("failed", message=f"{type(error).__name__}: {error}")


def _is_out_of_memory(error: BaseException) -> bool:
    # torch has a class of its own for a card; elsewhere only its words say it. It is not loaded.
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or any(words in str(error) for words in _NO_MEMORY)


@contextmanager
def _memory_guard(kind: str, name: str) -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        raise OutOfMemory(
            "The memory is full; what was finished is kept",
            which=f"{kind} '{name}'",
            todo="close other programs or choose smaller settings (batches, tokens, a smaller "
            "model), and run it again",
        ) from error


@contextmanager
def _stop_on_sigterm() -> Iterator[None]:
    def raise_stopped(_number: int, _frame: FrameType | None) -> None:
        raise Stopped("Stopped on request; what was finished is kept")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, raise_stopped)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
