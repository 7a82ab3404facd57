"""Write a selection as training files, with everything a stranger needs to trust them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from diq_core import plugins
from diq_core.artefact import Artefact
from diq_core.config import ExportSettings
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples
from diq_core.draft import Draft, begin
from diq_core.errors import BadFile
from diq_core.export.croissant import croissant
from diq_core.export.datasheet import datasheet
from diq_core.export.exporters import PLUGINS, find_exporter
from diq_core.export.facts import Cut, DatasheetFacts, Scorer, composition_of, lengths_of
from diq_core.export.verdicts import Verdicts, corrected, review_facts, write_verdicts
from diq_core.export.writer import Written, write_export
from diq_core.jobs.progress import Progress
from diq_core.review.log.canonical import digest
from diq_core.review.store.roles import Actor
from diq_core.score import AXES
from diq_core.selection.scores import is_absent
from diq_core.selection.strategies import find_strategy
from diq_core.stages.export_thinking import plan_thinking
from diq_core.stages.joining import IMAGES, SAMPLES, load_scores, load_table, take_by_id
from diq_core.stages.selection import OWN, SELECTION
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

    samples, _ = _kept(selection, study.resolve(selection, "dataset"))
    return frozen_verdicts(study, samples, actor, names=settings.reviewer_names)


def run(
    study: Study,
    name: str,
    settings: ExportSettings,
    progress: Progress,
    *,
    selection: Artefact,
    verdicts: Verdicts | None = None,
) -> Artefact:
    """Write the kept samples in rank order, ``DATASHEET.md``, ``croissant.json`` and, in the
    manifest, the recipe: the manifests of every step that led here.

    Args:
        verdicts: by `read_verdicts`, where the settings want them. They are frozen here: written
            beside the samples, and into the manifest, from which the export can be repeated.

    Raises:
        BadFile: the export is there already, and its images may hold metadata.
    """
    find_exporter(settings.format)
    if settings.verdicts != (verdicts is not None):
        raise ValueError("verdicts belong to settings that want them")
    inputs = {"selection": study.reference(selection)}
    if verdicts:
        inputs["verdicts"] = {"path": "reviews", "digest": digest(verdicts.as_dict())}
    draft = begin(
        study.folder("export", name),
        kind="export",
        settings=settings.model_dump(mode="json"),
        inputs=inputs,
    )
    if not isinstance(draft, Draft):
        require_bare_images(draft)
        return draft
    progress.say("Writing")
    roles = [role for role in selection.manifest["inputs"] if role in _STEPS or _is_own(role)]
    steps = {role: study.resolve(selection, role) for role in sorted(roles, key=_place)}
    for step in (selection, *steps.values()):
        step.require_whole()
    samples, chosen = _kept(selection, steps["dataset"])
    samples = corrected(samples, verdicts) if verdicts else samples
    dataset = steps["dataset"]
    plan = plan_thinking(settings, steps.get("influence"), progress.say)
    written = write_export(
        samples,
        draft.path,
        settings.format,
        images=dataset.folder(IMAGES) if dataset.holds(IMAGES) else None,
        style=plan.style,
        render=plan.render,
    )
    facts = _facts(
        study, name, settings, {**steps, "selection": selection}, samples, chosen, written
    )
    facts = replace(facts, thinking=plan.sentence)
    if verdicts:
        gone = {id for id, _ in written.dropped}
        exported = [sample for sample in samples if sample.id not in gone]
        about = verdicts.only({sample.id for sample in exported})
        files = write_verdicts(about, draft.path)
        written = replace(written, files=tuple(sorted((*written.files, *files))))
        facts = replace(facts, review=review_facts(about, exported))
    for file, text in (
        (DATASHEET, datasheet(facts)),
        (CROISSANT, croissant(facts, written, draft.path)),
    ):
        (draft.path / file).write_text(text, encoding="utf-8", newline="\n")
    recipe = {
        role: {**step.manifest, "name": step.name}
        for role, step in {**steps, "selection": selection}.items()
    }
    said = {"verdicts": verdicts.as_dict()} if verdicts else {}
    return draft.finish(
        counts=written.counts,
        facts={
            "study": study.title,
            "recipe": recipe,
            **said,
            **_about_images(written),
            **plan.facts,
            **plugins.used((PLUGINS, settings.format)),
        },
    )


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


def own_origin(scores: Artefact) -> str:
    """Return where an own score comes from: a file, or what measured it."""
    source = scores.input("source")
    return source["path"] if source else f"measured by {scores.manifest['settings']['measure']}"


def _is_own(role: str) -> bool:
    return role.startswith(OWN)


def _place(role: str) -> tuple[int, str]:
    """Return the place of a step among those that led to a selection."""
    return (_STEPS.index(role) if role in _STEPS else len(_STEPS)), role


def _kept(selection: Artefact, dataset: Artefact) -> tuple[list[Sample], pa.Table]:
    table = load_table(selection, SELECTION)
    chosen = table.filter(table["kept"]).sort_by("rank")
    rows = take_by_id(load_table(dataset, SAMPLES), chosen["id"].combine_chunks())
    return load_samples(rows), chosen


def _facts(
    study: Study,
    name: str,
    settings: ExportSettings,
    steps: Mapping[str, Artefact],
    samples: list[Sample],
    chosen: pa.Table,
    written: Written,
) -> DatasheetFacts:
    dataset, selection = steps["dataset"], steps["selection"]
    how, counts = selection.settings, selection.manifest["counts"]
    gone = {id for id, _ in written.dropped}
    exported = [sample for sample in samples if sample.id not in gone]
    own = [step for role, step in steps.items() if _is_own(role)]
    scores = load_scores(dataset, None, None, own=own, only=())
    lengths = [int(words) for words in scores["length"][is_absent(scores.excluded)]]
    strategy = find_strategy(how["strategy"])
    uses_quadrants = strategy.cuts and (how["quadrants"] or not strategy.fills)
    by_weight = strategy.fills and how["rule"] == "weight"
    across, up = axes = tuple(how.get("axes", AXES))
    cuts = selection.manifest["facts"]["cuts"] or dict.fromkeys(axes)
    quadrant = chosen["quadrant"].filter(
        pc.invert(pc.is_in(chosen["id"], pa.array(gone, pa.string())))
    )
    found = dataset.manifest["counts"]
    return DatasheetFacts(
        name=name,
        study=study.title,
        selection=selection.name,
        dataset=dataset.name,
        dataset_digest=dataset.digest,
        format=settings.format,
        composition=composition_of(exported),
        pool_size=found["samples"],
        pool_lengths=lengths_of(lengths),
        excluded=found["excluded"],
        problems=found["findings"],
        unscored=_unscored(selection),
        strategy=strategy.label,
        budget=how["budget"],
        aspect=how["aspect"],
        rule=how["rule"] if strategy.fills else None,
        weight=how["weight"] if by_weight else None,
        difficulty_cut=Cut(how["difficulty_cut"], cuts[across]) if uses_quadrants else None,
        influence_cut=Cut(how["influence_cut"], cuts[up]) if uses_quadrants else None,
        quadrants=dict(
            sorted(Counter(word or "unscored" for word in quadrant.to_pylist()).items())
        ),
        axes=(scores.describe(across), scores.describe(up)),
        own=tuple((scores.describe(step.name), own_origin(step)) for step in own),
        pool_quadrants=counts["quadrants"]["pool"],
        difficulty=_scorer(steps.get("difficulty")),
        influence=_scorer(steps.get("influence")),
        validation_tasks=_tasks(steps.get("influence")),
        seeds=_seeds(steps),
        selected=counts["kept"],
        put_in=len(how.get("put_in", ())),
        taken_out=len(how.get("taken_out", ())),
        rejected=len(how.get("rejected", ())),
        dropped=written.dropped,
        images=written.counts["images"],
        removed=written.removed,
        reproduce=f"diq reproduce {name}/manifest.json --source "
        f"{dataset.manifest['inputs']['source']['path']} --study NEW_FOLDER",
    )


def _unscored(selection: Artefact) -> dict[str, int]:
    """Return reason → how many samples could not be chosen for want of a score."""
    mark = "Out: not scored"
    reasons = load_table(selection, SELECTION, ["reason"])["reason"]
    texts = reasons.filter(pc.starts_with(reasons, mark)).to_pylist()
    return dict(Counter(text.removeprefix(mark).strip(" —:-") for text in texts).most_common())


def _scorer(step: Artefact | None) -> Scorer | None:
    if step is None:
        return None
    facts = step.manifest["facts"]
    model = facts["model"]
    details = {"device": f"{model['device']}, {model['dtype']} ({model['reason']})"}
    if step.kind == "influence":
        engine, settings = facts["engine"], step.settings
        details = {
            "parameters": f"{facts['parameters']} parameters of the language model",
            "engine": f"{engine['name']}, relative error {engine['relative_error']:.1e} against "
            f"autograd on {len(engine['samples'])} samples",
            "tokens": f"up to {settings['max_tokens']:,} a sample",
            **details,
        }
    return Scorer(model["name"], model["digest"], details)


def _tasks(influence: Artefact | None) -> dict[str, int]:
    if influence is None:
        return {}
    tasks = influence.manifest["facts"]["validation"]["tasks"]
    return {task["task"]: len(task["ids"]) for task in tasks}


def _seeds(steps: Mapping[str, Artefact]) -> dict[str, int]:
    words = {"influence": "draw of validation questions", "selection": "random strategy"}
    found: dict[str, Any] = {}
    for role, what in words.items():
        if role in steps:
            found[what] = steps[role].settings["seed"]
    return found
