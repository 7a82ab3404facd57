"""Work on a Ray cluster of two nodes with a core each, made on this machine for the purpose.

    python -m benchmarks.workers kills [--times 20] [--seed 0]
    python -m benchmarks.workers ratio [--samples 120]

`kills` kills one worker at a random moment of each run and compares the bytes with those of the
run here, for difficulty, embedding and influence in turn. `ratio` prints how much faster two
workers are than one, from the first shard to the last, in one run: it needs two quiet cores.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from diq_core.artefact import Artefact
from diq_core.config import DifficultySettings, EmbedSettings, ImportSettings, InfluenceSettings
from diq_core.jobs.executors import HERE, Executor
from diq_core.jobs.on_ray import OnRay
from diq_core.jobs.progress import Progress, Snapshot, silent
from diq_core.kinds import Kind
from diq_core.stages import dataset as importing
from diq_core.stages import difficulty, embedding, influence
from diq_core.stages.sources import SHIPPED_BENCHMARKS
from diq_core.study import Study, create_study
from tests.support.ray_cluster import two_nodes, workers_of

KINDS: tuple[Kind, ...] = ("difficulty", "embedding", "influence")


class Watch(Progress):
    """Notes when shards begin and end, and kills a worker after a while if it is told to."""

    def __init__(self, address: str = "", *, kill_after: float | None = None) -> None:
        super().__init__(None, Snapshot("running", "", ""))
        self.begun = self.ended = 0.0
        self.killed = ""
        self._address, self._kill_after = address, kill_after

    def say(self, message: str) -> None:
        super().say(message)
        if self._kill_after is not None and message.startswith("Waiting for workers"):
            threading.Timer(self._kill_after, self._kill).start()

    def expect(self, total: int, **how: object) -> None:
        super().expect(total, **how)  # type: ignore[arg-type]
        self.begun = time.monotonic()

    def advance(self, units: int, *, cost: float = 0.0) -> None:
        super().advance(units, cost=cost)
        self.ended = time.monotonic()

    def _kill(self) -> None:
        for process in workers_of(self._address)[:1]:
            self.killed = f"{process.pid} at {self.snapshot.done} of {self.snapshot.total}"
            process.kill()


def make(study: Study, kind: Kind, name: str, progress: Progress, executor: Executor) -> Artefact:
    """Make one artefact of `kind`, in small shards."""
    where = study.find("dataset")
    if kind == "difficulty":
        settings = DifficultySettings(shard_size=10)
        return difficulty.run(study, name, settings, progress, dataset=where, executor=executor)
    if kind == "embedding":
        return embedding.run(
            study, name, EmbedSettings(), progress, dataset=where, executor=executor
        )
    how = InfluenceSettings(per_task=2, limit=16, max_tokens=512)
    return influence.run(study, name, how, progress, dataset=where, executor=executor)


def same(one: Artefact, other: Artefact) -> bool:
    """Return whether two artefacts hold the same bytes."""
    return one.manifest == other.manifest and all(
        (one.path / file).read_bytes() == (other.path / file).read_bytes()
        for file in one.manifest["files"]
    )


def kills(study: Study, address: str, *, times: int, seed: int) -> bool:
    """Kill one worker in each of `times` runs; return whether all gave the bytes of here."""
    chooser, longest, fine = random.Random(seed), dict.fromkeys(KINDS, 0.0), True
    for kind in KINDS:
        begun = time.monotonic()
        make(study, kind, "quiet", Watch(), OnRay(address, 2))
        longest[kind] = time.monotonic() - begun
        fine &= same(make(study, kind, "here", silent(), HERE), study.find(kind, "quiet"))
    for number in range(times):
        kind = KINDS[number % len(KINDS)]
        watch = Watch(address, kill_after=chooser.uniform(0.0, longest[kind]))
        made = make(study, kind, f"killed-{number}", watch, OnRay(address, 2))
        equal = same(study.find(kind, "here"), made)
        fine &= equal
        killed = watch.killed or "nobody: it was over, or not begun"
        print(f"{number + 1:3} {kind:10} killed {killed}: {'same' if equal else 'DIFFERENT'} bytes")
        shutil.rmtree(made.path)
    return fine


def ratio(study: Study, address: str) -> float:
    """Return how much faster two workers rate the questions than one."""
    seconds = []
    for workers in (1, 2):
        watch = Watch()
        make(study, "difficulty", f"by-{workers}", watch, OnRay(address, workers))
        seconds.append(watch.ended - watch.begun)
    return seconds[0] / seconds[1]


def _study(folder: Path, samples: int) -> Study:
    study = create_study(folder / "study")
    source = str(SHIPPED_BENCHMARKS["MedQA test, 120 questions"])
    settings = ImportSettings(limit=samples, exclude_duplicates=False, exclude_overlap=False)
    importing.run(study, "main", settings, silent(), source=source, validation=[])
    return study


def main() -> None:
    """Read the command line and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("what", choices=("kills", "ratio"))
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--samples", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    work: Callable[[Study, str], str] = (
        (lambda study, address: "all same"
         if kills(study, address, times=options.times, seed=options.seed) else "NOT all same")
        if options.what == "kills"
        else (lambda study, address: f"two workers are {ratio(study, address):.2f} x one")
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, two_nodes() as address:
        print(work(_study(Path(folder), options.samples), address))


if __name__ == "__main__":
    main()
