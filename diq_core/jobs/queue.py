"""The queue of a study: long jobs run one after the other, whoever looks.

A job in the queue cannot be lost. A small detached process, the worker (see `worker`), begins
each entry in its turn; what the worker was at is in the line and in the jobs' own records, so
another worker takes over wherever one ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from diq_core.errors import BadSetting, Busy, NotFound
from diq_core.inside import within
from diq_core.jobs import control, ledger, processes, standing, worker_lease
from diq_core.jobs.entry import Entry, Unread, find_open
from diq_core.jobs.ledger import queue_folder
from diq_core.jobs.order import Order, checked_order
from diq_core.study import STUDY_FILE, Study


def enqueue(study: Study, order: Order, *, after: Iterable[int] = ()) -> Entry:
    """Put what is ordered at the end of the line and return its entry.

    If the same order waits or runs there already, that entry is returned.

    Args:
        after: numbers of entries that must be done first. If one of them ends otherwise, this
            one is not run and says why.

    Raises:
        Busy: that artefact is being made, or waits to be made otherwise.
        NotFound: there is no entry of a number in `after`.
        BadFile: the kind has no such setting or input.
    """
    checked_order(order)
    order = order.kept(study)
    kind, name, needed = order.kind, order.name, tuple(after)
    study.job_folder(kind, name)
    with ledger.changing(study) as line:
        known = find_open(line.open(), kind, name)
        if known is not None and (known.order, known.after) == (order, needed):
            return known
        if known is not None or standing.record(study, kind, name).lives:
            raise Busy(
                f"The {kind} '{name}' is being made, or waits in the queue",
                which=name,
                todo="wait until it is finished, or stop it first",
            )
        for number in needed:
            if line.get(number) is None:
                raise NotFound(
                    "There is no such entry in the queue",
                    which=str(number),
                    todo="name the number of an entry",
                )
        entry = line.add(order, needed)
    wake(study)
    return entry


def entries(study: Study) -> list[Entry]:
    """Return every entry that is remembered, ended ones too, in order."""
    return ledger.entries(study)


def cancel(study: Study, number: int) -> Entry:
    """Take the entry out of the line, or stop it if it runs; return how it stands then.

    Raises:
        NotFound: there is no such entry, or it has ended.
    """
    entry = next((one for one in ledger.entries(study) if one.number == number), None)
    if entry is None or not entry.is_open:
        raise NotFound(
            "There is no such entry in the queue" if entry is None else "That entry has ended",
            which=str(number),
            todo="nothing needs to be cancelled",
        )
    control.stop(study, entry.kind, entry.name)
    return next(one for one in ledger.entries(study) if one.number == number)


def unread(study: Study) -> list[Unread]:
    """Return what stands in the line and cannot be understood; it is never run."""
    return ledger.unread(study)


def drop_unread(study: Study, number: int) -> None:
    """Take out of the line what could not be read and has this number.

    Raises:
        NotFound: there is nothing of this number that cannot be read.
    """
    with ledger.changing(study) as line:
        if not line.drop_unread(number):
            raise NotFound(
                "There is no such entry in the queue",
                which=str(number),
                todo="nothing needs to be cancelled",
            )


def is_foreign(study: Study, number: int) -> bool:
    """Return whether the entry of that number waits for a person because it came with the study."""
    found = (one for one in ledger.entries(study) if one.number == number)
    return any(one.is_open and not ledger.is_own(study, one) for one in found)


def trust(study: Study, number: int) -> Entry:
    """Let an entry that came with the study be run as one of our own, and return it.

    Raises:
        NotFound: there is no such entry, or it has ended.
    """
    with ledger.changing(study) as line:
        entry = line.get(number)
        if entry is None or not entry.is_open:
            raise NotFound(
                "There is no entry of this number that waits",
                which=str(number),
                todo="look at the list with: diq queue",
            )
        if not ledger.is_own(study, entry):
            entry = line.sign(replace(entry, tries=0, parent=0, message=""))
    wake(study)
    return entry


def adopt(study: Study) -> bool:
    """Take over what an earlier server left behind; return whether a worker was started.

    What runs is left alone. If anything waits, or died on the way, and no worker lives, one is
    started; it follows what runs, begins again what died and goes on with the line. It may be
    called by any number of processes at any time.
    """
    if not ledger.startable(study, ledger.entries(study)):
        return False
    return wake(study)


def wake(study: Study) -> bool:
    """Start a worker if there is work and none lives; return whether one was started."""
    with ledger.changing(study) as line:
        if not line.startable() or worker_lease.is_here(study):
            return False
        begun, log = time.time(), within(queue_folder(study), "log.txt")
        process = processes.detach(["work", "--study", str(study.path.resolve())], log)
        # Another machine's worker keeps its lease; ours stands by until that one lapses.
        if not worker_lease.elsewhere(study):
            worker_lease.write(study, process.pid, begun)
    processes.reap(process)
    return True


def has_worker(study: Study) -> bool:
    """Return whether a worker lives, here or on another machine."""
    return worker_lease.is_here(study) or worker_lease.elsewhere(study) != ""


def slots(study: Study) -> int:
    """Return how many entries may run beside each other: ``slots`` of study.toml, else 1.

    Raises:
        BadSetting: it is not a whole number of at least 1.
    """
    value = study.facts.get("slots", 1)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadSetting(
            f"'slots' is {value!r}",
            which=str(study.path / STUDY_FILE),
            todo="give the number of jobs that may run beside each other, 1 or more",
        )
    return value
