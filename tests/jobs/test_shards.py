"""A shard is computed once; what was finished before a stop is not computed again."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from diq_core.jobs.progress import silent
from diq_core.jobs.shards import run_shards

SHARDS = [[0, 1, 2], [3], [4, 5]]


def _table(shard: list[int]) -> pa.Table:
    return pa.table({"id": shard})


def test_rows_come_in_shard_order_and_are_counted(tmp_path: Path) -> None:
    progress = silent()
    table = run_shards(SHARDS, _table, tmp_path, progress, size=len)
    assert table["id"].to_pylist() == [0, 1, 2, 3, 4, 5]
    assert (progress.snapshot.done, progress.snapshot.total) == (6, 6)


def test_a_stop_in_the_middle_loses_only_the_shard_at_work(tmp_path: Path) -> None:
    def stops(shard: list[int]) -> pa.Table:
        if shard == [3]:
            raise KeyboardInterrupt
        return _table(shard)

    with pytest.raises(KeyboardInterrupt):
        run_shards(SHARDS, stops, tmp_path, silent(), size=len)
    computed: list[list[int]] = []

    def notes(shard: list[int]) -> pa.Table:
        computed.append(shard)
        return _table(shard)

    progress = silent()
    table = run_shards(SHARDS, notes, tmp_path, progress, size=len)
    assert computed == [[3], [4, 5]]
    assert table["id"].to_pylist() == [0, 1, 2, 3, 4, 5]
    assert progress.snapshot.done == 6


def test_time_left_follows_cost_not_count(tmp_path: Path, monkeypatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("diq_core.jobs.progress.time.time", lambda: float(next(clock)))
    progress = silent()
    progress.expect(2, cost=100.0)
    progress.advance(1, cost=10.0)
    seconds = progress.snapshot.updated - progress._begun
    assert progress.snapshot.seconds_left == pytest.approx(9 * seconds)


def test_a_shard_may_report_finer_steps_itself(tmp_path: Path) -> None:
    progress = silent()

    def fine(shard: list[int]) -> pa.Table:
        for _ in shard:
            progress.advance(1)
        return _table(shard)

    run_shards(SHARDS, fine, tmp_path, progress, size=len)
    assert progress.snapshot.done == 6
