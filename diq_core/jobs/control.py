"""Long work as detached processes: start it, stop it.

A job makes one artefact and is named after it, so there is at most one at a time; its record
lies in ``jobs/<kind>-<name>/`` (progress.json, log.txt, lock). The same command typed into a
terminal leaves the same record (see `running`). A process holds the lock and renews a heartbeat
while it lives (see `lease`): that is how a dead job is told from a running one, across server
restarts and ``kill -9``. A job that waits in the study's queue is stopped here like any other.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import psutil

from diq_core.errors import Busy, NotFound
from diq_core.inside import within
from diq_core.jobs import ledger, processes
from diq_core.jobs import record as records
from diq_core.jobs.entry import Entry
from diq_core.jobs.order import Order
from diq_core.jobs.phases import STARTING, phases_of
from diq_core.jobs.processes import ENTRY, HOST
from diq_core.jobs.progress import Snapshot, State
from diq_core.jobs.record import LOG
from diq_core.jobs.signing import sign
from diq_core.kinds import Kind
from diq_core.study import Study


def start(study: Study, order: Order) -> None:
    """Start the process that makes what is ordered, so that it outlives this one.

    Raises:
        Busy: that artefact is being made already.
    """
    processes.reap(launch(study, order))


def launch(
    study: Study,
    order: Order,
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
        BadSetting: the kind has no such setting or input.
    """
    order = order.kept(study)
    kind, name = order.kind, order.name
    folder, command = study.job_folder(kind, name), order.command(study)
    # The job needs the lock to begin, so its own first word comes after ours.
    with records.held(folder, kind, name):
        records.refuse_starting(folder, kind, name)
        first = Snapshot(
            "starting",
            kind,
            name,
            started=time.time(),
            order=order,
            signature=sign(study, order.text),
            message=STARTING,
            phase=1,
            phases=len(phases_of(kind)),
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


def stop(study: Study, kind: Kind, name: str) -> None:
    """Ask the job to stop after the piece it is at; what was finished is kept.

    One that waits in the queue is taken out of it. Of several processes that share the work, each
    on this machine is asked.

    Raises:
        NotFound: it neither runs nor waits, or it runs on other machines only.
    """
    folder = study.job_folder(kind, name)
    living = records.living(folder)
    if living and not any(_is_here(job) for job in living):
        raise NotFound(
            f"The {kind} '{name}' is not being made on this machine",
            which=", ".join(sorted({job.host for job in living})),
            todo="stop it there",
        )
    entry = ledger.ask_to_stop(study, kind, name)
    # What was about to be begun has been begun by now, or never will be.
    asked = [job for job in records.living(folder) if _is_here(job)]
    for job in asked:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(job.pid).terminate()
    if not asked and entry is None:
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
                order=entry.order,
                signature=sign(study, entry.order.text),
                updated=now,
                finished=now,
                seconds_left=None,
            ),
        )


def _is_here(job: Snapshot) -> bool:
    return job.host in ("", HOST)
