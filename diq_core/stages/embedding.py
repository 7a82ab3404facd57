"""Draw the meaning map: a dataset in, a place in the plane for every sample out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact, Draft, begin
from diq_core.config import EmbedSettings
from diq_core.jobs.progress import Progress
from diq_core.maps.embedding import embed, lay_out
from diq_core.models.kernels import use_threads
from diq_core.models.load import load_encoder
from diq_core.stages.joining import included_samples
from diq_core.study import Study

COORDINATES = "coordinates.parquet"


def run(
    study: Study, name: str, settings: EmbedSettings, progress: Progress, *, dataset: Artefact
) -> Artefact:
    """Write ``coordinates.parquet``: id, x, y (similar questions lie side by side), and the reason
    where a sample has no place."""
    draft = begin(
        study.folder("embedding", name),
        kind="embedding",
        settings=settings.model_dump(mode="json"),
        inputs={"dataset": study.reference(dataset)},
    )
    if not isinstance(draft, Draft):
        return draft
    use_threads(1)
    progress.say("Loading the encoder")
    encoder = load_encoder(settings.encoder, tell=progress.say)
    samples = included_samples(dataset)
    progress.expect(len(samples), message="Reading the questions")
    vectors, reasons = embed(encoder, samples, progress=progress.advance)
    progress.say("Drawing the map")
    rows = np.flatnonzero([reason is None for reason in reasons])
    places = np.full((len(samples), 2), np.nan, dtype=np.float32)
    places[rows], method = lay_out(
        vectors[rows],
        neighbours=settings.neighbours,
        min_distance=settings.min_distance,
        seed=settings.seed,
    )
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
        facts={
            "method": method,
            "model": {
                "name": encoder.name,
                "licence": encoder.licence,
                "digest": encoder.digest,
                "device": encoder.device,
            },
        },
    )
