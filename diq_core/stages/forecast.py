"""How long influence, an evaluation or an experiment will take, measured on a few samples first.

Every figure is an estimate and says what it rests on. Loading and the checks are taken as they
were; what grows with the samples is scaled by how many there are, weighed by their length.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from diq_core.artefact import Artefact
from diq_core.config import (
    EvaluateSettings,
    ExperimentSettings,
    FinetuneSettings,
    InfluenceSettings,
)
from diq_core.data.sample import Sample, question_text, response_text
from diq_core.evaluation.questions import benchmark_names
from diq_core.experiment.arms import plan_arms, recipe_of
from diq_core.jobs.processes import peak_memory
from diq_core.models.files import find_causal
from diq_core.models.kernels import use_threads
from diq_core.models.memory import free_memory
from diq_core.stages import evaluation, run
from diq_core.stages.evaluation_settings import checked
from diq_core.stages.experiment import Material, evaluation_settings
from diq_core.stages.influence_worker import OPENER, draw_validation, drawn
from diq_core.stages.joining import included_samples
from diq_core.stages.sources import SHIPPED_VALIDATION, source_reference
from diq_core.stages.trial import Forecast, in_words, try_out
from diq_core.study import Study
from diq_core.training.data import TrainingData
from diq_core.training.loading import load_base
from diq_core.training.preparing import prepare
from diq_core.training.probe import check_memory

_SAMPLES = 8
_QUESTIONS = 4
_TRAINED = 64
"""How many samples are tried: a minute's worth on two cores with the model that ships."""
_CHARACTERS_A_TOKEN = 4
DIRECTION, MEASURING, TOKENS = (
    "Finding the direction of improvement", "Measuring influence",
    "Turning the samples into tokens",
)  # fmt: skip


def influence_forecast(
    study: Study, settings: InfluenceSettings, dataset: Artefact, validation: str | None
) -> Forecast:
    """Return what measuring influence will take, from one question of each task and a few samples.

    Raises:
        UserError: whatever `influence.run` would refuse.
    """
    source = validation or str(SHIPPED_VALIDATION)
    pool = drawn(included_samples(dataset), settings)
    questions, _ = draw_validation(source, settings)
    small = settings.model_copy(update={"per_task": 1, "limit": min(_SAMPLES, len(pool))})
    asked, _ = draw_validation(source, small)
    tried = drawn(pool, small)
    found = try_out(
        study, "influence", OPENER, small.model_dump(mode="json"),
        {"dataset": study.reference(dataset), "validation": source_reference(source)},
        {"validation": source},
    )  # fmt: skip
    cut = settings.max_tokens * _CHARACTERS_A_TOKEN
    more, again = _ratio(pool, tried, cut), _ratio(questions, asked, cut)
    seconds = found.fixed(DIRECTION, TOKENS, MEASURING)
    seconds += found.phases.get(DIRECTION, 0.0) * again
    seconds += (found.phases.get(TOKENS, 0.0) + sum(found.shards)) * more
    basis = (
        f"{len(tried)} of {len(pool):,} samples and {len(asked)} of {len(questions):,} validation "
        "questions, measured here just now"
    )
    return Forecast(seconds, peak_memory(), basis)


def _ratio(everything: Sequence[Sample], tried: Sequence[Sample], cut: int) -> float:
    """Return how much more there is to read in all samples than in those that were tried."""
    return sum(_length(each, cut) for each in everything) / sum(
        _length(each, cut) for each in tried
    )


def _length(sample: Sample, cut: int) -> int:
    return min(cut, len(question_text(sample)) + len(response_text(sample))) + 1


def evaluation_forecast(
    study: Study, settings: EvaluateSettings, benchmarks: Sequence[str], run: Artefact | None
) -> Forecast:
    """Return what an evaluation will take, from a few questions of each benchmark.

    Raises:
        UserError: whatever `evaluation.run` would refuse.
    """
    names = benchmark_names(benchmarks)
    settings = checked(settings, names, run)
    whole = {each.name: len(each.questions) for each in evaluation.read_sets(benchmarks, settings)}
    limit = min(_QUESTIONS, settings.limit or _QUESTIONS)
    small = settings.model_copy(update={"limit": limit})
    inputs = {"run": study.reference(run)} if run is not None else {}
    sources = dict(zip(names, benchmarks, strict=True))
    found = try_out(study, "evaluation", evaluation.OPENER, small.model_dump(mode="json"),
                    inputs, sources)  # fmt: skip
    tried: Counter[str] = Counter()
    for name, _, questions in found.parts:
        tried[name] = max(tried[name], len(questions))
    seconds = found.fixed() + sum(
        took * whole[part[0]] / tried[part[0]]
        for took, part in zip(found.shards, found.parts, strict=True)
    )
    basis = f"{sum(tried.values())} of {sum(whole.values()):,} questions, measured here just now"
    return Forecast(seconds, peak_memory(), basis)


def experiment_forecast(study: Study, settings: ExperimentSettings, material: Material) -> Forecast:
    """Return what an experiment will take: a step or two of its recipe and a few questions are
    tried, and counted for every arm.

    Raises:
        UserError: whatever `experiment.run` would refuse of the recipe and the evaluation.
    """
    arms = plan_arms(settings)
    trains = [arm for arm in arms if arm.trains]
    tested = evaluation_forecast(
        study, evaluation_settings(settings), material.benchmarks, run=None
    )
    trained = _training_seconds(recipe_of(trains[0], settings), material.dataset)
    seconds = len(arms) * tested.seconds + len(trains) * trained
    basis = (
        f"two training steps and {tested.basis.split(',')[0]}, measured here just now: "
        f"{len(trains)} runs of {in_words(trained)} and {len(arms)} evaluations of "
        f"{in_words(tested.seconds)}"
    )
    return replace(tested, seconds=seconds, memory=peak_memory(), basis=basis)


def _training_seconds(recipe: FinetuneSettings, dataset: Artefact) -> float:
    """Return how long one arm trains, loading included, on samples like those of the dataset."""
    use_threads(recipe.threads)
    samples = included_samples(dataset)
    step = max(1, len(samples) // _TRAINED)
    read = TrainingData(dataset.name, tuple(samples[::step]), (), "dataset")
    files = find_causal(recipe.model)
    prepared = prepare(read, recipe, files)
    check_memory(prepared.memory, free_memory(), files.name)
    begun = time.perf_counter()
    model = load_base(recipe)
    return time.perf_counter() - begun + run.measure(model, prepared, recipe).seconds
