"""A job's own record: what lies in ``jobs/<kind>-<name>/``, and who may write it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock

from diq_core.errors import BadFile, Busy
from diq_core.files import write_json
from diq_core.inside import within
from diq_core.jobs import lease, processes
from diq_core.jobs.progress import ACTIVE, Snapshot, read_progress
from diq_core.jobs.signing import is_signed, sign
from diq_core.kinds import Kind
from diq_core.shortage import LIKE_NO_MEMORY
from diq_core.study import Study

PROGRESS, LOG = "progress.json", "log.txt"
PARTS = "rank-*"
"""Folders of the records of those who share the work."""
_LOCK = "lock"


@dataclass(frozen=True)
class Record:
    """What a job's record says, before the queue is asked.

    Attributes:
        job: the file's content; None if the job was never begun.
        died: its process ended without a word.
    """

    job: Snapshot | None
    died: bool

    @property
    def lives(self) -> bool:
        """Whether there is a process that works on it."""
        return self.job is not None and self.job.state in ACTIVE and not self.died


def read(folder: Path) -> Record:
    """Return what the record in `folder` says.

    While several processes share the work, it is what the one says that spoke last.
    """
    own = _read(folder)
    if own.lives:
        return own
    spoke_last = max(living(folder), key=lambda job: job.updated, default=None)
    return Record(spoke_last, died=False) if spoke_last else own


def living(folder: Path) -> list[Snapshot]:
    """Return what each process says that works on it now: the job's own, or those who share it."""
    parts = (part for part in folder.glob(PARTS) if not part.is_symlink())
    found = [_read(each) for each in (folder, *parts)]
    return [one.job for one in found if one.lives and one.job]


def _read(folder: Path) -> Record:
    while True:
        job = _said(folder)
        if job is None or job.state not in ACTIVE or _lives(folder, job):
            return Record(job, died=False)
        # It may have ended properly, or begun again, between the two looks.
        if _said(folder) == job:
            return Record(job, died=True)


def _said(folder: Path) -> Snapshot | None:
    """Return what the file says; of a damaged one, that the job failed, and why."""
    of = folder.parent if folder.match(PARTS) else folder
    kind, _, name = of.name.partition("-")
    try:
        file = within(folder, PROGRESS)
        job = read_progress(file)
        if (job.kind, job.name) != (kind, name):
            raise BadFile(
                "The record is that of another job", which=str(file), todo="remove the file"
            )
    except FileNotFoundError:
        return None
    except BadFile as error:
        return Snapshot("failed", kind, name, message=str(error))
    return job


def concluded(found: Record) -> Snapshot | None:
    """Return how the job stands by its record alone."""
    job = found.job
    if job is None or not found.died:
        return job
    if job.state == "starting":
        return replace(job, state="failed", message="It ended before it began; see the log")
    return replace(
        job,
        state="interrupted",
        seconds_left=None,
        # On a full disk it could not write how it ended.
        message=f"Its process ended without a word, {LIKE_NO_MEMORY} or the disk is full; what was "
        "finished is kept",
    )


def write(folder: Path, job: Snapshot) -> None:
    """Write the record; only who holds it may."""
    write_json(folder / PROGRESS, asdict(job))


@contextmanager
def held(folder: Path, kind: str, name: str) -> Iterator[None]:
    """Hold the record, so that no other process can make that artefact.

    Raises:
        Busy: another process makes it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(within(folder, _LOCK))
    if not lease.acquired(lock):
        raise _busy(kind, name)
    try:
        # A process that was killed while it wrote leaves its half-written file behind.
        for half in folder.glob(f".{PROGRESS}.*"):
            half.unlink()
        job = _said(folder)
        if job and job.state in ACTIVE and lease.is_elsewhere(job.host, job.beat):
            raise _busy(kind, name, job.host)
        yield
    finally:
        lock.release()


def refuse_starting(folder: Path, kind: str, name: str) -> None:
    """Refuse a second process while the first one has not got hold of the record yet.

    Raises:
        Busy: one was started and lives.
    """
    job = _said(folder)
    if job and job.state == "starting" and processes.is_alive(job.pid, job.started):
        raise _busy(kind, name)


def move(folder: Path, target: Path) -> None:
    """Move what is recorded in `folder` to `target`, all but the lock, which is still held.

    What lay in `target` of the same name is replaced.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        if name != _LOCK:
            there = target / name
            if there.is_dir() and not there.is_symlink():
                shutil.rmtree(there)
            os.replace(folder / name, there)


def rename(study: Study, kind: Kind, old: str, new: str) -> None:
    """Let the record of a job that ended be that of an artefact with a new name.

    Only what this machine signed is signed anew. A record that cannot be read goes.
    """
    source, target = study.job_folder(kind, old), study.job_folder(kind, new)
    with suppress(FileNotFoundError, BadFile):
        job = read_progress(within(source, PROGRESS))
        order, signature = job.order, job.signature
        if order is not None:
            own = is_signed(study, signature, order.text)
            order = replace(order, name=new)
            signature = sign(study, order.text) if own else ""
        move(source, target)
        write(target, replace(job, name=new, order=order, signature=signature))
    within(source, PROGRESS).unlink(missing_ok=True)


def log_tail(folder: Path, *, lines: int = 40) -> str:
    """Return the end of the job's log; empty if it said nothing."""
    path = within(folder, LOG)
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 200 * lines))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _lives(folder: Path, job: Snapshot) -> bool:
    if lease.is_held(within(folder, _LOCK)) or lease.is_elsewhere(job.host, job.beat):
        return True
    return job.state == "starting" and processes.is_alive(job.pid, job.started)


def _busy(kind: str, name: str, host: str = "") -> Busy:
    return Busy(
        f"The {kind} '{name}' is being made by another process",
        which=f"{name}, on {host}" if host else name,
        todo="wait until it is finished, or stop it first",
    )
