"""Import: a file in, every readable sample and every problem out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import pyarrow.parquet as pq

from diq_core import plugins
from diq_core.artefact import Artefact
from diq_core.config import ImportSettings
from diq_core.data.alike import ALIKE, matches_table
from diq_core.data.formats import PLUGINS
from diq_core.data.importing import import_samples
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples, write_problems, write_samples
from diq_core.draft import Draft, begin, discard
from diq_core.errors import BadFile, UserError
from diq_core.jobs.progress import Progress
from diq_core.privacy.gate import Decisions, without_identifiers
from diq_core.privacy.tagger import load_tagger
from diq_core.remote.fetching import at_hand
from diq_core.stages import identifier_log
from diq_core.stages.identifier_log import LOG
from diq_core.stages.identifiers import IDENTIFIERS, Gate, Images, without_found
from diq_core.stages.joining import IMAGES, PROBLEMS, SAMPLES, load_table
from diq_core.stages.shared_images import FACT as SHARED
from diq_core.stages.shared_images import read_held_out, shared_with
from diq_core.stages.sources import SHIPPED_VALIDATION, source_reference
from diq_core.study import Study

_EVERY = 0.3
ONTO = "onto"
"""Role of the dataset that a file was added to among the inputs of a dataset."""
MIX = "mix"
"""Role of the mixture that a dataset was written by."""
DECIDED = "decisions"
"""Role of the decisions about identifiers among the inputs of a dataset."""


def run(
    study: Study,
    name: str,
    settings: ImportSettings,
    progress: Progress,
    *,
    source: str,
    validation: Sequence[str] | None = None,
    benchmark: Sequence[str] = (),
    onto: Artefact | None = None,
    decisions: Decisions | None = None,
    gated: bool = True,
) -> Artefact:
    """Write ``samples.parquet``, ``problems.parquet``, ``images/`` and, where there is something to
    tell, ``alike.parquet`` and ``identifiers.parquet``.

    Args:
        source: file, folder, hub id or address.
        validation: files of validation questions that the samples are compared with; None =
            those that ship with the app.
        benchmark: files of test questions that the samples are compared with.
        onto: the dataset that the file is added to: its samples come first, and its choices of what
            is kept and left out still hold.
        decisions: about identifiers; None = those of the study's log.
        gated: whether identifiers are looked for; earlier versions looked for none.
    """
    held_out = [str(SHIPPED_VALIDATION)] if validation is None else list(validation)
    with at_hand([source, *held_out, *benchmark], progress.say) as (here, *questions):
        return _imported(
            study, name, settings, progress, source=here, held_out=questions[: len(held_out)],
            benchmark=questions[len(held_out) :], onto=onto, decisions=decisions, gated=gated,
        )  # fmt: skip


def _imported(
    study: Study,
    name: str,
    settings: ImportSettings,
    progress: Progress,
    *,
    source: str,
    held_out: Sequence[str],
    benchmark: Sequence[str],
    onto: Artefact | None,
    decisions: Decisions | None,
    gated: bool,
) -> Artefact:
    decided = identifier_log.decisions(study) if decisions is None else decisions
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
            **({ONTO: study.reference(onto)} if onto else {}),
            **({DECIDED: {"path": LOG, "digest": decided.digest}} if len(decided) else {}),
        },
    )
    if not isinstance(draft, Draft):
        return draft
    progress.say("Reading")
    held = read_held_out(others)
    try:
        gate = _gate(settings, decided, draft.path / IMAGES)
        shared = shared_with(
            held.shown, draft.path / IMAGES, leave_out=settings.leave_out_shared_images
        )
        imported = import_samples(
            source,
            **_reading(study, settings, onto),
            before=_before(onto, draft.path),
            against=held.against,
            images_to=draft.path / IMAGES,
            folder=draft.path,
            further=lambda sample: [
                *(gate.look_at(sample) if gated else ()),
                *shared.look_at(sample),
            ],
            hide=lambda column, example: without_identifiers(example, column),
            tick=_ticker(progress),
        )
    except UserError as error:
        # Nothing of it could be continued, and the settings that put it right are other ones.
        discard(study.folder("dataset", name))
        raise without_found(error) from None
    progress.say("Writing")
    said = (replace(each, message=gate.hide(each.id, each.message)) for each in imported.findings)
    write_samples(draft.path / SAMPLES, imported.samples, imported.excluded)
    write_problems(draft.path / PROBLEMS, said)
    if imported.matches:
        pq.write_table(matches_table(imported.matches), draft.path / ALIKE)
    if gate.found_any:
        pq.write_table(gate.table(imported.samples), draft.path / IDENTIFIERS)
    return draft.finish(
        counts=imported.counts,
        facts={
            "format": imported.format,
            "reason": imported.reason,
            "kind": imported.kind,
            "unused": [asdict(each) for each in imported.unused],
            **({"identifiers": gate.facts()} if gated else {}),
            **({SHARED: shared.facts()} if shared.facts() else {}),
            **plugins.used((PLUGINS, imported.format.removesuffix("+mapping"))),
        },
    )


def require_not_added(inputs: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse to make a dataset again that was added to another one, or mixed of several: no
    manifest holds all of them.

    Raises:
        BadFile: it was.
    """
    if MIX in inputs:
        raise BadFile(
            "The dataset was mixed of other datasets, which this manifest does not hold",
            which=inputs[MIX]["path"],
            todo="import their files, mix them with the settings of the mixture, and go on from "
            "there",
        )
    if ONTO in inputs:
        raise BadFile(
            "The dataset was made by adding a file to another dataset, which this manifest does "
            "not hold",
            which=inputs[ONTO]["path"],
            todo="import both files in their order, the second with --onto, and go on from there",
        )


def _reading(study: Study, settings: ImportSettings, onto: Artefact | None) -> dict[str, Any]:
    """Return how the file is read, with what was chosen of the samples that it is added to."""
    reading = settings.reading()
    for name in ("keep", "leave_out"):
        chosen, earlier = set(getattr(settings, name)), onto
        while earlier is not None:
            chosen |= {*earlier.settings.get(name, ())}
            earlier = study.resolve(earlier, ONTO) if earlier.input(ONTO) else None
        reading[name] = tuple(sorted(chosen))
    return reading


def _before(onto: Artefact | None, folder: Path) -> list[Sample]:
    """Return the samples of the earlier dataset; their images are copied into the new one."""
    if onto is None:
        return []
    for name in onto.manifest["files"]:
        if name.startswith(f"{IMAGES}/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            copyfile(onto.file(name), folder / name)
    return load_samples(load_table(onto, SAMPLES))


def _gate(settings: ImportSettings, decided: Decisions, images: Path) -> Gate:
    finder = load_tagger(Path(settings.name_finder)) if settings.name_finder else None
    reader = Images(images, wanted=settings.read_images)
    return Gate(decided, reader, exclude=settings.exclude_identifiers, tagger=finder)


def _ticker(progress: Progress) -> Callable[[str, int], None]:
    """Return a reporter that says at once what is being done, and then a few times a second."""
    said, when = "", 0.0

    def tick(doing: str, done: int) -> None:
        nonlocal said, when
        now = time.monotonic()
        if doing != said or now - when >= _EVERY:
            said, when = doing, now
            progress.say(f"{doing}: {done:,}")

    return tick
