"""Add a score of one's own: from a file, or measured on the samples by a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from diq_core import plugins
from diq_core.artefact import Artefact
from diq_core.config import ScoresSettings
from diq_core.data.readers.columns import NumberColumn, read_numbers
from diq_core.data.table import load_samples
from diq_core.draft import Draft, begin, discard
from diq_core.errors import BadFile, BadSetting, UserError
from diq_core.jobs.progress import Progress
from diq_core.remote.fetching import at_hand
from diq_core.score import KNOWN, Score
from diq_core.scoring.measures import PLUGINS, find_measure, measured
from diq_core.stages.joining import SAMPLES, SCORES, load_table
from diq_core.stages.sources import source_reference
from diq_core.study import Study

_NAMED = 5
_TAKEN = (*KNOWN, "id", "reason")


def run(
    study: Study,
    name: str,
    settings: ScoresSettings,
    progress: Progress,
    *,
    dataset: Artefact,
    source: str | None = None,
    also: Mapping[str, Any] | None = None,
) -> Artefact:
    """Write ``scores.parquet``: id, a column called as the score, reason.

    Args:
        name: of the artefact and of the score, by which selections and the map know it.
        source: file of the numbers; None where the settings name a measure.
        also: further facts, of how the numbers came about.

    Raises:
        BadSetting: the name is taken by a built-in score, the measure is unknown or failed, or
            neither file nor measure is given, or both.
        BadFile: see `read_numbers`; or no id is in the dataset, or a number is out of range.
    """
    _check(name, settings, source)
    with at_hand(() if source is None else (source,), progress.say) as here:
        file = here[0] if here else None
        return _scored(study, name, settings, progress, dataset, file, also or {})


def _scored(
    study: Study,
    name: str,
    settings: ScoresSettings,
    progress: Progress,
    dataset: Artefact,
    source: str | None,
    also: Mapping[str, Any],
) -> Artefact:
    inputs = {"dataset": study.reference(dataset)}
    if source is not None:
        inputs["source"] = source_reference(source)
    folder = study.folder("scores", name)
    draft = begin(folder, kind="scores", settings=settings.model_dump(mode="json"), inputs=inputs)
    if not isinstance(draft, Draft):
        return draft
    progress.say("Reading")
    try:
        if source is not None:
            score = described(name, settings)
            values, reasons, facts = _read(source, settings, score, dataset)
        else:
            assert settings.measure is not None, "one of the two is given, see _check"
            score = replace(find_measure(settings.measure).score, name=name)
            values, reasons, facts = _measure(settings.measure, dataset)
    except UserError:
        # There is nothing to continue: another file must be free to take the name.
        discard(folder)
        raise
    ids = load_table(dataset, SAMPLES, ["id"])["id"]
    missing = np.isnan(values)
    columns = {"id": ids, name: pa.array(values, mask=missing), "reason": reasons}
    pq.write_table(pa.table(columns), draft.path / SCORES)
    counts = {"samples": len(values), "scored": int((~missing).sum())}
    counts |= {"not_scored": int(missing.sum()), "unknown": facts.pop("unknown", 0)}
    return draft.finish(counts=counts, facts={"score": score.as_dict(), **facts, **also})


def described(name: str, settings: ScoresSettings) -> Score:
    """Return the description that the settings give."""
    return Score(
        name,
        settings.label or name,
        settings.higher or f"higher {settings.label or name}",
        settings.unit,
        settings.least,
        settings.most,
        settings.best,
        todo=f"Import {name} first",
    )


def _check(name: str, settings: ScoresSettings, source: str | None) -> None:
    if name in _TAKEN:
        raise BadSetting(
            f"'{name}' is a score that is built in",
            which="name",
            todo="give yours another name with --name",
        )
    if (source is None) == (settings.measure is None):
        raise BadSetting(
            "A score comes from a file or from a measure, not from both or neither",
            which="scores",
            todo="give a FILE, or --measure NAME",
        )


Found = tuple[NDArray[np.float64], pa.Array, dict[str, Any]]


def _read(source: str, settings: ScoresSettings, score: Score, dataset: Artefact) -> Found:
    """Return values and reasons in the order of the samples, and what is to be told of the file."""
    found = read_numbers(
        source, column=settings.column, id_column=settings.id_column, called=score.name
    )
    _refuse_outside(found, score)
    ids = load_table(dataset, SAMPLES, ["id"])["id"].combine_chunks()
    at = pc.index_in(ids, value_set=found.ids)
    if at.null_count == len(ids):
        raise BadFile(
            f"None of its {len(found.ids):,} ids is in the dataset '{dataset.name}'",
            which=f"{found.file}, first: {_shown(found.ids[:1])}",
            todo="name the column of the samples' ids with --id-column",
        )
    values = pa.array(found.values).take(at).to_numpy(zero_copy_only=False).astype(np.float64)
    nothing = pa.scalar(None, pa.string())
    without = pc.if_else(pa.array(np.isnan(values)), f"no number in {found.file}", nothing)
    reasons = pc.if_else(pc.is_null(at), f"not in {found.file}", without)
    return values, reasons, {"column": found.column, **_unknown(found, ids, dataset)}


def _unknown(found: NumberColumn, ids: pa.Array, dataset: Artefact) -> dict[str, Any]:
    unknown = found.ids.filter(pc.invert(pc.is_in(found.ids, value_set=ids)))
    if not len(unknown):
        return {}
    note = (
        f"{len(unknown):,} ids of {found.file} are not in the dataset '{dataset.name}' and were "
        f"passed over: {_shown(unknown)}"
    )
    return {"unknown": len(unknown), "notes": [note]}


def _measure(name: str, dataset: Artefact) -> Found:
    measure = find_measure(name)
    values = measured(measure, load_samples(load_table(dataset, SAMPLES)))
    nothing = pa.scalar(None, pa.string())
    reasons = pc.if_else(pa.array(np.isnan(values)), "the measure gives none", nothing)
    return values, reasons, plugins.used((PLUGINS, name))


def _refuse_outside(found: NumberColumn, score: Score) -> None:
    low = -np.inf if score.least is None else score.least
    high = np.inf if score.most is None else score.most
    outside = (found.values < low) | (found.values > high)
    if outside.any():
        row = int(outside.argmax())
        raise BadFile(
            f"{int(outside.sum()):,} numbers are out of the range {score.scale}",
            which=f"first: {found.values[row]:g} in {found.where(row)}",
            todo="correct them, or give another range with --least and --most",
        )


def _shown(ids: pa.Array) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(f"{id[:60]!a}" for id in ids[:_NAMED].to_pylist()) + more
