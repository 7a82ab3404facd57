"""Find again the files of questions that evaluations were made with, by their bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from diq_core.artefact import Artefact
from diq_core.errors import BadFile
from diq_core.jobs import standing
from diq_core.stages.sources import SHIPPED_BENCHMARKS, source_digest
from diq_core.study import Study

_ROLE = "benchmark "


def question_files(study: Study, evaluations: Sequence[Artefact]) -> tuple[list[str], list[str]]:
    """Return where the questions lie that all of these evaluations were asked, and the names of
    the files among them that are nowhere to be found.

    Looked at are the shipped files, what was uploaded to the study, and what the study's jobs were
    given; a file counts only with the very bytes that the evaluations read.
    """
    asked = [_asked(one) for one in evaluations]
    common = [entry for entry in asked[0] if all(entry in other for other in asked[1:])]
    given = list(_given(study))
    found, missing = [], []
    for _, name, digest in common:
        # A hub id is found under its own name.
        candidates = [name, *(path for path in given if _may_be(Path(path), Path(name)))]
        here = next((path for path in candidates if source_digest(path) == digest), None)
        if here is None:
            missing.append(name)
        else:
            found.append(here)
    return found, missing


def _asked(evaluation: Artefact) -> list[tuple[str, str, str]]:
    inputs: Mapping[str, Mapping[str, str]] = evaluation.manifest["inputs"]
    return [
        (role, each["path"], each["digest"])
        for role, each in inputs.items()
        if role.startswith(_ROLE)
    ]


def _may_be(path: Path, wanted: Path) -> bool:
    # An upload whose name was taken got a part of its digest into it.
    alike = path.stem == wanted.stem or path.stem.startswith(f"{wanted.stem}-")
    return alike and path.suffix == wanted.suffix


def _given(study: Study) -> Iterator[str]:
    yield from map(str, SHIPPED_BENCHMARKS.values())
    if study.uploads_folder.is_dir():
        for file in sorted(study.uploads_folder.iterdir()):
            if not file.is_symlink():
                yield str(file)
    for job in standing.all_jobs(study):
        if job.order is not None:
            # A link in the study is no file to look into.
            with suppress(BadFile):
                yield from job.order.at(study).inputs.get("benchmark", ())
