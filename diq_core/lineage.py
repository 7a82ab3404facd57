"""What was made of what, and when: which artefact of a study somebody means who names another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import cast

from diq_core.artefact import MANIFEST, Artefact, open_artefact
from diq_core.errors import NotFound, UserError
from diq_core.jobs import standing
from diq_core.kinds import ARTEFACTS, Kind, leading_to
from diq_core.study import Study

Line = frozenset[tuple[str, str]]
"""Kind and digest of an artefact and of everything it was made of."""


def line_of(study: Study, artefact: Artefact) -> Line:
    """Return kind and digest of `artefact` and of everything in the study that it was made of.

    A line ends at an input that is gone or was replaced: what lies there now is something else.
    """
    found = {(artefact.kind, artefact.digest)}
    # What a dataset was added to or mixed of is not what its scores are of.
    if artefact.kind == "dataset":
        return frozenset(found)
    for role, entry in artefact.manifest["inputs"].items():
        kind = entry["path"].partition("/")[0]
        if kind in ARTEFACTS and kind != artefact.kind:
            with suppress(NotFound):
                found |= line_of(study, study.resolve(artefact, role))
    return frozenset(found)


def go_together(study: Study, one: Artefact, other: Artefact) -> bool:
    """Return whether two artefacts can be looked at side by side.

    They can if, of every kind that both of them are or were made of, they share one: scores and a
    selection of the same dataset, an export and its very selection.
    """
    first, second = line_of(study, one), line_of(study, other)
    shared = {kind for kind, _ in first} & {kind for kind, _ in second}
    return shared == {kind for kind, _ in first & second}


def meant(
    study: Study, found: Iterable[Artefact], kind: Kind, named: Sequence[Artefact]
) -> Artefact | None:
    """Return which of `found` is meant where `named` are looked at: the newest that belongs there.

    What `named` was made of belongs there, and what was made of them; None = nothing does.

    Args:
        found: finished artefacts of `kind`.
    """
    before = set(leading_to(kind))
    fitting = [
        one
        for one in found
        if all(
            go_together(study, one, other)
            and (other.kind not in before or (other.kind, other.digest) in line_of(study, one))
            for other in named
        )
    ]
    return newest(study, fitting)


def newest(study: Study, found: Iterable[Artefact]) -> Artefact | None:
    """Return the artefact that was made last; None = there is none."""
    return max(found, key=lambda one: (made_at(study, one), one.name), default=None)


def made_at(study: Study, artefact: Artefact) -> float:
    """Return when an artefact was made, in seconds since 1970.

    The record of its job says so. Without one (it came from elsewhere, or no job made it) it is
    when its manifest was written, which a copy of the folder may have forgotten.
    """
    with suppress(UserError):
        job = standing.record(study, cast(Kind, artefact.kind), artefact.name).job
        if job is not None and job.state == "done" and job.finished:
            return job.finished
    return (artefact.path / MANIFEST).stat().st_mtime


def find_named(study: Study, kind: Kind, name: str) -> Artefact | None:
    """Return the finished artefact `name`; None where there is none, or there cannot be one."""
    with suppress(UserError):
        return open_artefact(study.folder(kind, name))
    return None
