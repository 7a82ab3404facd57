"""Long work as detached processes: start, look, stop.

A job makes one artefact and is named after it, so there is at most one at a time; its record
lies in ``jobs/<kind>-<name>/`` (progress.json, log.txt, lock). The same command typed into a
terminal leaves the same record. A process holds the lock while it lives, and the system lets go
of it however the process ends: that is how a dead job is told from a running one, across server
restarts and ``kill -9``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType

import psutil
from filelock import FileLock, Timeout

from diq_core.artefact import disk_guard, write_json
from diq_core.errors import Busy, NotFound, Stopped, UserError
from diq_core.progress import Progress, Snapshot, read_progress
from diq_core.study import Kind, Study

_PROGRESS, _LOG, _LOCK = "progress.json", "log.txt", "lock"


def start(study: Study, kind: Kind, name: str, command: Sequence[str]) -> None:
    """Start ``python -m diq_core <command>`` so that it outlives this process.

    Raises:
        Busy: that artefact is being made already.
    """
    folder = study.job_folder(kind, name)
    folder.mkdir(parents=True, exist_ok=True)
    if _is_locked(folder):
        raise _busy(kind, name)
    root = Path(__file__).resolve().parent.parent
    path = os.pathsep.join(part for part in (str(root), os.environ.get("PYTHONPATH", "")) if part)
    now = time.time()
    with (folder / _LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "diq_core", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
        )
    # Reap the child when it ends; the thread holds nothing that the job needs.
    threading.Thread(target=process.wait, daemon=True).start()
    if not _is_locked(folder):
        first = Snapshot(
            "starting",
            kind,
            name,
            started=now,
            updated=now,
            pid=process.pid,
            command=tuple(command),
            message="Starting",
        )
        write_json(folder / _PROGRESS, asdict(first))


@contextmanager
def running(
    study: Study,
    kind: Kind,
    name: str,
    command: Sequence[str],
    *,
    watch: Callable[[Snapshot], None] | None = None,
) -> Iterator[Progress]:
    """Record the work inside as the job of this artefact.

    SIGTERM raises `Stopped` inside; the record says how the work ended.

    Raises:
        Busy: another process is making that artefact.
        OutOfSpace: the disk is full.
    """
    folder = study.job_folder(kind, name)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=1)
    except Timeout:
        raise _busy(kind, name) from None
    try:
        with disk_guard(study.path), _stop_on_sigterm():
            first = Snapshot(
                "running", kind, name, command=tuple(command), pid=os.getpid(), message="Starting"
            )
            progress = Progress(folder / _PROGRESS, first, watch)
            try:
                yield progress
            except BaseException as error:
                # On a full disk the record cannot be written either; the error itself matters.
                with suppress(OSError):
                    _end_badly(progress, error)
                raise
            if progress.snapshot.state == "running":
                progress.end("done")
    finally:
        lock.release()


def look(study: Study, kind: Kind, name: str) -> Snapshot | None:
    """Return how that job stands; None if it was never begun."""
    return _look(study.job_folder(kind, name))


def all_jobs(study: Study) -> list[Snapshot]:
    """Return every job of the study, the latest begun first."""
    found = (_look(file.parent) for file in study.jobs_folder.glob(f"*/{_PROGRESS}"))
    return sorted((job for job in found if job), key=lambda job: -job.started)


def stop(study: Study, kind: Kind, name: str) -> None:
    """Ask the job to stop after the piece it is at; what was finished is kept.

    Raises:
        NotFound: it is not running.
    """
    job = look(study, kind, name)
    if job is None or job.state not in ("starting", "running"):
        raise NotFound(
            f"The {kind} '{name}' is not being made", which=name, todo="nothing needs to be stopped"
        )
    try:
        psutil.Process(job.pid).terminate()
    except psutil.NoSuchProcess:
        return


def log_tail(study: Study, kind: Kind, name: str, *, lines: int = 40) -> str:
    """Return the end of the job's log; empty if it said nothing."""
    path = study.job_folder(kind, name) / _LOG
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 200 * lines))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _look(folder: Path) -> Snapshot | None:
    if not (folder / _PROGRESS).exists():
        return None
    job = read_progress(folder / _PROGRESS)
    if job.state not in ("starting", "running") or _is_locked(folder):
        return job
    if job.state == "starting" and _is_alive(job.pid):
        return job
    # It may have ended properly between the two looks.
    job = read_progress(folder / _PROGRESS)
    if job.state == "starting":
        return replace(job, state="failed", message="It ended before it began; see the log")
    if job.state == "running":
        return replace(
            job,
            state="interrupted",
            seconds_left=None,
            message="Its process ended without a word; what was finished is kept",
        )
    return job


def _is_locked(folder: Path) -> bool:
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _end_badly(progress: Progress, error: BaseException) -> None:
    if isinstance(error, Stopped | KeyboardInterrupt):
        progress.end("stopped", message="Stopped; what was finished is kept")
    elif isinstance(error, UserError):
        progress.end("failed", message=str(error))
    else:
        progress.end("failed", message=f"{type(error).__name__}: {error}")


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


def _busy(kind: str, name: str) -> Busy:
    return Busy(
        f"The {kind} '{name}' is being made by another process",
        which=name,
        todo="wait until it is finished, or stop it first",
    )
