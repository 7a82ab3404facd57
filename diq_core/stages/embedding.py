"""Draw the meaning map: a dataset in, a place in the plane for every sample out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import EmbedSettings, build
from diq_core.data.sample import Sample
from diq_core.draft import Draft, begin
from diq_core.jobs.executors import HERE, Executor
from diq_core.jobs.place import Place
from diq_core.jobs.progress import Progress
from diq_core.jobs.work import SCRATCH, Shard, Work
from diq_core.maps.embedding import NO_TEXT, cut, embed, lay_out
from diq_core.models.kernels import use_threads
from diq_core.models.load import Encoder, load_encoder
from diq_core.stages.joining import included_samples
from diq_core.stages.unseen import read_as_text
from diq_core.study import Study

COORDINATES = "coordinates.parquet"
SHARD_QUESTIONS = 1000


def run(
    study: Study,
    name: str,
    settings: EmbedSettings,
    progress: Progress,
    *,
    dataset: Artefact,
    executor: Executor = HERE,
) -> Artefact:
    """Write ``coordinates.parquet``: id, x, y (similar questions lie side by side), and the reason
    where a sample has no place.

    Args:
        executor: who encodes the questions; they are laid out here. See `jobs.executors`.
    """
    draft = begin(
        study.folder("embedding", name),
        kind="embedding",
        settings=settings.model_dump(mode="json"),
        inputs={"dataset": study.reference(dataset)},
    )
    if not isinstance(draft, Draft):
        return draft
    samples = included_samples(dataset)
    work = Work.of(draft, study, f"{__name__}:{open_worker.__name__}")
    done = executor.compute(work, progress)
    progress.say("Drawing the map")
    use_threads(1)
    rows, vectors = _in_order(done.table)
    places = np.full((len(samples), 2), np.nan, dtype=np.float32)
    places[rows], method = lay_out(
        vectors,
        neighbours=settings.neighbours,
        min_distance=settings.min_distance,
        seed=settings.seed,
    )
    reasons = [NO_TEXT if place != place else None for place in places[:, 0]]
    table = pa.table(
        {
            "id": pa.array([sample.id for sample in samples], pa.string()),
            "x": pa.array(places[:, 0], pa.float32(), from_pandas=True),
            "y": pa.array(places[:, 1], pa.float32(), from_pandas=True),
            "reason": pa.array(reasons, pa.string()),
        }
    )
    pq.write_table(table, draft.path / COORDINATES)
    return draft.finish(
        counts={"placed": len(rows), "not_placed": len(samples) - len(rows)},
        facts={"method": method, **done.facts, **read_as_text("questions", samples)},
        scratch=SCRATCH,
    )


@dataclass(frozen=True, eq=False)
class _Worker:
    encoder: Encoder
    samples: Sequence[Sample]
    parts: Sequence[Sequence[int]]
    progress: Progress

    @property
    def shards(self) -> list[Shard]:
        return [Shard(len(part)) for part in self.parts]

    @property
    def facts(self) -> dict[str, Any]:
        names = ("name", "licence", "digest", "device")
        return {"model": {name: self.encoder.facts[name] for name in names}}

    def __call__(self, number: int) -> pa.Table:
        rows = self.parts[number]
        chosen = [self.samples[row] for row in rows]
        vectors, _ = embed(self.encoder, chosen, progress=self.progress.advance)
        return pa.table({"row": pa.array(rows, pa.int64()), "vector": _as_lists(vectors)})


@contextmanager
def open_worker(work: Work, _place: Place, progress: Progress) -> Iterator[_Worker]:
    """Yield what encodes one shard of the questions; see `jobs.work`."""
    settings = build(EmbedSettings, work.settings)
    use_threads(1)
    progress.say("Loading the encoder")
    encoder = load_encoder(settings.encoder, tell=progress.say)
    samples = included_samples(work.input("dataset"))
    progress.say("Reading the questions")
    yield _Worker(encoder, samples, cut(encoder, samples, size=SHARD_QUESTIONS), progress)


def _as_lists(vectors: np.ndarray) -> pa.FixedSizeListArray:
    return pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])


def _in_order(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples' rows, ascending, and the vector of each."""
    table = table.sort_by("row").combine_chunks()
    vectors = table["vector"].combine_chunks()
    flat = vectors.flatten().to_numpy()
    return table["row"].to_numpy(), flat.reshape(len(table), vectors.type.list_size)
