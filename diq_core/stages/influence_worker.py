"""Score shards of samples for influence: one fixed validation direction, one plan of batches.

What rests on the model and the validation questions (direction, plan, step) is decided by the
worker that comes first and pinned at the work's place; every other one takes it from there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from diq_core.config import MOST_TASKS, InfluenceSettings, Thinking, build
from diq_core.data.drawing import TaskDraw, by_task, draw
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.jobs.place import Place, pin_json
from diq_core.jobs.progress import Progress
from diq_core.jobs.work import Shard, Work
from diq_core.models import batching
from diq_core.models.batching import BatchPlan, plan_batches, shard_batches
from diq_core.models.chat import Chat
from diq_core.models.kernels import use_threads
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.memory import give_back
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
from diq_core.scratch import Scratch
from diq_core.stages import influence_directions as directions
from diq_core.stages import influence_further as further
from diq_core.stages.influence_room import recomputes
from diq_core.stages.influence_tasks import Tasks, find_tasks
from diq_core.stages.joining import image_file, included_samples
from diq_core.stages.showing import shown_facts, sight_of
from diq_core.stages.sources import read_questions

BATCHES = "batches.json"
CHECK = "check.json"
OPENER = f"{__name__}:open_worker"


@dataclass(frozen=True, eq=False)
class _Worker:
    engine: FiniteDifference
    rest: Further
    tasks: Tasks
    plan: BatchPlan
    tokens: Mapping[str, Tokens]
    progress: Progress
    facts: Mapping[str, Any]

    @property
    def shards(self) -> list[Shard]:
        return [Shard(each.samples, each.tokens) for each in self.plan.shards]

    def __call__(self, number: int) -> pa.Table:
        shard = self.plan.shards[number]
        table = _score(self.engine, self.rest, self.tokens, self.progress, shard)
        return self.tasks.add_to(table, self.engine, shard, self.tokens)


@contextmanager
def open_worker(work: Work, place: Place, progress: Progress) -> Iterator[_Worker]:
    """Yield what scores one shard of the samples; see `jobs.work`.

    Raises:
        BadSetting: no sample can be scored, or the engine does not fit the model.
    """
    settings = build(InfluenceSettings, work.settings)
    use_threads(settings.threads)
    pictures = Scratch()
    questions, draws = draw_validation(work.source("validation"), settings, pictures.path)
    dataset = work.input("dataset")
    progress.say("Loading the model")
    model = load_causal(settings.model, tell=progress.say)
    progress.say("Turning the samples into tokens")
    opening = opening_for(settings.also, model.tokenizer)
    chat = Chat(model.tokenizer, settings.thinking)
    cut = partial(tokenise, tokenizer=model.tokenizer, max_tokens=settings.max_tokens, chat=chat)
    held_out = cut(questions, sight=sight_of(model, settings, pictures.path.joinpath))
    sight = sight_of(model, settings, partial(image_file, dataset))
    ours = cut(drawn(included_samples(dataset), settings), sight=sight)
    if not ours.tokens:
        raise BadSetting(
            f"No sample of the dataset can be scored; the first: {ours.unscored[0].reason}",
            which=f"{dataset.name}, sample {ours.unscored[0].id}",
            todo="allow more tokens (--max-tokens), or import samples with an answer to learn",
        )
    plan = _pinned_plan(place, ours.tokens, settings)
    tasks = find_tasks(place, settings.by_task, model, draws, held_out.tokens, settings, progress)
    direction = _direction(work, place, model, held_out.tokens, settings, progress)
    check = _pinned_check(place, model, direction, ours.tokens, settings, progress)
    rest = further.plan(place, settings.also, model, direction, ours.tokens, opening, progress)
    progress.say("Measuring influence")
    with FiniteDifference(model.model, direction, step=check.step) as engine:
        facts = {
            "model": model.facts,
            "engine": {"name": FiniteDifference.name, "kernel": engine.linear, **check.to_json()},
            "parameters": direction.which,
            "validation": _validation_facts(draws, held_out, direction),
            "padding": plan.padding,
            **rest.facts,
            **tasks.facts,
            "unscored": {each.id: each.reason for each in ours.unscored},
            "cut": sum(each.cut for each in ours.tokens),
            **chat_facts(ours, settings.thinking),
            **shown_facts({"samples": ours, "validation questions": held_out}),
        }
        yield _Worker(engine, rest.further, tasks, plan, ours.by_id, progress, facts)


def chat_facts(found: Tokenised, thinking: Thinking) -> dict[str, Any]:
    """Return what an artefact says of how the samples were written, where it is not as ever."""
    facts: dict[str, Any] = {}
    if thinking != "huatuo" or found.style.folds_system:
        facts["thinking"] = found.style.facts
    if found.split:
        facts["control_tokens_split"] = len(found.split)
    return facts


def draw_validation(
    source: str, settings: InfluenceSettings, images_to: Path | None = None
) -> tuple[list[Sample], list[TaskDraw]]:
    """Return the drawn validation questions, by task and id, and what each task contributed.

    Args:
        images_to: folder that the images of all questions are copied to; None = none are.

    Raises:
        BadSetting: a task of the settings is not in the file.
    """
    samples = {sample.id: sample for sample in read_questions(source, images_to=images_to)}
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
    if len(settings.by_task) > MOST_TASKS:
        raise BadSetting(
            f"Influence is measured on at most {MOST_TASKS} tasks alone, not on "
            f"{len(settings.by_task)}: each costs as much as all questions together",
            which="by_task",
            todo="name fewer",
        )
    if missing := [task for task in settings.by_task if task not in wanted]:
        raise BadSetting(
            f"No question of the task {missing[0]!r} is drawn, so no influence on it can be "
            "measured",
            which=f"by_task, {Path(source).name}",
            todo=f"use some of: {', '.join(wanted)}",
        )
    draws = draw(wanted, per_task=settings.per_task, seed=settings.seed)
    return [samples[id] for each in draws for id in each.ids], draws


def drawn_ids(ids: Sequence[str], settings: InfluenceSettings) -> set[str]:
    """Return a seeded part of the samples' ids that does not depend on their order."""
    if settings.limit is None or settings.limit >= len(ids):
        return set(ids)
    return set(random.Random(settings.seed).sample(sorted(ids), settings.limit))


def drawn(samples: Sequence[Sample], settings: InfluenceSettings) -> list[Sample]:
    """Return the samples that are scored: all, or a seeded part."""
    chosen = drawn_ids([sample.id for sample in samples], settings)
    return [sample for sample in samples if sample.id in chosen]


def _pinned_plan(place: Place, tokens: Sequence[Tokens], settings: InfluenceSettings) -> BatchPlan:
    return BatchPlan.from_json(
        pin_json(
            place,
            BATCHES,
            lambda: plan_batches(tokens, batch_tokens=settings.batch_tokens).to_json(),
        )
    )


def _direction(
    work: Work, place: Place, model: CausalModel, tokens: Sequence[Tokens],
    settings: InfluenceSettings, progress: Progress,
) -> Direction:  # fmt: skip
    if place.has(directions.FILE):
        return directions.pinned(place)
    found = kept_direction(model, tokens, settings, progress)
    if not work.shared:
        # Alone it need not be written a second time.
        return found
    directions.pin(place, found)
    del found  # The one that counts is held, and not both.
    return directions.pinned(place)


def kept_direction(
    model: CausalModel, tokens: Sequence[Tokens], settings: InfluenceSettings, progress: Progress
) -> Direction:
    """Return the validation direction as this machine has kept it, else find and keep it."""
    key = directions.key(
        model.digest, tokens_digest(tokens), str(settings.batch_tokens), str(settings.threads)
    )
    kept = directions.load(key)
    if kept is not None:
        return kept
    progress.expect(len(tokens), unit="validation questions",
                    message="Finding the direction of improvement")  # fmt: skip
    found = validation_direction(
        model.model, tokens, batch_tokens=settings.batch_tokens, progress=progress.advance,
        recompute=recomputes(settings, model.device),
    )  # fmt: skip
    # Keeping it only saves time; without room for it the work goes on.
    with suppress(OSError):
        directions.keep(key, found)
    give_back()
    return found


def _pinned_check(
    place: Place, model: CausalModel, direction: Direction, tokens: Sequence[Tokens],
    settings: InfluenceSettings, progress: Progress,
) -> EngineCheck:  # fmt: skip
    def decide() -> dict[str, Any]:
        progress.say("Checking the fast way against the exact one")
        lean = recomputes(settings, model.device)
        found = choose_step(model.model, direction, check_samples(tokens), recompute=lean).to_json()
        give_back()
        return found

    values = pin_json(place, CHECK, decide)
    return EngineCheck(**{**values, "samples": tuple(values["samples"])})


def _score(
    engine: InfluenceEngine,
    rest: Further,
    tokens: Mapping[str, Tokens],
    progress: Progress,
    shard: batching.Shard,
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


def _validation_facts(
    draws: Sequence[TaskDraw], held_out: Tokenised, direction: Direction
) -> dict[str, Any]:
    return {
        "tasks": [asdict(each) for each in draws],
        "unscored": {each.id: each.reason for each in held_out.unscored},
        "loss": direction.loss,
        "gradient_norm": direction.norm,
    }
