"""Work cut into shards: each is computed once and kept, so a killed job loses at most one.

A shard's file has its final name only when it is whole. The function that fills a shard knows
neither the folder nor the other shards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import atomic
from diq_core.jobs.progress import Progress

T = TypeVar("T")
FOLDER = "shards"


def run_shards(
    shards: Sequence[T],
    compute: Callable[[T], pa.Table],
    folder: Path,
    progress: Progress,
    *,
    size: Callable[[T], int],
    cost: Callable[[T], float] | None = None,
    unit: str = "samples",
) -> pa.Table:
    """Compute every shard that is not there yet and return all rows in shard order.

    Args:
        shards: what to compute, in a fixed order; position is the shard's name.
        compute: fills one shard; may call `progress.advance` itself for finer steps — then it
            must advance by exactly `size` and `cost` of the shard.
        folder: where ``shards/`` is kept.
        size: units in a shard.
        cost: see `Progress.expect`.
    """
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    paths = [place / f"{number:06d}.parquet" for number in range(len(shards))]
    missing = [shard for shard, path in zip(shards, paths, strict=True) if not path.exists()]
    total = sum(map(size, shards))
    work = sum(map(cost, missing)) if cost else 0.0
    progress.expect(total, unit=unit, finished=total - sum(map(size, missing)), cost=work)
    for shard, path in zip(shards, paths, strict=True):
        if path.exists():
            continue
        before = progress.snapshot.done
        table = compute(shard)
        with atomic(path) as partial:
            pq.write_table(table, partial)
        if progress.snapshot.done == before:
            progress.advance(size(shard), cost=cost(shard) if cost else 0.0)
    return pa.concat_tables([pq.read_table(path) for path in paths])
