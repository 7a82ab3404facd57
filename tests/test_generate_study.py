"""The generated study that tests and benchmarks stand on."""

from __future__ import annotations

from pathlib import Path

from benchmarks.generate_study import generate_study
from diq_core.kinds import ARTEFACTS
from diq_core.selection.pool import Pool
from diq_core.stages.joining import load_scores
from diq_core.status import status
from diq_core.study import Study


def digests(study: Study) -> list[str]:
    return [found.digest for kind in ARTEFACTS for found in study.artefacts(kind)]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (generate_study(tmp_path / name, 50, seed=3) for name in "ab")
    assert digests(one) == digests(two)
    assert digests(one) != digests(generate_study(tmp_path / "c", 50, seed=4))


def test_its_artefacts_are_whole_and_fit_together(tmp_path: Path) -> None:
    study = generate_study(tmp_path / "a", 300)
    scores = load_scores(study.find("dataset"), study.find("difficulty"), study.find("influence"))
    pool = Pool(scores)
    assert 0 < pool.both.sum() < pool.included.sum() < 300
    assert scores["difficulty"].min() >= 1
    assert scores["difficulty"].max() <= 5
    for kind in ("dataset", "difficulty", "influence", "embedding"):
        assert study.find(kind).faults() == []
    assert {step.state for step in status(study)} <= {"done", "ready", "waiting"}
