"""What a datasheet says of an export, gathered from the steps that led to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings
from diq_core.data.sample import Sample
from diq_core.errors import BadFile
from diq_core.export.facts import Cut, DatasheetFacts, MixedSource, Scorer, composition_of
from diq_core.export.writer import Written
from diq_core.migrations import TEXT_ALONE
from diq_core.score import AXES
from diq_core.selection.scores import Scores, is_absent
from diq_core.selection.strategies import find_strategy
from diq_core.stages.dataset import MIX, require_not_added
from diq_core.stages.export_lengths import as_scored, response_lengths
from diq_core.stages.joining import load_scores, load_table
from diq_core.stages.selection import OWN, SELECTION
from diq_core.stages.shared_images import shared_lines
from diq_core.stages.unseen import unseen_words
from diq_core.study import Study


def facts_of(
    study: Study,
    name: str,
    settings: ExportSettings,
    steps: Mapping[str, Artefact],
    samples: list[Sample],
    chosen: pa.Table,
    written: Written,
    *,
    schema: int,
) -> DatasheetFacts:
    """Return what the datasheet says.

    Args:
        steps: role → what was made on the way: dataset, scores, selection.
        samples, chosen: the kept samples with their corrections, and their rows of the selection.
        schema: the version of the settings that the export is written by.
    """
    dataset, selection = steps["dataset"], steps["selection"]
    how, counts = selection.settings, selection.manifest["counts"]
    gone = {id for id, _ in written.dropped}
    exported = [sample for sample in samples if sample.id not in gone]
    own = [step for role, step in steps.items() if is_own(role)]
    made = [role for role in ("difficulty", "influence") if role in steps]
    scores = load_scores(
        dataset, steps.get("difficulty"), steps.get("influence"), how["aspect"], own, only=()
    )
    # The tokens of a corrected text were not counted.
    counted = None if settings.verdicts else as_scored(settings, steps.get("influence"))
    lengths, pool_lengths = response_lengths(dataset, counted, exported, schema=schema)
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
        composition=composition_of(exported, lengths),
        pool_size=found["samples"],
        pool_lengths=pool_lengths,
        excluded=found["excluded"],
        problems=found["findings"],
        unscored=_unscored(selection),
        missing=_missing(scores, [*made, *(step.name for step in own)]),
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
        set_aside=len(how.get("set_aside", ())),
        dropped=written.dropped,
        images=written.counts["images"],
        removed=written.removed,
        known_gaps=_gaps(steps, schema),
        **_reproduced(name, dataset),
        **_mixed(study, dataset),
    )


def _reproduced(name: str, dataset: Artefact) -> dict[str, Any]:
    inputs = dataset.manifest["inputs"]
    try:
        require_not_added(inputs)
    except BadFile as error:
        return {"not_reproduced": f"{error.what}; {error.todo}"}
    source = inputs["source"]["path"]
    return {"reproduce": f"diq reproduce {name}/manifest.json --source {source} --study NEW_FOLDER"}


def _mixed(study: Study, dataset: Artefact) -> dict[str, Any]:
    """Return what is said of the mixture that a dataset was written by; empty where none was."""
    if not dataset.input(MIX):
        return {}
    said = study.resolve(dataset, MIX).manifest["facts"]
    names = ("name", "kind", "target", "taken")
    return {
        "mixture": [MixedSource(*(each[name] for name in names)) for each in said["sources"]],
        "mixture_notes": said["notes"],
    }


def _gaps(steps: Mapping[str, Artefact], schema: int) -> list[str]:
    """Return which images benchmarks share, and what the scores were measured without.

    Versions that gave models the text alone without a word said nothing of it here either.
    """
    facts = {step.name if is_own(role) else role: step.manifest["facts"]
             for role, step in steps.items()}  # fmt: skip
    said = {role: unseen_words(found) for role, found in facts.items()}
    return [
        *shared_lines(steps["dataset"]),
        *(f"{role.capitalize()} was measured on text alone where {words}."
          for role, words in said.items() if words and schema > TEXT_ALONE),
    ]  # fmt: skip


def _unscored(selection: Artefact) -> dict[str, int]:
    """Return reason → how many samples could not be chosen for want of a score."""
    mark = "Out: not scored"
    reasons = load_table(selection, SELECTION, ["reason"])["reason"]
    texts = reasons.filter(pc.starts_with(reasons, mark)).to_pylist()
    return dict(Counter(text.removeprefix(mark).strip(" —:-") for text in texts).most_common())


def _missing(scores: Scores, made: Sequence[str]) -> dict[str, int]:
    """Return score → how many samples in use have none; of those in `made` that any misses."""
    in_use = is_absent(scores.excluded)
    missing = {name: int(np.isnan(scores[name][in_use]).sum()) for name in made}
    return {scores.describe(name).in_text: number for name, number in missing.items() if number}


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


def own_origin(scores: Artefact) -> str:
    """Return where an own score comes from: a file, or what measured it."""
    source = scores.input("source")
    return source["path"] if source else f"measured by {scores.manifest['settings']['measure']}"


def is_own(role: str) -> bool:
    """Return whether an input of a selection is a score of one's own."""
    return role.startswith(OWN)
