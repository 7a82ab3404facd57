"""Import: a file in, every readable sample and every problem out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq

from diq_core import plugins
from diq_core.artefact import Artefact
from diq_core.config import ImportSettings
from diq_core.data.alike import ALIKE, matches_table
from diq_core.data.formats import PLUGINS
from diq_core.data.importing import import_samples
from diq_core.data.table import write_problems, write_samples
from diq_core.draft import Draft, begin, discard
from diq_core.errors import UserError
from diq_core.jobs.progress import Progress
from diq_core.stages.joining import IMAGES, PROBLEMS, SAMPLES
from diq_core.stages.sources import SHIPPED_VALIDATION, read_questions, source_reference
from diq_core.study import Study


def run(
    study: Study,
    name: str,
    settings: ImportSettings,
    progress: Progress,
    *,
    source: str,
    validation: Sequence[str] | None = None,
    benchmark: Sequence[str] = (),
) -> Artefact:
    """Write ``samples.parquet``, ``problems.parquet`` and ``images/``.

    Args:
        source: file, folder or hub id.
        validation: files of validation questions that the samples are compared with; None =
            those that ship with the app.
        benchmark: files of test questions that the samples are compared with.
    """
    held_out = [str(SHIPPED_VALIDATION)] if validation is None else list(validation)
    others = {
        **{f"validation-{number}": file for number, file in enumerate(held_out)},
        **{f"benchmark-{number}": file for number, file in enumerate(benchmark)},
    }
    draft = begin(
        study.folder("dataset", name),
        kind="dataset",
        settings=settings.model_dump(mode="json"),
        inputs={
            "source": source_reference(source),
            **{role: source_reference(file) for role, file in others.items()},
        },
    )
    if not isinstance(draft, Draft):
        return draft
    progress.say("Reading")
    against = {
        f"{role.split('-')[0]} questions ({Path(file).name})": read_questions(file)
        for role, file in others.items()
    }
    try:
        imported = import_samples(
            source,
            **settings.model_dump(),
            against=against,
            images_to=draft.path / IMAGES,
            folder=draft.path,
            tick=_ticker(progress),
        )
    except UserError:
        # Nothing of it could be continued, and the settings that put it right are other ones.
        discard(study.folder("dataset", name))
        raise
    progress.say("Writing")
    write_samples(draft.path / SAMPLES, imported.samples, imported.excluded)
    write_problems(draft.path / PROBLEMS, imported.findings)
    if imported.matches:
        pq.write_table(matches_table(imported.matches), draft.path / ALIKE)
    return draft.finish(
        counts=imported.counts,
        facts={
            "format": imported.format,
            "reason": imported.reason,
            "kind": imported.kind,
            "unused": [asdict(each) for each in imported.unused],
            **plugins.used((PLUGINS, imported.format.removesuffix("+mapping"))),
        },
    )


def _ticker(progress: Progress) -> Callable[[str, int], None]:
    """Return a reporter that touches the disk for every thousandth row only."""

    def tick(doing: str, done: int) -> None:
        if done % 1000 == 0:
            progress.say(f"{doing}: {done:,}")

    return tick
