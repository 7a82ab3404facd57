"""Measure influence: validation questions and a dataset in, one score for every sample out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import InfluenceSettings
from diq_core.data.overlap import overlaps
from diq_core.data.sample import Sample
from diq_core.data.table import samples_table
from diq_core.draft import Draft, begin, refusable
from diq_core.errors import OverlapFound
from diq_core.files import write_json
from diq_core.jobs.executors import HERE, Executor
from diq_core.jobs.place import load_json
from diq_core.jobs.progress import Progress
from diq_core.jobs.work import SCRATCH, Work
from diq_core.migrations import SCHEMA
from diq_core.models.files import find_causal
from diq_core.models.memory import free_memory
from diq_core.scratch import Scratch
from diq_core.stages import influence_directions as directions
from diq_core.stages import influence_further as further
from diq_core.stages.influence_room import refuse_too_large, room_words
from diq_core.stages.influence_tasks import scratch_of
from diq_core.stages.influence_worker import (
    BATCHES,
    CHECK,
    OPENER,
    draw_validation,
    drawn,
    drawn_ids,
)
from diq_core.stages.joining import IMAGES, SCORES, included_samples, take_by_id
from diq_core.stages.showing import keep_images
from diq_core.stages.sources import SHIPPED_VALIDATION, source_reference
from diq_core.stages.unseen import unseen
from diq_core.study import Study

VALIDATION = "validation.parquet"


def run(
    study: Study,
    name: str,
    settings: InfluenceSettings,
    progress: Progress,
    *,
    dataset: Artefact,
    validation: str | None = None,
    executor: Executor = HERE,
    schema: int = SCHEMA,
) -> Artefact:
    """Write ``scores.parquet`` (id, influence, loss, response_tokens, what is also asked for,
    reason) and what it rests on: the validation questions, their images, and the plan of batches.

    Args:
        validation: file of validation questions; None = those that ship with the app.
        executor: who scores the shards; see `jobs.executors`.
        schema: the version of the settings by which it was made first; see `migrations`.

    Raises:
        BadSetting: a task is not in the file, or the engine does not fit the model.
        OverlapFound: validation questions are in the dataset.
    """
    source = validation or str(SHIPPED_VALIDATION)
    draft = begin(
        study.folder("influence", name),
        kind="influence",
        settings=settings.model_dump(mode="json"),
        inputs={"dataset": study.reference(dataset), "validation": source_reference(source)},
        schema=schema,
    )
    if not isinstance(draft, Draft):
        return draft
    progress.say("Looking for validation questions among the samples")
    with refusable(draft):
        pictures = Scratch()
        questions, _ = draw_validation(source, settings, pictures.path)
        pool = included_samples(dataset)
        _refuse_overlap(dataset, pool, questions, source)
        room = refuse_too_large(settings)
        read = {"samples": drawn(pool, settings), "validation questions": questions}
        not_seen = unseen(
            read, lambda: find_causal(settings.model), settings.images, which=dataset.name,
            schema=draft.schema,
        )  # fmt: skip
    if room is not None:
        progress.say(room_words(room, free_memory()))
    work = Work.of(draft, study, OPENER, validation=source)
    done = executor.compute(work, progress)
    facts = {**done.facts, **not_seen}
    unscored, cut = facts.pop("unscored"), facts.pop("cut")
    ids = [sample.id for sample in pool]
    table = _all_rows(ids, done.table, unscored, drawn_ids(ids, settings))
    pq.write_table(table, draft.path / SCORES)
    pq.write_table(samples_table(questions), draft.path / VALIDATION)
    if settings.images == "read" and not not_seen:
        keep_images(questions, pictures.path, draft.path / IMAGES)
    # A plan that was decided at another place belongs to what it made.
    write_json(draft.path / BATCHES, load_json(done.place, BATCHES))
    return draft.finish(
        counts=_counts(table, unscored, cut, settings.also),
        facts=facts,
        scratch=(*SCRATCH, CHECK, further.FILE, directions.FILE, *scratch_of(settings.by_task)),
    )


def _refuse_overlap(
    dataset: Artefact, pool: Sequence[Sample], questions: Sequence[Sample], source: str
) -> None:
    """Refuse validation questions that are in the pool, unless the import left those out."""
    compared = {entry["digest"] for entry in dataset.manifest["inputs"].values()}
    reference = source_reference(source)
    if dataset.settings["exclude_overlap"] and reference["digest"] in compared:
        return
    found = overlaps(pool, {"validation questions": questions})
    if found:
        raise OverlapFound(
            f"{len(found)} samples of the dataset are among the validation questions, so their "
            "influence would be circular",
            which=f"first: sample '{found[0].id}' and validation question '{found[0].other}'",
            todo="import the dataset again with --validation and this file: those samples are "
            "then left out",
        )


def _all_rows(
    ids: Sequence[str], scored: pa.Table, why: Mapping[str, str], drawn: set[str]
) -> pa.Table:
    """Return one row for every sample in the dataset's order; without a score, the reason why."""
    done = set(scored["id"].to_pylist())
    limit = f"not drawn: influence was measured for {len(drawn)} samples only"
    reasons = [None if id in done else why.get(id, limit) for id in ids]
    rows = take_by_id(scored, pa.array(ids, pa.string()))
    return rows.set_column(0, "id", pa.array(ids, pa.string())).append_column(
        "reason", pa.array(reasons, pa.string())
    )


def _counts(
    table: pa.Table, unscored: Mapping[str, str], cut: int, also: Sequence[str]
) -> dict[str, Any]:
    scored = len(table) - table["influence"].null_count
    return {
        "scored": scored,
        "not_scored": len(unscored),
        "not_drawn": len(table) - scored - len(unscored),
        "cut": cut,
        **{f"no_{name}": scored - len(table) + table[name].null_count for name in also},
    }
