"""Work that is recorded as a job while it goes on, whoever started its process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from diq_core.errors import Stopped, UserError
from diq_core.jobs import lease
from diq_core.jobs import record as records
from diq_core.jobs.order import Order
from diq_core.jobs.phases import STARTING
from diq_core.jobs.processes import ENTRY, HOST
from diq_core.jobs.progress import Progress, Snapshot
from diq_core.jobs.record import PROGRESS
from diq_core.jobs.signing import sign
from diq_core.shortage import in_words
from diq_core.study import Study


@contextmanager
def running(
    study: Study,
    order: Order,
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
    order = order.kept(study)
    kind, name = order.kind, order.name
    folder = study.job_folder(kind, name) / part
    place, work = str(study.path), f"{kind} '{name}'"
    with in_words(place=place), records.held(folder, kind, name), _stop_on_sigterm():
        first = Snapshot(
            "running",
            kind,
            name,
            order=order,
            signature=sign(study, order.text),
            pid=os.getpid(),
            message=STARTING,
            host=HOST,
            entry=int(os.environ.get(ENTRY) or 0),
        )
        progress = Progress(folder / PROGRESS, first, watch)
        try:
            with lease.beating(progress.beat), in_words(place=place, work=work):
                yield progress
        except BaseException as error:
            # On a full disk the record cannot be written either; the error itself matters.
            with suppress(OSError):
                _end_badly(progress, error)
            raise
        if progress.snapshot.state == "running":
            progress.end("done")


def _end_badly(progress: Progress, error: BaseException) -> None:
    if progress.snapshot.state != "running":
        return
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
