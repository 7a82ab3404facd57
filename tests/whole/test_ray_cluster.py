"""Difficulty, embedding and influence on a real Ray cluster of two nodes, workers killed on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from diq_core.artefact import Artefact
from diq_core.config import (
    DifficultySettings,
    EmbedSettings,
    ImportSettings,
    InfluenceSettings,
)
from diq_core.errors import BadSetting
from diq_core.jobs import cluster
from diq_core.jobs.executors import HERE, Executor
from diq_core.jobs.on_ray import OnRay
from diq_core.jobs.progress import Progress, Snapshot, silent
from diq_core.stages import dataset as importing
from diq_core.stages import difficulty, embedding, influence
from diq_core.study import Study, create_study
from tests.support.ray_cluster import two_nodes, workers_of
from tests.support.tiny import questions, tiny_llama, tiny_tokenizer

pytest.importorskip("ray")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with two_nodes() as found:
        yield found


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "cache"))
    study = create_study(tmp_path / "study")
    importing.run(
        study, "main", ImportSettings(exclude_duplicates=False), silent(),
        source=_lines(tmp_path / "pool.jsonl", questions(40)), validation=[],
    )  # fmt: skip
    return study


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    tiny_llama().save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return str(folder)


def _lines(path: Path, samples: list[Any], **extra: Any) -> str:
    rows = [{"id": s.id, "question": s.question + f" ({s.id})", "reasoning": s.reasoning,
             "answer": s.answer, "source": s.source, **extra} for s in samples]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


class _Killer(Progress):
    """Kills one worker when so many samples are done."""

    def __init__(self, address: str, after: int) -> None:
        super().__init__(None, Snapshot("running", "", ""))
        self._address, self._after = address, after
        self.killed: list[psutil.Process] = []

    def advance(self, units: int, *, cost: float = 0.0) -> None:
        super().advance(units, cost=cost)
        if self.snapshot.done >= self._after and not self.killed:
            self.killed = workers_of(self._address)[:1]
            for process in self.killed:
                process.kill()


def _difficulty(study: Study, name: str, executor: Executor, progress: Progress) -> Artefact:
    return difficulty.run(
        study, name, DifficultySettings(shard_size=2), progress,
        dataset=study.find("dataset"), executor=executor,
    )  # fmt: skip


def _same(one: Artefact, other: Artefact) -> None:
    assert one.manifest == other.manifest
    for file in one.manifest["files"]:
        assert (one.path / file).read_bytes() == (other.path / file).read_bytes()


def test_two_workers_one_of_them_killed_give_the_bytes_of_here(address: str, study: Study) -> None:
    here = _difficulty(study, "here", HERE, silent())
    for after in (2, 20):
        killer = _Killer(address, after)
        made = _difficulty(study, f"ray{after}", OnRay(address, 2), killer)
        assert killer.killed
        _same(here, made)
        assert killer.snapshot.done == killer.snapshot.total == 40


def test_influence_and_the_map_are_the_same_there(
    address: str, study: Study, model: str, tmp_path: Path
) -> None:
    held_out = _lines(tmp_path / "held_out.jsonl", questions(5, first=60), meta={"task": "sums"})
    settings = InfluenceSettings(model=model, max_tokens=400, batch_tokens=300, also=("cosine",))
    where = study.find("dataset")
    executors: dict[str, Executor] = {"here": HERE, "ray": OnRay(address, 2)}
    for name, executor in executors.items():
        influence.run(study, name, settings, silent(), dataset=where, validation=held_out,
                      executor=executor)  # fmt: skip
        embedding.run(study, name, EmbedSettings(), silent(), dataset=where, executor=executor)
    _same(study.find("influence", "here"), study.find("influence", "ray"))
    _same(study.find("embedding", "here"), study.find("embedding", "ray"))


def test_what_the_cluster_cannot_give_is_said_in_time(
    address: str, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_S", 2.0)
    with pytest.raises(BadSetting, match=r"gave no worker within 2 s.*64 cores.*less with --cores"):
        _difficulty(study, "big", OnRay(address, 2, cores=64), silent())


def test_a_mistake_there_has_the_words_of_here(address: str, study: Study) -> None:
    # A pool that was replaced on the way: the workers read another one than the driver.
    whole = study.find("dataset")
    (whole.path / "samples.parquet").write_bytes(b"PAR1")
    with pytest.raises(Exception, match="samples.parquet|Parquet|parquet"):
        _difficulty(study, "broken", OnRay(address, 1), silent())


@pytest.mark.parametrize("wrong", ["127.0.0.1:9", "head-node", "ray://127.0.0.1:9"])
def test_no_cluster_is_one_sentence(wrong: str, study: Study) -> None:
    with pytest.raises(BadSetting, match="There is no Ray cluster: .*--address"):
        _difficulty(study, "nowhere", OnRay(wrong), silent())
    assert study.folder("difficulty", "nowhere.x").parent.joinpath("nowhere.part").is_dir()
