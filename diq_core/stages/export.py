"""Write a selection as training files, with everything a stranger needs to trust them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import pyarrow as pa

from diq_core import plugins
from diq_core.artefact import Artefact
from diq_core.config import ExportSettings
from diq_core.data.answering import HEADINGS
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples
from diq_core.draft import Draft, begin, discard
from diq_core.errors import BadFile, BadSetting
from diq_core.export.croissant import croissant
from diq_core.export.datasheet import datasheet
from diq_core.export.exporters import PLUGINS, find_exporter
from diq_core.export.verdicts import Verdicts, corrected, review_facts, write_verdicts
from diq_core.export.writer import Written, write_export
from diq_core.jobs.progress import Progress
from diq_core.migrations import SCHEMA
from diq_core.privacy.gate import Decisions, Seen, look_through
from diq_core.review.log.canonical import digest
from diq_core.review.store.roles import Actor
from diq_core.stages import identifier_log
from diq_core.stages.export_also import with_all_named, write_all
from diq_core.stages.export_facts import facts_of, is_own
from diq_core.stages.export_gate import (
    WITHHELD,
    ExportGate,
    found_in_images,
    names_in,
    texts_of,
)
from diq_core.stages.export_thinking import Plan, plan_thinking
from diq_core.stages.identifier_log import IdentifiersFound
from diq_core.stages.joining import IMAGES, SAMPLES, load_table, take_by_id
from diq_core.stages.reflection_gate import require_read
from diq_core.stages.selection import SELECTION
from diq_core.study import Study

DATASHEET = "DATASHEET.md"
CROISSANT = "croissant.json"
_STEPS = ("dataset", "difficulty", "influence")


def read_verdicts(
    study: Study, settings: ExportSettings, selection: Artefact, actor: Actor
) -> Verdicts:
    """Return the verdicts on the kept samples as they are now.

    Raises:
        NotFound: nothing was reviewed in this study.
        NotAllowed: the actor may not see others' judgements.
    """
    from diq_core.stages.reviewed import frozen_verdicts

    samples, _ = kept_samples(selection, study.resolve(selection, "dataset"))
    return frozen_verdicts(study, samples, actor, names=settings.reviewer_names)


def look_ahead(
    study: Study,
    selection: Artefact,
    format: str,
    verdicts: Verdicts | None = None,
    *,
    read_images: bool = False,
) -> Seen:
    """Return what the gate would see of an export, before one is written; nothing is kept."""
    dataset = study.resolve(selection, "dataset")
    samples, _ = kept_samples(selection, dataset)
    samples = corrected(samples, verdicts) if verdicts else samples
    decisions = identifier_log.decisions(study)
    drawn, _ = found_in_images(samples, dataset, decisions, read=read_images)
    named = [*names_in(verdicts, decisions), *drawn]
    return look_through(texts_of(samples, format, Plan(HEADINGS)), decisions, found=named)


def unread_images(study: Study, selection: Artefact) -> tuple[int, str]:
    """Return how many images the kept samples show, and why the import did not look for text that
    is drawn into them ("" = it did, or there are none)."""
    dataset = study.resolve(selection, "dataset")
    samples, _ = kept_samples(selection, dataset)
    shown = {name for sample in samples for name in sample.images}
    return len(shown), found_in_images(samples, dataset, Decisions())[1]


def run(
    study: Study,
    name: str,
    settings: ExportSettings,
    progress: Progress,
    *,
    selection: Artefact,
    verdicts: Verdicts | None = None,
    by: str = "",
    leave_out: bool = False,
    then: Mapping[str, Any] | None = None,
    schema: int = SCHEMA,
) -> Artefact:
    """Write the kept samples in rank order, ``DATASHEET.md``, ``croissant.json`` and, in the
    manifest, the recipe: the manifests of every step that led here.

    Args:
        verdicts: by `read_verdicts`, where the settings want them. They are frozen here: written
            beside the samples, and into the manifest, from which the export can be repeated.
        by: who writes it, for the log, if they let identifiers pass.
        leave_out: leave out what may tell who a patient is, whatever the settings say.
        then: what the gate said when this export was first written; None = it is asked now.
        schema: the version of the settings by which it was written first; see `migrations`.

    Raises:
        IdentifiersFound: what would be written may tell who a patient is, nobody decided about it,
            and nobody answers for it.
        BadFile: the export is there already, and its images may hold metadata.
    """
    find_exporter(settings.format)
    settings = with_all_named(settings)
    if settings.verdicts != (verdicts is not None):
        raise ValueError("verdicts belong to settings that want them")
    who = identifier_log.answerable(settings.release_role, settings.release_reason, by)
    gate = ExportGate(
        study, name, identifier_log.decisions(study), who,
        leave_out or settings.leave_out_identifiers, settings.read_images, then=then,
    )  # fmt: skip
    inputs = {"selection": study.reference(selection)}
    if verdicts:
        inputs["verdicts"] = {"path": "reviews", "digest": digest(verdicts.as_dict())}
    draft = begin(
        study.folder("export", name),
        kind="export",
        settings=settings.model_dump(mode="json"),
        inputs=inputs,
        schema=schema,
    )
    if not isinstance(draft, Draft):
        require_bare_images(draft)
        return draft
    try:
        return _filled(study, name, settings, progress, draft, gate, selection, verdicts)
    except (BadSetting, IdentifiersFound):
        # Nothing of it may stay, and the settings that put it right are other ones.
        discard(study.folder("export", name))
        raise


def _filled(
    study: Study,
    name: str,
    settings: ExportSettings,
    progress: Progress,
    draft: Draft,
    gate: ExportGate,
    selection: Artefact,
    verdicts: Verdicts | None,
) -> Artefact:
    roles = [role for role in selection.manifest["inputs"] if role in _STEPS or is_own(role)]
    steps = {role: study.resolve(selection, role) for role in sorted(roles, key=_place)}
    for step in (selection, *steps.values()):
        step.require_whole()
    samples, chosen = kept_samples(selection, steps["dataset"])
    read = require_read(samples, verdicts, settings.waive_review)
    samples = corrected(samples, verdicts) if verdicts else samples
    dataset = steps["dataset"]
    plan = plan_thinking(settings, steps.get("influence"), progress.say)
    progress.say("Looking for patients' identifiers")
    unwritable = plan.unwritable(samples)
    written_ones = [sample for sample in samples if sample.id not in unwritable]
    gate.look_at_samples(written_ones, dataset, (settings.format, *settings.also), plan)
    progress.say("Writing")
    images = dataset.folder(IMAGES) if dataset.holds(IMAGES) else None
    withheld = unwritable | dict.fromkeys(gate.withheld, WITHHELD)
    every = write_all(settings, draft.path, lambda folder, format: write_export(
        samples, folder, format, images=images, style=plan.style, render=plan.render,
        withheld=withheld,
    ))  # fmt: skip
    written = every.pop(settings.format)
    facts = facts_of(
        study, name, settings, {**steps, "selection": selection}, samples, chosen, written,
        schema=draft.schema,
    )  # fmt: skip
    also = {format: one.counts["exported"] for format, one in every.items()}
    gaps = (*facts.known_gaps, *read.sentences)
    facts = replace(facts, thinking=plan.sentence, also=also, known_gaps=gaps)
    about = None
    if verdicts:
        gone = {id for id, _ in written.dropped}
        exported = [sample for sample in samples if sample.id not in gone]
        about = verdicts.only({sample.id for sample in exported})
        facts = replace(facts, review=review_facts(about, exported))
    looked = gate.look_beside(facts, about)
    facts = replace(facts, identifiers=looked)
    if about:
        files = write_verdicts(about, draft.path)
        written = replace(written, files=tuple(sorted((*written.files, *files))))
    for file, text in (
        (DATASHEET, datasheet(facts)),
        (CROISSANT, croissant(facts, written, draft.path)),
    ):
        (draft.path / file).write_text(text, encoding="utf-8", newline="\n")
    recipe = {
        role: {**step.manifest, "name": step.name}
        for role, step in {**steps, "selection": selection}.items()
    }
    return draft.finish(
        counts=written.counts,
        facts={
            "study": study.title,
            "recipe": recipe,
            **_about_gate(looked, verdicts, gate.withheld),
            **_about_images(written),
            **read.facts,
            **plan.facts,
            **plugins.used(*((PLUGINS, name) for name in (settings.format, *settings.also))),
        },
    )


def _about_gate(
    looked: Mapping[str, Any] | None, verdicts: Verdicts | None, withheld: Collection[str]
) -> dict[str, Any]:
    """Return what a manifest says of the gate, and the verdicts without those it kept back."""
    said: dict[str, Any] = {} if looked is None else {"identifiers": dict(looked)}
    if verdicts:
        passed = verdicts.without(withheld)
        said["verdicts"] = passed.as_dict()
        if withheld:
            said["verdicts_digest"] = digest(passed.as_dict())
    return said


def removed_from_images(export: Artefact) -> dict[str, int] | None:
    """Return kind of metadata → images that it was left out of.

    None = the export has images, and an older version copied them as they were imported.
    """
    if not export.manifest["counts"]["images"]:
        return {}
    about = export.manifest["facts"].get("images")
    return dict(about["removed"]) if about else None


def require_bare_images(export: Artefact) -> None:
    """Refuse an export whose images may hold metadata.

    Raises:
        BadFile: an older version copied its images as they were imported.
    """
    if removed_from_images(export) is None:
        raise BadFile(
            "An older version of DIQ Studio made this export and copied its images as they were, "
            "with whatever they hold besides the picture",
            which=str(export.path),
            todo="write the export again under another name, and pass on that one",
        )


def _about_images(written: Written) -> dict[str, Any]:
    if not written.counts["images"]:
        return {}
    # The encoder decides the bytes.
    return {"images": {"removed": dict(written.removed), "encoder": f"pillow {version('pillow')}"}}


def _place(role: str) -> tuple[int, str]:
    """Return the place of a step among those that led to a selection."""
    return (_STEPS.index(role) if role in _STEPS else len(_STEPS)), role


def kept_samples(selection: Artefact, dataset: Artefact) -> tuple[list[Sample], pa.Table]:
    """Return what a selection keeps, the best first, and its rows of the selection."""
    table = load_table(selection, SELECTION)
    chosen = table.filter(table["kept"]).sort_by("rank")
    rows = take_by_id(load_table(dataset, SAMPLES), chosen["id"].combine_chunks())
    return load_samples(rows), chosen
