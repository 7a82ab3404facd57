"""Run one stage as the job of what it makes: the same record for terminal and experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diq_core.artefact import MANIFEST, Artefact
from diq_core.errors import Busy, Unfinished
from diq_core.jobs.order import Order
from diq_core.jobs.progress import Progress, Snapshot
from diq_core.jobs.running import running
from diq_core.study import Study

Stage = Callable[[Study, str, Progress], Artefact]


@dataclass(frozen=True)
class RankStage:
    """A stage of which this process does one rank's part.

    Attributes:
        work: does the part; raises `Unfinished`, or returns what was finished already.
        join: makes the artefact of shards that are all there.
        part: which rank of how many; see `running`.
    """

    work: Stage
    join: Stage
    part: str

    def __call__(self, study: Study, name: str, progress: Progress) -> Artefact:
        return self.work(study, name, progress)


def as_job(
    study: Study,
    order: Order,
    stage: Stage,
    *,
    watch: Callable[[Snapshot], None] | None = None,
) -> Artefact:
    """Make an artefact under the record of its job, and note there what was made.

    Raises:
        Busy: another process is making it.
    """
    with running(study, order, watch=watch) as progress:
        artefact = stage(study, order.name, progress)
        progress.end("done", result=made(artefact))
    return artefact


def as_rank(
    study: Study,
    order: Order,
    stage: RankStage,
    *,
    watch: Callable[[Snapshot], None] | None = None,
) -> Artefact | Unfinished:
    """Do one rank's part under a record of its own; who finds that nothing is missing joins.

    Returns:
        The artefact, or how many shards are there and whose are missing.

    Raises:
        Busy: the same rank runs already.
    """
    left: Unfinished | None = None
    with running(study, order, watch=watch, part=stage.part) as progress:
        try:
            artefact = stage(study, order.name, progress)
            progress.end("done", result=made(artefact))
            return artefact
        except Unfinished as error:
            left = error
            progress.end("done", message=str(error))
        except FileNotFoundError:
            # Another process joined the shards while this one computed one of them again.
            if not (study.folder(order.kind, order.name) / MANIFEST).exists():
                raise
    if left is not None and left.missing:
        return left
    try:
        return as_job(study, order, stage.join, watch=watch)
    except Busy:
        if left is None:
            raise
        return left


def made(artefact: Artefact) -> dict[str, object]:
    """Return what a finished artefact is, for a record or for ``--json``."""
    return {
        "path": str(artefact.path),
        "kind": artefact.kind,
        "name": artefact.name,
        "digest": artefact.digest,
        "counts": artefact.manifest["counts"],
    }
