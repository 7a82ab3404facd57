"""A shard is computed once, by whoever comes to it; the same shards make the same rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.errors import BadFile, BadSetting, Unfinished
from diq_core.jobs.executors import Here, Rank, rank_of_environment
from diq_core.jobs.place import Place, load_json, pin_json, place_of
from diq_core.jobs.progress import Progress, silent
from diq_core.jobs.work import Shard, Work, agreed

SHARDS = [[0, 1, 2], [3], [4, 5]]


class Numbers:
    """Gives the numbers of `SHARDS` back, and notes which shards it was asked for."""

    facts: dict[str, Any]

    def __init__(self, progress: Progress, *, stops: int = -1, fine: bool = False) -> None:
        self.facts, self.shards = {"device": "cpu"}, [Shard(len(each)) for each in SHARDS]
        self.asked: list[int] = []
        self._progress, self._stops, self._fine = progress, stops, fine

    def __call__(self, number: int) -> pa.Table:
        if number == self._stops:
            raise KeyboardInterrupt
        self.asked.append(number)
        for _ in SHARDS[number] if self._fine else ():
            self._progress.advance(1)
        return pa.table({"id": SHARDS[number]})


@pytest.fixture
def work(tmp_path: Path) -> Work:
    plan = {"kind": "difficulty", "settings": {}, "inputs": {}}
    return Work("numbers_of_a_test:open_numbers", "", plan, {}, str(tmp_path))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Numbers]:
    """Make every work open such a worker, and return those that were opened."""
    made: list[Numbers] = []

    @contextmanager
    def open_numbers(_work: Work, _place: Place, progress: Progress) -> Iterator[Numbers]:
        made.append(Numbers(progress, **OPTIONS))
        yield made[-1]

    module: Any = ModuleType("numbers_of_a_test")
    module.open_numbers = open_numbers
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return made


OPTIONS: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def no_options() -> Iterator[None]:
    OPTIONS.clear()
    yield
    OPTIONS.clear()


def test_rows_come_in_shard_order_and_are_counted(work: Work, opened: list[Numbers]) -> None:
    progress = silent()
    done = Here().compute(work, progress)
    assert done.table["id"].to_pylist() == [0, 1, 2, 3, 4, 5]
    assert done.facts == {"device": "cpu"}
    assert (progress.snapshot.done, progress.snapshot.total) == (6, 6)


def test_a_stop_in_the_middle_loses_only_the_shard_at_work(
    work: Work, opened: list[Numbers]
) -> None:
    OPTIONS["stops"] = 1
    with pytest.raises(KeyboardInterrupt):
        Here().compute(work, silent())
    OPTIONS.clear()
    progress = silent()
    done = Here().compute(work, progress)
    assert opened[-1].asked == [1, 2]
    assert done.table["id"].to_pylist() == [0, 1, 2, 3, 4, 5]
    assert progress.snapshot.done == 6


def test_where_nothing_is_missing_no_worker_is_opened(work: Work, opened: list[Numbers]) -> None:
    first, again = Here().compute(work, silent()), Here().compute(work, silent())
    assert len(opened) == 1
    assert again.table.equals(first.table)
    assert again.facts == first.facts


def test_time_left_follows_cost_not_count(tmp_path: Path, monkeypatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("diq_core.jobs.progress.time.time", lambda: float(next(clock)))
    progress = silent()
    progress.expect(2, cost=100.0)
    progress.advance(1, cost=10.0)
    seconds = progress.snapshot.updated - progress._begun
    assert progress.snapshot.seconds_left == pytest.approx(9 * seconds)


def test_a_shard_may_report_finer_steps_itself(work: Work, opened: list[Numbers]) -> None:
    OPTIONS["fine"] = True
    progress = silent()
    Here().compute(work, progress)
    assert progress.snapshot.done == 6


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_ranks_in_any_order_make_the_same_table(
    work: Work, opened: list[Numbers], order: tuple[int, ...]
) -> None:
    for place, rank in enumerate(order):
        progress = silent()
        with pytest.raises(Unfinished) as left:
            Rank(rank, 3).compute(work, progress)
        assert left.value.missing == sorted(order[place + 1 :])
        assert progress.snapshot.done == sum(len(SHARDS[n]) for n in order[: place + 1])
    assert Here().compute(work, silent()).table["id"].to_pylist() == [0, 1, 2, 3, 4, 5]
    assert [one.asked for one in opened] == [[rank] for rank in order]


def test_a_rank_says_what_is_missing_and_whose(work: Work, opened: list[Numbers]) -> None:
    with pytest.raises(Unfinished, match=r"1 of 3 shards, 2 missing \(of rank 0, 1\)"):
        Rank(2, 3).compute(work, silent())
    with pytest.raises(Unfinished, match=r"2 of 3 shards, 1 missing \(of rank 1\)"):
        Rank(0, 3).compute(work, silent())
    with pytest.raises(BadSetting, match="no rank 3 of 3.*number the 3 processes 0 to 2|Number"):
        Rank(3, 3)


def test_more_ranks_than_shards_leave_some_without_work(work: Work, opened: list[Numbers]) -> None:
    for rank in range(5):
        with pytest.raises(Unfinished):
            Rank(rank, 5).compute(work, silent())
    assert Here().compute(work, silent()).table["id"].to_pylist() == [0, 1, 2, 3, 4, 5]


def test_a_worker_that_computes_otherwise_is_refused(
    work: Work, opened: list[Numbers], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unfinished):
        Rank(0, 3).compute(work, silent())
    real = Numbers.__init__

    def other(self: Numbers, *arguments: Any, **options: Any) -> None:
        real(self, *arguments, **options)
        self.facts = {"device": "cuda"}

    monkeypatch.setattr(Numbers, "__init__", other)
    with pytest.raises(BadSetting, match="device is 'cuda', there it was 'cpu'.*machines of one"):
        Rank(1, 3).compute(work, silent())


def test_a_damaged_shard_is_named(work: Work, opened: list[Numbers], tmp_path: Path) -> None:
    Here().compute(work, silent())
    file = tmp_path / "shards" / "000001.parquet"
    file.write_bytes((tmp_path / "shards" / "000000.parquet").read_bytes())
    with pytest.raises(BadFile, match=r"has 3 rows instead of 1 \(shards/000001.parquet\)"):
        Here().compute(work, silent())
    file.write_bytes(b"PAR1")
    with pytest.raises(BadFile, match="shard is damaged.*shards/000001.parquet.*remove|Remove"):
        Here().compute(work, silent())


def test_shards_may_lie_at_a_url(work: Work, opened: list[Numbers], tmp_path: Path) -> None:
    url = "memory://ranks"
    for rank in range(3):
        with pytest.raises(Unfinished):
            Rank(rank, 3, url).compute(work, silent())
    done = Here(url).compute(work, silent())
    assert done.table["id"].to_pylist() == [0, 1, 2, 3, 4, 5]
    assert list(tmp_path.iterdir()) == []
    # Other settings are other work, whatever its name.
    other = Work(work.opener, "", {**work.plan, "settings": {"x": 1}}, {}, work.place)
    assert other.at(url, "main").place != work.at(url, "main").place
    with pytest.raises(BadSetting, match="Shards cannot be kept there.*nowhere"):
        Here("nowhere://x").compute(work, silent())


@pytest.mark.parametrize("where", ["folder", "memory://pins"])
def test_what_is_pinned_first_counts(where: str, tmp_path: Path) -> None:
    place = place_of(str(tmp_path) if where == "folder" else where)
    assert pin_json(place, "a.json", lambda: 1) == 1
    assert pin_json(place, "a.json", lambda: 2) == 1
    # Two decide at the same time: both saw that there was nothing.
    place.pin("a.json", lambda path: path.write_text("3"))
    assert load_json(place, "a.json") == 1
    assert [file.name for file in tmp_path.iterdir()] == (["a.json"] if where == "folder" else [])
    assert agreed(place) is None


@given(st.integers(0, 30), st.integers(1, 9))
def test_every_shard_belongs_to_one_rank(shards: int, ranks: int) -> None:
    dealt = [number for rank in range(ranks) for number in range(shards)[rank::ranks]]
    assert sorted(dealt) == list(range(shards))


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8"}, (3, 8)),
        (
            {"SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "8",
             "SLURM_ARRAY_TASK_MIN": "1", "SLURM_PROCID": "0", "SLURM_NTASKS": "1"},
            (0, 8),
        ),
        ({"RANK": "2", "WORLD_SIZE": "4"}, (2, 4)),
        ({"SLURM_PROCID": "1", "SLURM_NTASKS": "2"}, (1, 2)),
        ({"SKYPILOT_NODE_RANK": "0", "SKYPILOT_NUM_NODES": "3"}, (0, 3)),
    ],
)  # fmt: skip
def test_the_scheduler_says_the_rank(environment: dict[str, str], found: tuple[int, int]) -> None:
    assert rank_of_environment(environment) == found


def test_without_a_scheduler_the_rank_must_be_said() -> None:
    with pytest.raises(BadSetting, match="Nothing says which rank.*--rank NUMBER --of COUNT"):
        rank_of_environment({})
