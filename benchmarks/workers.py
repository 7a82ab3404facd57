"""Work on a Ray cluster of two nodes with a core each, made on this machine for the purpose.

    python -m benchmarks.workers kills [--times 20] [--seed 0] [--minutes 20]
    python -m benchmarks.workers ratio [--samples 600]

`kills` kills one worker at a random moment of each run and compares the bytes with those of the
run here, for difficulty, embedding and influence in turn. `ratio` prints how much faster two
workers are than one once they are loaded, as samples a second over the last two thirds of the
samples, in one run: it needs two quiet cores. What is not finished after so many minutes is given
up, and the cluster taken down.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from diq_core.artefact import Artefact
from diq_core.assets import asset
from diq_core.config import DifficultySettings, EmbedSettings, ImportSettings, InfluenceSettings
from diq_core.jobs.executors import HERE, Executor
from diq_core.jobs.on_ray import OnRay
from diq_core.jobs.progress import Progress, Snapshot, silent
from diq_core.kinds import Kind
from diq_core.stages import dataset as importing
from diq_core.stages import difficulty, embedding, influence
from diq_core.study import Study, create_study
from tests.support.ray_cluster import two_nodes, workers_of

KINDS: tuple[Kind, ...] = ("difficulty", "embedding", "influence")


class Watch(Progress):
    """Notes when each shard ends, and kills a worker after a while if it is told to."""

    def __init__(self, address: str = "", *, kill_after: float | None = None) -> None:
        super().__init__(None, Snapshot("running", "", ""))
        self.ends: list[tuple[int, float]] = []
        self.killed = ""
        self.opened = 0.0
        self._address, self._kill_after = address, kill_after
        self._timer = threading.Timer(kill_after or 0.0, self._kill)

    def say(self, message: str) -> None:
        super().say(message)
        if message.startswith("Workers load"):
            self.opened = self.opened or time.monotonic()
            if self._kill_after is not None and self._timer.ident is None:
                self._timer.start()

    def advance(self, units: int, *, cost: float = 0.0) -> None:
        super().advance(units, cost=cost)
        self.ends.append((self.snapshot.done, time.monotonic()))

    def rate_when_loaded(self) -> float:
        """Return samples a second from the first third of the samples on."""
        at_work = [end for end in self.ends if end[0] >= self.ends[-1][0] / 3]
        (first, begun), (last, ended) = at_work[0], at_work[-1]
        return (last - first) / (ended - begun)

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


def differing(one: Artefact, other: Artefact) -> list[str]:
    """Return which files and which facts of the manifest are not the same in two artefacts."""
    facts = one.manifest.keys() | other.manifest.keys()
    found = [name for name in sorted(facts) if one.manifest.get(name) != other.manifest.get(name)]
    return found + [
        file
        for file in sorted(one.manifest["files"].keys() & other.manifest["files"].keys())
        if (one.path / file).read_bytes() != (other.path / file).read_bytes()
    ]


def kills(study: Study, address: str, *, times: int, seed: int) -> bool:
    """Kill one worker in each of `times` runs; return whether all gave the bytes of here."""
    chooser, longest, fine = random.Random(seed), dict.fromkeys(KINDS, 0.0), True
    for kind in KINDS:
        watch = Watch()
        _tell(f"{kind}: undisturbed, on the cluster and here")
        make(study, kind, "quiet", watch, OnRay(address, 2))
        longest[kind] = time.monotonic() - watch.opened
        fine &= not differing(make(study, kind, "here", silent(), HERE), study.find(kind, "quiet"))
    for number in range(times):
        kind = KINDS[number % len(KINDS)]
        watch = Watch(address, kill_after=chooser.uniform(0.0, longest[kind]))
        made = make(study, kind, f"killed-{number}", watch, OnRay(address, 2))
        differ = differing(study.find(kind, "here"), made)
        fine &= not differ
        killed = watch.killed or "nobody: it was over, or not begun"
        found = f"DIFFERENT: {', '.join(differ)}" if differ else "same bytes"
        _tell(f"{number + 1:3} {kind:10} killed {killed}: {found}")
        shutil.rmtree(made.path)
    return fine


def ratio(study: Study, address: str) -> float:
    """Return how much faster two workers rate the questions than one."""
    rates = []
    for workers in (1, 2):
        watch = Watch()
        make(study, "difficulty", f"by-{workers}", watch, OnRay(address, workers))
        rates.append(watch.rate_when_loaded())
    return rates[1] / rates[0]


def _tell(line: str) -> None:
    print(line, flush=True)


@contextmanager
def _at_most(minutes: float) -> Iterator[None]:
    """End the program with a sentence if the block is not finished in so many minutes."""
    late = False

    def give_up(*_: object) -> None:
        nonlocal late
        late = True
        # Said here, for Ray makes an error of its own of what is raised inside it.
        _tell("Given up: it was not finished in the minutes that it had (--minutes)")
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 60 * minutes)
    try:
        yield
    except Exception:
        if not late:
            raise
        sys.exit(1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _study(folder: Path, samples: int) -> Study:
    study = create_study(folder / "study")
    source = str(asset("demo_study", "uploads", "demo_samples.jsonl"))
    settings = ImportSettings(limit=samples, exclude_duplicates=False, exclude_overlap=False)
    importing.run(study, "main", settings, silent(), source=source, validation=[])
    return study


def main() -> None:
    """Read the command line and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("what", choices=("kills", "ratio"))
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--samples", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=20)
    options = parser.parse_args()
    work: Callable[[Study, str], str] = (
        (lambda study, address: "all same"
         if kills(study, address, times=options.times, seed=options.seed) else "NOT all same")
        if options.what == "kills"
        else (lambda study, address: f"two workers are {ratio(study, address):.2f} x one")
    )  # fmt: skip
    _tell("Starting a cluster of two nodes")
    with (
        _at_most(options.minutes),
        tempfile.TemporaryDirectory() as folder,
        two_nodes() as address,
    ):
        samples = options.samples or (120 if options.what == "kills" else 600)
        _tell(work(_study(Path(folder), samples), address))


if __name__ == "__main__":
    main()
