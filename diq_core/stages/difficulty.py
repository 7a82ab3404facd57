"""Rate difficulty: a dataset in, three expected levels for every sample out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from diq_core.artefact import Artefact, Draft, begin
from diq_core.config import DifficultySettings
from diq_core.data.sample import Sample
from diq_core.jobs.progress import Progress
from diq_core.jobs.shards import FOLDER, run_shards
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
from diq_core.study import Study


def run(
    study: Study,
    name: str,
    settings: DifficultySettings,
    progress: Progress,
    *,
    dataset: Artefact,
) -> Artefact:
    """Write ``scores.parquet``: id, the expected level of each aspect, its level probabilities, and
    the reason where a sample could not be rated."""
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
    use_threads(1)
    progress.say("Loading the classifier")
    classifier = load_classifier(settings.classifier)
    samples = included_samples(dataset)[: settings.limit]
    progress.say("Rating")
    table = run_shards(
        _shards(samples, settings.shard_size), partial(_rate, classifier, progress), draft.path,
        progress, size=len,
    )  # fmt: skip
    cut = pc.sum(table["cut"]).as_py() or 0
    table = table.drop_columns(["cut"])
    pq.write_table(table, draft.path / SCORES)
    missing = table["overall"].null_count
    return draft.finish(
        counts={"scored": len(table) - missing, "not_scored": missing, "cut": cut},
        facts={
            "model": _model_facts(classifier),
            "held_out": load_report(settings.classifier)["held_out"],
        },
        scratch=(FOLDER,),
    )


def train_classifier(labels: Path, out: Path | None, *, seed: int) -> dict[str, Any]:
    """Train the classifier, write it to `out` (None = where the shipped one lies), and return its
    report."""
    from diq_core.assets import asset

    trained = train(read_labels(labels), seed=seed, tell=print)
    save_classifier(out or asset("difficulty"), trained.tensors, trained.config, trained.report)
    return trained.report


def _shards(samples: Sequence[Sample], size: int) -> list[Sequence[Sample]]:
    return [samples[start : start + size] for start in range(0, len(samples), size)]


def _rate(classifier: Classifier, progress: Progress, samples: Sequence[Sample]) -> pa.Table:
    rated = rate(classifier, samples, progress=progress.advance)
    columns = score_columns(rated)
    kinds = {name: pa.float32() for name in columns} | {"id": pa.string(), "reason": pa.string()}
    arrays = {name: pa.array(values, kinds[name]) for name, values in columns.items()}
    return pa.table({**arrays, "cut": pa.array(rated.cut, pa.bool_())})


def _model_facts(classifier: Classifier) -> dict[str, str]:
    encoder = classifier.encoder
    return {
        "name": f"classifier on {encoder.name}",
        "licence": encoder.licence,
        "digest": classifier.digest,
        "device": encoder.device,
        "dtype": encoder.dtype,
        "reason": encoder.reason,
    }
