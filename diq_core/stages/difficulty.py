"""Rate difficulty: a dataset in, three expected levels for every sample out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import DifficultySettings, build
from diq_core.data.sample import Sample
from diq_core.draft import Draft, begin
from diq_core.jobs.executors import HERE, Executor
from diq_core.jobs.place import Place
from diq_core.jobs.progress import Progress
from diq_core.jobs.work import SCRATCH, Shard, Work
from diq_core.models.kernels import use_threads
from diq_core.scoring.difficulty.files import (
    classifier_digest,
    classifier_folder,
    load_classifier,
    load_report,
    save_classifier,
)
from diq_core.scoring.difficulty.labels import read_labels
from diq_core.scoring.difficulty.rate import Classifier, rate, score_columns
from diq_core.scoring.difficulty.training import train
from diq_core.stages.joining import SCORES, included_samples
from diq_core.stages.unseen import read_as_text
from diq_core.study import Study


def run(
    study: Study,
    name: str,
    settings: DifficultySettings,
    progress: Progress,
    *,
    dataset: Artefact,
    executor: Executor = HERE,
) -> Artefact:
    """Write ``scores.parquet``: id, the expected level of each aspect, its level probabilities, and
    the reason where a sample could not be rated.

    Args:
        executor: who rates the shards; see `jobs.executors`.
    """
    folder = classifier_folder(settings.classifier)
    draft = begin(
        study.folder("difficulty", name),
        kind="difficulty",
        settings=settings.model_dump(mode="json"),
        inputs={
            "dataset": study.reference(dataset),
            "classifier": {"path": settings.classifier, "digest": classifier_digest(folder)},
        },
    )
    if not isinstance(draft, Draft):
        return draft
    work = Work.of(draft, study, f"{__name__}:{open_worker.__name__}")
    done = executor.compute(work, progress)
    cut = pc.sum(done.table["cut"]).as_py() or 0
    table = done.table.drop_columns(["cut"])
    pq.write_table(table, draft.path / SCORES)
    missing = table["overall"].null_count
    return draft.finish(
        counts={"scored": len(table) - missing, "not_scored": missing, "cut": cut},
        facts={
            **done.facts,
            "held_out": load_report(settings.classifier)["held_out"],
            **read_as_text("questions", included_samples(dataset)[: settings.limit]),
        },
        scratch=SCRATCH,
    )


@dataclass(frozen=True, eq=False)
class _Worker:
    classifier: Classifier
    parts: Sequence[Sequence[Sample]]
    progress: Progress

    @property
    def shards(self) -> list[Shard]:
        return [Shard(len(part)) for part in self.parts]

    @property
    def facts(self) -> dict[str, Any]:
        return {"model": self.classifier.facts}

    def __call__(self, number: int) -> pa.Table:
        return _rate(self.classifier, self.progress, self.parts[number])


@contextmanager
def open_worker(work: Work, _place: Place, progress: Progress) -> Iterator[_Worker]:
    """Yield what rates one shard of the samples; see `jobs.work`."""
    settings = build(DifficultySettings, work.settings)
    use_threads(1)
    progress.say("Loading the classifier")
    classifier = load_classifier(settings.classifier)
    samples = included_samples(work.input("dataset"))[: settings.limit]
    progress.say("Rating")
    yield _Worker(classifier, _parts(samples, settings.shard_size), progress)


def train_classifier(labels: Path, out: Path | None, *, seed: int) -> dict[str, Any]:
    """Train the classifier, write it to `out` (None = where the shipped one lies), and return its
    report."""
    from diq_core.assets import asset

    trained = train(read_labels(labels), seed=seed, tell=print)
    save_classifier(out or asset("difficulty"), trained.tensors, trained.config, trained.report)
    return trained.report


def _parts(samples: Sequence[Sample], size: int) -> list[Sequence[Sample]]:
    return [samples[start : start + size] for start in range(0, len(samples), size)]


def _rate(classifier: Classifier, progress: Progress, samples: Sequence[Sample]) -> pa.Table:
    rated = rate(classifier, samples, progress=progress.advance)
    columns = score_columns(rated)
    kinds = {name: pa.float32() for name in columns} | {"id": pa.string(), "reason": pa.string()}
    arrays = {name: pa.array(values, kinds[name]) for name, values in columns.items()}
    return pa.table({**arrays, "cut": pa.array(rated.cut, pa.bool_())})
