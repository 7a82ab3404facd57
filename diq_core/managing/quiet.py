"""Nothing is moved while somebody works with it: running jobs, waiting ones, and their locks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from diq_core.artefact import Artefact
from diq_core.errors import Busy, UserError
from diq_core.jobs import ledger, standing
from diq_core.jobs import record as records
from diq_core.jobs.order import IN_STUDY, Order
from diq_core.jobs.progress import ACTIVE, Snapshot
from diq_core.kinds import ARTEFACTS, Kind
from diq_core.lineage import line_of
from diq_core.managing.resting import Thing
from diq_core.study import Study

_AT_WORK = ("queued", *ACTIVE)


@contextmanager
def quiet(study: Study, things: Collection[Thing]) -> Iterator[None]:
    """Hold the study's line of jobs and the records of `things`: none of it is begun meanwhile.

    Raises:
        Busy: a job makes one of them or reads it, runs or waits; another process holds the line.
    """
    with ledger.changing(study), ExitStack() as held:
        refuse_at_work(study, things)
        for kind, name in sorted({(one.kind, one.name) for one in things}):
            held.enter_context(records.held(study.job_folder(kind, name), kind, name))
        yield


def refuse_at_work(study: Study, things: Collection[Thing]) -> None:
    """Refuse what a job that runs or waits makes, reads, or reads what was made of.

    Raises:
        Busy: there is such a job; the first one is named.
    """
    digests = set(_digests(study, things))
    for job in standing.all_jobs(study):
        if job.state in _AT_WORK and _touches(study, job, things, digests):
            waits = job.state == "queued"
            raise Busy(
                f"The {job.kind} '{job.name}' {'waits in the queue' if waits else 'is being made'} "
                "and needs it",
                which=", ".join(one.title for one in things),
                todo="wait until it is finished, or stop it first",
            )


def _digests(study: Study, things: Collection[Thing]) -> Iterator[str]:
    for one in things:
        with suppress(UserError, OSError):
            yield Artefact(one.folder(study)).digest


def _touches(study: Study, job: Snapshot, things: Collection[Thing], digests: set[str]) -> bool:
    if any((one.kind, one.name) == (job.kind, job.name) for one in things):
        return True
    # The arms of an experiment are called after it, and it makes them one by one.
    if job.kind == "experiment" and any(one.name.startswith(f"{job.name}-") for one in things):
        return True
    # What cannot be understood may read anything.
    return job.order is None or any(
        one in things or digests & made_of for one, made_of in _read(study, job.order)
    )


def _read(study: Study, order: Order) -> Iterator[tuple[Thing, set[str]]]:
    """Yield each artefact that an order names or means, and what that was made of."""
    for kind, name in _named(order):
        with suppress(UserError):
            found = study.find(kind, name)
            made_of = {digest for _, digest in line_of(study, found)} - {found.digest}
            yield Thing(kind, found.name), made_of


def _named(order: Order) -> Iterator[tuple[Kind, str | None]]:
    for what, value in order.names():
        for kind in ARTEFACTS:
            if kind == what:
                yield kind, value
            elif value and what == "file" and value.startswith(f"{IN_STUDY}{kind}/"):
                yield kind, value.removeprefix(f"{IN_STUDY}{kind}/").partition("/")[0]


def titles(things: Sequence[Thing], shown: int = 8) -> str:
    """Return things in a line, e.g. ``"export 'main', run 'a' and 3 more"``."""
    more = f" and {len(things) - shown} more" if len(things) > shown else ""
    return ", ".join(one.title for one in things[:shown]) + more
