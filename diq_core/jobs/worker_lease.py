"""Who works through a study's queue: the worker's lock, and its heartbeat in worker.json."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from diq_core.artefact import read_json, write_json
from diq_core.jobs import lease, processes
from diq_core.jobs.line import queue_folder
from diq_core.jobs.processes import HOST
from diq_core.study import Study

# So long a worker that was started may take until it holds the lock.
_ON_ITS_WAY = 60.0


def lock_file(study: Study) -> Path:
    """Return the file that the worker locks while it lives."""
    return queue_folder(study) / "lock"


def is_here(study: Study) -> bool:
    """Return whether a worker lives on this machine, or was just started."""
    lived, begun = _read(study), float(_read(study).get("begun", 0.0))
    return lease.is_held(lock_file(study)) or (
        lived.get("host") == HOST
        and time.time() - begun < _ON_ITS_WAY
        and processes.is_alive(int(lived.get("pid", 0)), begun)
    )


def elsewhere(study: Study) -> str:
    """Return the other machine whose worker has the queue; empty if there is none."""
    lived = _read(study)
    host = str(lived.get("host", ""))
    return host if lease.is_elsewhere(host, float(lived.get("beat", 0.0))) else ""


def write(study: Study, pid: int, begun: float) -> None:
    """Write that this process of this machine is the worker, and lives."""
    lived = {"host": HOST, "pid": pid, "begun": begun, "beat": time.time()}
    write_json(_file(study), lived)


def drop(study: Study) -> None:
    """Write that there is no worker; to be called while nobody else can change the line."""
    _file(study).unlink(missing_ok=True)


def _file(study: Study) -> Path:
    return queue_folder(study) / "worker.json"


def _read(study: Study) -> dict[str, Any]:
    try:
        lived: dict[str, Any] = read_json(_file(study))
    except FileNotFoundError:
        return {}
    return lived
