"""Which questions of an evaluation its model was trained on, where the training data is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample
from diq_core.evaluation.contamination import Contamination, contamination
from diq_core.evaluation.questions import Benchmark
from diq_core.jobs.progress import Progress
from diq_core.stages.joining import load_table
from diq_core.study import Study
from diq_core.training.data import read_training


def contaminations(
    study: Study,
    sets: Sequence[Benchmark],
    run: Artefact | None,
    trained_on: str | None,
    progress: Progress,
) -> Mapping[str, Contamination] | str:
    """Return for each benchmark what of it was trained on, or why that is not known."""
    if run is None:
        return "the model was not fine-tuned here"
    data = run.input("data")
    if trained_on is None and (data is None or not data["path"].startswith("export/")):
        return "the run was trained on a file that is not part of this study"
    progress.say("Looking for the questions in the training data")
    source = trained_on or whole(study.resolve(run, "data")).path
    trained = _learned(run, read_training(source).samples)
    return {each.name: contamination(trained, each.questions) for each in sets}


def whole(artefact: Artefact) -> Artefact:
    """Return an artefact after comparing its files with their digests."""
    artefact.require_whole()
    return artefact


def _learned(run: Artefact, samples: Sequence[Sample]) -> list[Sample]:
    """Return those of `samples` that the run did learn from."""
    if not run.holds("data.parquet"):
        return list(samples)
    table = load_table(run, "data.parquet", ["id", "passes"]).to_pydict()
    passes = dict(zip(table["id"], table["passes"], strict=True))
    return [sample for sample in samples if passes.get(sample.id, 1) > 0]
