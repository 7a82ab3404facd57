"""Run one stage as the job of what it makes: the same record for terminal and experiment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from diq_core.artefact import Artefact
from diq_core.jobs import job as jobs
from diq_core.jobs.progress import Progress, Snapshot
from diq_core.kinds import Kind
from diq_core.study import Study

Stage = Callable[[Study, str, Progress], Artefact]


def as_job(
    study: Study,
    kind: Kind,
    name: str,
    command: Sequence[str],
    stage: Stage,
    *,
    watch: Callable[[Snapshot], None] | None = None,
) -> Artefact:
    """Make an artefact under the record of its job, and note there what was made.

    Raises:
        Busy: another process is making it.
    """
    with jobs.running(study, kind, name, command, watch=watch) as progress:
        artefact = stage(study, name, progress)
        progress.end("done", result=made(artefact))
    return artefact


def made(artefact: Artefact) -> dict[str, object]:
    """Return what a finished artefact is, for a record or for ``--json``."""
    return {
        "path": str(artefact.path),
        "kind": artefact.kind,
        "name": artefact.name,
        "digest": artefact.digest,
        "counts": artefact.manifest["counts"],
    }
