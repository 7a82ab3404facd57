"""How the jobs of a study stand: what runs, what waits, what ended and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from diq_core.errors import BadFile
from diq_core.jobs import ledger
from diq_core.jobs import record as records
from diq_core.jobs.entry import Entry, find_open, place, why_it_waits
from diq_core.jobs.progress import ACTIVE, Snapshot
from diq_core.jobs.record import Record
from diq_core.jobs.signing import is_signed
from diq_core.kinds import KINDS, Kind
from diq_core.study import Study, is_name


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


def is_foreign(study: Study, job: Snapshot) -> bool:
    """Return whether what the job makes was written elsewhere: it came with the study."""
    return job.order is not None and not is_signed(study, job.signature, job.order.text)


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


def _line(study: Study) -> list[Entry]:
    # A damaged line hides only what waits in it; `status.damage` says so.
    try:
        return ledger.entries(study)
    except BadFile:
        return []


def _standing(found: Record, kind: str, name: str, line: Sequence[Entry]) -> Snapshot | None:
    job, entry = found.job, find_open(line, kind, name)
    if found.lives or entry is None or entry.state == "stopping":
        return records.concluded(found)
    if entry.state == "running" and job and job.entry == entry.number and not found.died:
        return job
    waits = Snapshot("queued", kind, name, started=entry.added, updated=entry.added,
                     order=entry.order, entry=entry.number,
                     message="Starts in a moment")  # fmt: skip
    if entry.state == "waiting":
        waits = replace(waits, position=place(line, entry),
                        message=why_it_waits(line, entry))  # fmt: skip
    if job and job.entry == entry.number:
        waits = replace(waits, done=job.done, total=job.total, unit=job.unit)
    return waits


def _rank(job: Snapshot) -> tuple[int, int, float]:
    group = 0 if job.state in ACTIVE else 1 if job.state == "queued" else 2
    return group, job.position, -job.started
