"""Evaluate a model: question files in; every answer, accuracies with intervals and losses out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import EvaluateSettings, Scoring, build
from diq_core.data.table import problems_table
from diq_core.draft import Draft, begin, refusable
from diq_core.evaluation.answers import Answer
from diq_core.evaluation.harness import Examiner
from diq_core.evaluation.losses import answer_losses
from diq_core.evaluation.questions import Benchmark, Question, benchmark_names, read_benchmark
from diq_core.evaluation.reading import READING
from diq_core.evaluation.report import results_of
from diq_core.evaluation.seeing import answers_with_images
from diq_core.evaluation.table import answers_table, loss_rows, rows_of
from diq_core.evaluation.tuned import load_tuned
from diq_core.files import write_json
from diq_core.jobs.executors import HERE, Executor
from diq_core.jobs.place import Place
from diq_core.jobs.progress import Progress
from diq_core.jobs.work import SCRATCH, Shard, Work
from diq_core.models.files import find_causal
from diq_core.models.kernels import use_threads
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.sight import Sight
from diq_core.scratch import Scratch
from diq_core.stages.evaluation_settings import checked, require_written
from diq_core.stages.evaluation_training import contaminations, whole
from diq_core.stages.joining import PROBLEMS
from diq_core.stages.showing import SHOWN, sight_of
from diq_core.stages.sources import source_reference
from diq_core.stages.unseen import unseen
from diq_core.study import Study

ANSWERS = "answers.parquet"
RESULTS = "results.json"
SHARD_QUESTIONS = 32
OPENER = f"{__name__}:open_worker"

Part = tuple[str, Scoring | Literal["loss"], tuple[Question, ...]]
"""Benchmark, what is done, and the questions it is done to."""


def run(
    study: Study,
    name: str,
    settings: EvaluateSettings,
    progress: Progress,
    *,
    benchmarks: Sequence[str],
    run: Artefact | None = None,
    trained_on: str | None = None,
    executor: Executor = HERE,
) -> Artefact:
    """Write ``answers.parquet`` (one row for each question and scoring), ``results.json`` and
    ``problems.parquet`` (questions that could not be counted, and why).

    Args:
        benchmarks: files, folders or hub ids of questions with known answers.
        run: the fine-tuned model to test; None = the model of the settings.
        trained_on: the run's training data, where it was no export of this study: looked through
            for benchmark questions.
        executor: who answers the shards; see `jobs.executors`.

    Raises:
        BadSetting: two benchmarks have one name, a group names an unknown one, nothing is to be
            measured, or the settings name another model than the run's.
        BadFile: a benchmark has no question that can be counted.
        NotFound: a file, the model or the run's base model is not there.
    """
    names = benchmark_names(benchmarks)
    settings = checked(settings, names, run)
    inputs = {
        f"benchmark {each}": source_reference(source)
        for each, source in zip(names, benchmarks, strict=True)
    }
    if run is not None:
        inputs["run"] = study.reference(run)
    if trained_on is not None:
        inputs["training data"] = source_reference(trained_on)
    draft = begin(
        study.folder("evaluation", name),
        kind="evaluation",
        settings=settings.model_dump(mode="json"),
        inputs=inputs,
    )
    if not isinstance(draft, Draft):
        return draft
    progress.say("Reading the questions")
    with refusable(draft):
        sets = read_sets(benchmarks, settings)
        asked = {"questions": [each.sample for found in sets for each in found.questions]}
        not_seen = unseen(
            asked, lambda: find_causal(settings.model), settings.images,
            which=", ".join(names), schema=draft.schema,
        )  # fmt: skip
        shown = [] if not_seen else [each.id for each in asked["questions"] if each.images]
        if shown:
            require_written(settings, shown)
    known = contaminations(study, sets, run, trained_on, progress)
    work = Work.of(draft, study, OPENER, **dict(zip(names, benchmarks, strict=True)))
    done = executor.compute(work, progress, unit="answers")
    table = answers_table(sets, settings.scorings, done.table)
    results = results_of(sets, settings, table, known)
    pq.write_table(table, draft.path / ANSWERS)
    pq.write_table(
        problems_table(found for each in sets for found in each.findings), draft.path / PROBLEMS
    )
    write_json(draft.path / RESULTS, results)
    return draft.finish(
        counts=_counts(sets, table),
        facts={
            **done.facts,
            "template": settings.template,
            **_reading(settings),
            **not_seen,
            **({SHOWN: {"questions": len(shown)}} if shown else {}),
        },
        scratch=SCRATCH,
    )


def _model(settings: EvaluateSettings, run: Artefact | None, progress: Progress) -> CausalModel:
    if run is None:
        return load_causal(settings.model, tell=progress.say)
    digest = run.manifest["facts"].get("model", {}).get("digest")
    return load_tuned(whole(run).path, settings.model, base_digest=digest, tell=progress.say)


@dataclass(frozen=True, eq=False)
class _Worker:
    """The model, and the examiner that is made when the first question is asked."""

    model: CausalModel
    sight: Sight | None
    settings: EvaluateSettings
    parts: Sequence[Part]

    @property
    def shards(self) -> list[Shard]:
        return [Shard(len(part[2]), _cost(part)) for part in self.parts]

    @property
    def facts(self) -> dict[str, Any]:
        return {"model": self.model.facts}

    @cached_property
    def examiner(self) -> Examiner:
        return Examiner(
            self.model,
            template=self.settings.template,
            max_tokens=self.settings.max_tokens,
            max_new_tokens=self.settings.max_new_tokens,
            writes="generated" in self.settings.scorings,
            batch_size=self.settings.batch_size,
        )

    def __call__(self, number: int) -> pa.Table:
        return _answer(self, self.parts[number])


@contextmanager
def open_worker(work: Work, _place: Place, progress: Progress) -> Iterator[_Worker]:
    """Yield what answers one shard of the questions; see `jobs.work`."""
    settings = build(EvaluateSettings, work.settings)
    use_threads(settings.threads)
    run = work.input("run") if "run" in work.plan["inputs"] else None
    with Scratch() as images:
        sets = read_sets(list(work.sources.values()), settings, images)
        progress.say("Loading the model")
        model = _model(settings, run, progress)
        sight = sight_of(model, settings, images.joinpath)
        progress.say("Answering")
        yield _Worker(model, sight, settings, _parts(sets, settings))


def read_sets(
    benchmarks: Sequence[str], settings: EvaluateSettings, images: Path | None = None
) -> list[Benchmark]:
    """Return the questions; their images are copied into the folder `images`, if there is one."""
    written = settings.scorings == ("generated",)
    return [
        read_benchmark(
            each, limit=settings.limit, seed=settings.seed, written=written, images_to=images
        )
        for each in benchmarks
    ]


def _parts(sets: Sequence[Benchmark], settings: EvaluateSettings) -> list[Part]:
    """Return the work in pieces of questions of similar length, which fill a batch best."""
    kinds = [*settings.scorings, *(["loss"] if settings.answer_loss else [])]
    parts: list[Part] = []
    for each in sets:
        ordered = sorted(each.questions, key=lambda asked: (_length(asked), asked.id))
        for kind in kinds:
            for start in range(0, len(ordered), SHARD_QUESTIONS):
                chosen = tuple(ordered[start : start + SHARD_QUESTIONS])
                parts.append((each.name, kind, chosen))  # type: ignore[arg-type]
    return parts


def _length(question: Question) -> int:
    sample = question.sample
    options = sum(len(option.text) for option in sample.options)
    return len(sample.context) + len(sample.question) + options


def _cost(part: Part) -> float:
    """Return about how much is computed, in characters read."""
    _, kind, questions = part
    each = {"option": 4, "generated": 20}.get(kind, 1)
    return float(each * sum(map(_length, questions)))


def _answer(worker: _Worker, part: Part) -> pa.Table:
    (benchmark, kind, questions), settings = part, worker.settings
    if kind == "loss":
        losses = answer_losses(
            worker.model, questions, max_tokens=settings.max_tokens, sight=worker.sight
        )
        return loss_rows(benchmark, losses)
    shown = [each for each in questions if each.sample.images and worker.sight]
    text = [each for each in questions if each not in shown]
    answers: list[Answer] = worker.examiner.answers(text, kind) if text else []
    if shown and worker.sight is not None:
        answers += answers_with_images(
            worker.model, worker.sight, shown,
            max_tokens=settings.max_tokens, max_new_tokens=settings.max_new_tokens,
        )  # fmt: skip
    return rows_of(benchmark, answers)


def _counts(sets: Sequence[Benchmark], table: pa.Table) -> dict[str, Any]:
    return {
        "questions": sum(len(each.questions) for each in sets),
        "left_out": sum(len(each.findings) for each in sets),
        "not_drawn": sum(each.available - len(each.questions) for each in sets),
        "answers": len(table) - table["correct"].null_count,
        "unanswered": len(table) - table["reason"].null_count,
    }


def _reading(settings: EvaluateSettings) -> dict[str, int]:
    return {"reading": READING} if "generated" in settings.scorings else {}


def read_results(evaluation: Artefact) -> dict[str, Any]:
    """Return ``results.json`` of an evaluation."""
    return evaluation.results(RESULTS)
