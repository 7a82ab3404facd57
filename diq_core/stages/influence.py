"""Measure influence: validation questions and a dataset in, one score for every sample out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact, Draft, begin, read_json, write_json
from diq_core.config import InfluenceSettings
from diq_core.data.drawing import TaskDraw, by_task, draw
from diq_core.data.overlap import overlaps
from diq_core.data.sample import Sample
from diq_core.data.table import samples_table
from diq_core.errors import BadSetting, OverlapFound
from diq_core.jobs.progress import Progress
from diq_core.jobs.shards import FOLDER, run_shards
from diq_core.models.batching import BatchPlan, Shard, plan_batches, shard_batches
from diq_core.models.kernels import use_threads
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.tokens import Tokenised, Tokens, tokenise, tokens_digest
from diq_core.scoring.influence.direction import Direction, validation_direction
from diq_core.scoring.influence.engine import (
    EngineCheck,
    FiniteDifference,
    InfluenceEngine,
    check_samples,
    choose_step,
)
from diq_core.scoring.influence.further import Further, opening_for
from diq_core.stages import influence_directions as directions
from diq_core.stages import influence_further as further
from diq_core.stages.joining import SCORES, included_samples, take_by_id
from diq_core.stages.sources import SHIPPED_VALIDATION, read_questions, source_reference
from diq_core.study import Study

VALIDATION = "validation.parquet"
BATCHES = "batches.json"
_CHECK = "check.json"


def run(
    study: Study,
    name: str,
    settings: InfluenceSettings,
    progress: Progress,
    *,
    dataset: Artefact,
    validation: str | None = None,
) -> Artefact:
    """Write ``scores.parquet`` (id, influence, loss, response_tokens, what is also asked for,
    reason) and what it rests on: the validation questions and the plan of batches.

    Args:
        validation: file of validation questions; None = those that ship with the app.

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
    )
    if not isinstance(draft, Draft):
        return draft
    use_threads(settings.threads)
    questions, draws = draw_validation(source, settings)
    pool = included_samples(dataset)
    _refuse_overlap(dataset, pool, questions, source)
    progress.say("Loading the model")
    model = load_causal(settings.model, tell=progress.say)
    opening = opening_for(settings.also, model.tokenizer)
    cut = partial(tokenise, tokenizer=model.tokenizer, max_tokens=settings.max_tokens)
    held_out, drawn = cut(questions), _drawn(pool, settings)
    work = cut(drawn)
    if not work.tokens:
        raise BadSetting("No sample of the dataset can be scored", which=dataset.name,
                         todo="see the reasons on the dataset page")  # fmt: skip
    plan = _pinned_plan(draft.path / BATCHES, work.tokens, settings)
    direction = _direction(model, held_out.tokens, settings, progress)
    check = _pinned_check(draft.path / _CHECK, model, direction, work.tokens, progress)
    rest = further.plan(draft.path, settings.also, model, direction, work.tokens, opening, progress)
    progress.say("Measuring influence")
    with FiniteDifference(model.model, direction, step=check.step) as engine:
        scored = run_shards(
            plan.shards, partial(_score, engine, rest.further, work.by_id, progress), draft.path,
            progress,
            size=lambda shard: shard.samples, cost=lambda shard: shard.tokens,
        )  # fmt: skip
        linear = engine.linear
    table = _all_rows([sample.id for sample in pool], scored, work, {sample.id for sample in drawn})
    pq.write_table(table, draft.path / SCORES)
    pq.write_table(samples_table(questions), draft.path / VALIDATION)
    return draft.finish(
        counts=_counts(table, work, settings.also),
        facts={
            "model": _model_facts(model),
            "engine": {"name": FiniteDifference.name, "kernel": linear, **check.to_json()},
            "parameters": direction.which,
            "validation": _validation_facts(draws, held_out, direction),
            "padding": plan.padding,
            **rest.facts,
        },
        scratch=(FOLDER, _CHECK, further.FILE),
    )


def draw_validation(
    source: str, settings: InfluenceSettings
) -> tuple[list[Sample], list[TaskDraw]]:
    """Return the drawn validation questions, by task and id, and what each task contributed.

    Raises:
        BadSetting: a task of the settings is not in the file.
    """
    samples = {sample.id: sample for sample in read_questions(source)}
    tasks = by_task(samples.values())
    unknown = [task for task in settings.tasks if task not in tasks]
    if unknown:
        raise BadSetting(
            f"The validation file has no task called {', '.join(map(repr, unknown))}",
            which=Path(source).name,
            todo=f"use some of: {', '.join(tasks)}",
        )
    wanted = {
        task: ids for task, ids in tasks.items() if not settings.tasks or task in settings.tasks
    }
    draws = draw(wanted, per_task=settings.per_task, seed=settings.seed)
    return [samples[id] for each in draws for id in each.ids], draws


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


def _drawn(samples: Sequence[Sample], settings: InfluenceSettings) -> list[Sample]:
    """Return a seeded part of the samples that does not depend on their order."""
    if settings.limit is None or settings.limit >= len(samples):
        return list(samples)
    ids = random.Random(settings.seed).sample(sorted(s.id for s in samples), settings.limit)
    chosen = set(ids)
    return [sample for sample in samples if sample.id in chosen]


def _pinned_plan(path: Path, tokens: Sequence[Tokens], settings: InfluenceSettings) -> BatchPlan:
    if not path.exists():
        write_json(path, plan_batches(tokens, batch_tokens=settings.batch_tokens).to_json())
    return BatchPlan.from_json(read_json(path))


def _direction(
    model: CausalModel, tokens: Sequence[Tokens], settings: InfluenceSettings, progress: Progress
) -> Direction:
    key = directions.key(
        model.digest, tokens_digest(tokens), str(settings.batch_tokens), str(settings.threads)
    )
    kept = directions.load(key)
    if kept is not None:
        return kept
    progress.expect(len(tokens), unit="validation questions",
                    message="Finding the direction of improvement")  # fmt: skip
    found = validation_direction(
        model.model, tokens, batch_tokens=settings.batch_tokens, progress=progress.advance
    )
    # Keeping it only saves time; without room for it the work goes on.
    with suppress(OSError):
        directions.keep(key, found)
    return found


def _pinned_check(
    path: Path, model: CausalModel, direction: Direction, tokens: Sequence[Tokens],
    progress: Progress,
) -> EngineCheck:  # fmt: skip
    if not path.exists():
        progress.say("Checking the engine against autograd")
        check = choose_step(model.model, direction, check_samples(tokens))
        write_json(path, check.to_json())
    values = read_json(path)
    return EngineCheck(**{**values, "samples": tuple(values["samples"])})


def _score(
    engine: InfluenceEngine,
    rest: Further,
    tokens: dict[str, Tokens],
    progress: Progress,
    shard: Shard,
) -> pa.Table:
    ids: list[str] = []
    columns: dict[str, list[float]] = {"influence": [], "loss": [], "response_tokens": []}
    more: dict[str, list[float]] = {name: [] for name in rest.also}
    for batch in shard_batches(shard, tokens):
        scores = engine.score(batch)
        ids += scores.ids
        for name, values in columns.items():
            values += getattr(scores, name).tolist()
        for name, found in rest.of(scores, [tokens[id] for id in scores.ids]).items():
            more[name] += found.tolist()
        progress.advance(len(batch.ids), cost=batch.input_ids.size)
    table = pa.table({"id": ids, **columns}).cast(_SCHEMA)
    for name, values in more.items():
        table = table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
    return table


_SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "influence": pa.float64(),
        "loss": pa.float64(),
        "response_tokens": pa.int32(),
    }
)


def _all_rows(ids: Sequence[str], scored: pa.Table, work: Tokenised, drawn: set[str]) -> pa.Table:
    """Return one row for every sample in the dataset's order; without a score, the reason why."""
    why = {each.id: each.reason for each in work.unscored}
    done = set(scored["id"].to_pylist())
    limit = f"not drawn: influence was measured for {len(drawn)} samples only"
    reasons = [None if id in done else why.get(id, limit) for id in ids]
    rows = take_by_id(scored, pa.array(ids, pa.string()))
    return rows.set_column(0, "id", pa.array(ids, pa.string())).append_column(
        "reason", pa.array(reasons, pa.string())
    )


def _counts(table: pa.Table, work: Tokenised, also: Sequence[str]) -> dict[str, Any]:
    scored = len(table) - table["influence"].null_count
    return {
        "scored": scored,
        "not_scored": len(work.unscored),
        "not_drawn": len(table) - scored - len(work.unscored),
        "cut": sum(each.cut for each in work.tokens),
        **{f"no_{name}": scored - len(table) + table[name].null_count for name in also},
    }


def _model_facts(model: CausalModel) -> dict[str, str]:
    names = ("name", "licence", "digest", "device", "dtype", "reason")
    return {name: getattr(model, name) for name in names}


def _validation_facts(
    draws: Sequence[TaskDraw], held_out: Tokenised, direction: Direction
) -> dict[str, Any]:
    return {
        "tasks": [asdict(each) for each in draws],
        "unscored": {each.id: each.reason for each in held_out.unscored},
        "loss": direction.loss,
        "gradient_norm": direction.norm,
    }
