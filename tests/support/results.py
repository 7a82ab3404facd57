"""Runs, evaluations and experiments as their stages leave them: no model, no waiting."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import EvaluateSettings, ExperimentSettings, FinetuneSettings
from diq_core.data.table import problems_table
from diq_core.draft import Draft, begin
from diq_core.evaluation.answers import Answer
from diq_core.evaluation.contamination import Contamination
from diq_core.evaluation.losses import AnswerLoss
from diq_core.evaluation.questions import Benchmark, read_benchmark
from diq_core.evaluation.report import results_of
from diq_core.evaluation.table import answers_table, loss_rows, rows_of
from diq_core.experiment.arms import plan_arms
from diq_core.files import write_json
from diq_core.kinds import Kind
from diq_core.stages import evaluation as evaluating
from diq_core.stages import experiment_results
from diq_core.stages import run as finetuning
from diq_core.stages.run_metrics import METRICS, VALIDATION
from diq_core.study import Study
from diq_core.training.adapter import ADAPTER
from diq_core.training.watch import Step
from tests.support.studies import MODEL

_DATA = pa.schema({"id": pa.string(), "line": pa.int64(), "tokens": pa.int32(),
                   "response_tokens": pa.int32(), "cut": pa.bool_(), "passes": pa.int32(),
                   "reason": pa.string()})  # fmt: skip


def steps(count: int) -> list[Step]:
    """Return `count` steps of a run whose loss falls by 0.1 each."""
    return [
        Step(step, epoch=step / count, loss=3.0 - step / 10, learning_rate=1e-4 / step,
             grad_norm=1.5, tokens=100 * step)
        for step in range(1, count + 1)
    ]  # fmt: skip


def write_steps(folder: Path, count: int) -> None:
    """Write ``metrics.jsonl`` of a run, finished or not."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(asdict(step)) + "\n" for step in steps(count))
    (folder / METRICS).write_text(text, encoding="utf-8")


def add_run(
    study: Study, data: Artefact | None = None, *, name: str = "main", count: int = 12,
    passes: Sequence[int] = (1,) * 9, validation: Sequence[float] = (), **settings: Any,
) -> Artefact:  # fmt: skip
    """Add a run of `count` steps on an export, or on a file of the user's own.

    Args:
        passes: how often each of the nine samples was learned from.
        validation: the loss of three samples that it never trained on, after 0, 1, … steps.
    """
    source = study.reference(data) if data else {"path": "mine.jsonl", "digest": "ab" * 32}
    used = FinetuneSettings(max_steps=count, **settings)
    draft = _begin(study, "run", name, used.model_dump(mode="json"),
                   {"data": source, "model": {"path": "embedded", "digest": MODEL["digest"]}},
                   )  # fmt: skip
    write_steps(draft.path, count)
    if validation:
        (draft.path / VALIDATION).write_text("".join(
            json.dumps({"step": step, "loss": loss}) + "\n" for step, loss in enumerate(validation)
        ), encoding="utf-8")  # fmt: skip
    learned = [{"id": f"s{number:04d}", "tokens": 60, "response_tokens": 40, "cut": False,
                "passes": passes[number]} for number in range(9)]  # fmt: skip
    lost = {"id": "s0009", "line": 10, "passes": 0, "reason": "there is no response"}
    pq.write_table(pa.Table.from_pylist([*learned, lost], _DATA),
                   draft.path / finetuning.DATA)  # fmt: skip
    (draft.path / ADAPTER).mkdir()
    (draft.path / ADAPTER / "adapter_config.json").write_text("{}\n", encoding="utf-8")
    return draft.finish(
        counts={"cut": 0, "dropped": 1, "samples": 10, "trained": 9, "steps": count,
                "tokens": 100 * count},
        facts={"epochs": 2.5, "format": "trl", "kernel": "torch", "max_tokens": 512,
               "model": MODEL, "processes": 1, "tokens_digest": "aa" * 32, "with_images": 0,
               **({"validation": {"samples": 3, "response_tokens": 120, "dropped": 0,
                                  "digest": str(settings.get("seed", 0))}} if validation else {})},
    )  # fmt: skip


def add_evaluation(
    study: Study, files: Sequence[str], right: Collection[str], *, name: str = "base",
    run: Artefact | None = None, better: float = 0.0, known: Collection[str] = (),
    model: str = MODEL["name"], digests: Mapping[str, str] | None = None, **settings: Any,
) -> Artefact:  # fmt: skip
    """Add an evaluation in which the questions in `right` were answered right.

    Args:
        files: files of questions.
        right: ids; every other question got a wrong answer.
        better: how much lower the loss of every answer is than the base model's.
        known: ids of questions that the run was trained on.
        digests: benchmark → digest of its file; others have one that no file has.
    """
    used = EvaluateSettings(**settings)
    sets = [read_benchmark(file, limit=used.limit, seed=used.seed) for file in files]
    parts = [rows_of(each.name, _answers(each, scoring, right))
             for each in sets for scoring in used.scorings]  # fmt: skip
    if used.answer_loss:
        parts += [loss_rows(each.name, _losses(each, better)) for each in sets]
    table = answers_table(sets, used.scorings, pa.concat_tables(parts))
    known_files = digests or {}
    inputs = {f"benchmark {each.name}": {"path": f"{each.name}.jsonl",
                                         "digest": known_files.get(each.name, "cc" * 32)}
              for each in sets}  # fmt: skip
    if run is not None:
        inputs["run"] = study.reference(run)
    draft = _begin(study, "evaluation", name, used.model_dump(mode="json"), inputs)
    pq.write_table(table, draft.path / evaluating.ANSWERS)
    pq.write_table(problems_table([]), draft.path / "problems.parquet")
    write_json(draft.path / evaluating.RESULTS,
               results_of(sets, used, table, _contaminations(sets, run, known)))  # fmt: skip
    return draft.finish(
        counts=evaluating._counts(sets, table),
        facts={"model": MODEL | {"name": model}, "template": used.template},
    )


def add_experiment(
    study: Study, dataset: Artefact, files: Sequence[str],
    right: Mapping[str, Collection[str]], *, name: str = "main", **settings: Any,
) -> Artefact:  # fmt: skip
    """Add an experiment with all its runs and evaluations.

    Args:
        right: strategy → ids of the questions that its arms answer right, whatever the seed.
    """
    used = ExperimentSettings.model_validate({"resamples": 1000, **settings})
    tested = {}
    for arm in plan_arms(used):
        called = arm.run(name)
        run = add_run(study, name=called, count=2, seed=arm.seed) if arm.trains else None
        tested[arm] = add_evaluation(study, files, right[arm.strategy], name=called, run=run,
                                     better=0.1 if run else 0.0)  # fmt: skip
    draft = _begin(study, "experiment", name, used.model_dump(mode="json"),
                   {"dataset": study.reference(dataset)})  # fmt: skip
    return experiment_results.conclude(study, name, used, draft, tested, dataset=dataset)


def _answers(benchmark: Benchmark, scoring: Any, right: Collection[str]) -> list[Answer]:
    found = []
    for each in benchmark.questions:
        place = each.gold if each.id in right else (each.gold + 1) % len(each.options)
        logliks = tuple(-1.0 if n == place else -2.0 for n in range(len(each.options)))
        found.append(Answer(each.id, scoring, each.options[each.gold].label,
                            each.options[place].label, place == each.gold, logliks))  # fmt: skip
    return found


def _losses(benchmark: Benchmark, better: float) -> list[AnswerLoss]:
    chooser = random.Random(7)
    return [AnswerLoss(each.id, 2.0 + chooser.random() - better * (0.5 + chooser.random()), 9)
            for each in benchmark.questions]  # fmt: skip


def _contaminations(
    sets: Sequence[Benchmark], run: Artefact | None, known: Collection[str]
) -> Mapping[str, Contamination] | str:
    if run is None:
        return "the model was not fine-tuned here"
    return {
        each.name: Contamination(9, tuple(one.id for one in each.questions if one.id in known), ())
        for each in sets
    }


def _begin(
    study: Study, kind: Kind, name: str, settings: dict[str, Any], inputs: dict[str, Any]
) -> Draft:
    draft = begin(study.folder(kind, name), kind=kind, settings=settings, inputs=inputs)
    assert isinstance(draft, Draft)
    return draft
