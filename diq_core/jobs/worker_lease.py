"""Who works through a study's queue: the worker's lock, and its heartbeat in worker.json."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from diq_core.errors import BadFile
from diq_core.files import read_json, write_json
from diq_core.inside import within
from diq_core.jobs import lease, processes
from diq_core.jobs.ledger import queue_folder
from diq_core.jobs.processes import HOST
from diq_core.records import checked
from diq_core.study import Study

# So long a worker that was started may take until it holds the lock.
_ON_ITS_WAY = 60.0


@dataclass(frozen=True)
class Worker:
    """What worker.json says.

    Attributes:
        host: machine it runs on; "" = there is no worker.
        pid: its process.
        begun, beat: when it began and when it last showed that it lives, seconds since 1970.
    """

    host: str = ""
    pid: int = 0
    begun: float = 0.0
    beat: float = 0.0


def lock_file(study: Study) -> Path:
    """Return the file that the worker locks while it lives."""
    return within(queue_folder(study), "lock")


def is_here(study: Study) -> bool:
    """Return whether a worker lives on this machine, or was just started."""
    lived = _read(study)
    return lease.is_held(lock_file(study)) or (
        lived.host == HOST
        and time.time() - lived.begun < _ON_ITS_WAY
        and processes.is_alive(lived.pid, lived.begun)
    )


def elsewhere(study: Study) -> str:
    """Return the other machine whose worker has the queue; empty if there is none."""
    lived = _read(study)
    return lived.host if lease.is_elsewhere(lived.host, lived.beat) else ""


def write(study: Study, pid: int, begun: float) -> None:
    """Write that this process of this machine is the worker, and lives."""
    write_json(_file(study), asdict(Worker(HOST, pid, begun, time.time())))


def drop(study: Study) -> None:
    """Write that there is no worker; to be called while nobody else can change the line."""
    _file(study).unlink(missing_ok=True)


def _file(study: Study) -> Path:
    return within(queue_folder(study), "worker.json")


def _read(study: Study) -> Worker:
    """Return what is written of the worker; a damaged file is none, for it says nothing sure."""
    try:
        path = _file(study)
        return checked(Worker, read_json(path), which=str(path), todo="remove the file")
    except (FileNotFoundError, BadFile):
        return Worker()
