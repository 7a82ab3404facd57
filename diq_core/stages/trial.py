"""A trial: the real worker of a stage on a few of its samples, to see what all of them will take.

It reads the study and writes nothing into it. What a worker does before its first shard is told
apart by the phases that it says; a first shard is computed twice, because the first time pays for
what is set up once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from diq_core.jobs.place import place_of
from diq_core.jobs.progress import Progress, Snapshot
from diq_core.jobs.work import Work, open_worker
from diq_core.kinds import Kind
from diq_core.stages.influence_directions import keeping_nothing
from diq_core.study import Study

_GB = 1e9


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a piece of work will take: an estimate, and of what.

    Attributes:
        seconds: of the whole.
        memory: bytes that the trial took at most.
        basis: what was measured, as the end of a sentence.
    """

    seconds: float
    memory: int
    basis: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {"seconds": self.seconds, "memory": self.memory, "basis": self.basis}

    def text(self) -> str:
        """Return it as one sentence."""
        return (
            f"Estimate: about {in_words(self.seconds)} and {self.memory / _GB:.1f} GB of memory, "
            f"from {self.basis}"
        )


@dataclass(frozen=True)
class Trial:
    """What the parts of a trial took, in seconds.

    Attributes:
        phases: what the worker said before its first shard → how long that took.
        once: what the first shard took beyond its work.
        shards: each shard.
        parts: what the worker says that each shard is of, where it says so; else empty.
    """

    phases: Mapping[str, float]
    once: float
    shards: Sequence[float]
    parts: Sequence[Any]

    def fixed(self, *but: str) -> float:
        """Return what does not grow with the samples: all phases except those named, and once."""
        return self.once + sum(took for name, took in self.phases.items() if name not in but)


def try_out(
    study: Study, kind: Kind, opener: str, settings: Mapping[str, Any],
    inputs: Mapping[str, Mapping[str, str]], sources: Mapping[str, str],
) -> Trial:  # fmt: skip
    """Open the worker of a stage with settings for a few samples, and let it do all of them.

    Raises:
        UserError: whatever the stage would refuse.
    """
    plan = {"kind": kind, "settings": settings, "inputs": inputs}
    with TemporaryDirectory(prefix="diq-") as folder, keeping_nothing():
        work = Work(opener, str(study.path), plan, sources, folder)
        clock = _Clock()
        progress = Progress(None, Snapshot("running", kind, ""), clock.look)
        with open_worker(work, place_of(folder), progress) as worker:
            phases = clock.stop()
            first = _timed(worker, 0)
            shards = [_timed(worker, number) for number in range(len(worker.shards))]
            return Trial(phases, max(0.0, first - shards[0]), shards, getattr(worker, "parts", ()))


class _Clock:
    """Says how long each phase took."""

    def __init__(self) -> None:
        self._phase, self._since = "", time.perf_counter()
        self._took: dict[str, float] = {}

    def look(self, job: Snapshot) -> None:
        if job.message != self._phase:
            self.stop()
            self._phase = job.message

    def stop(self) -> Mapping[str, float]:
        now = time.perf_counter()
        self._took[self._phase] = self._took.get(self._phase, 0.0) + now - self._since
        self._since = now
        return dict(self._took)


def _timed(worker: Any, number: int) -> float:
    begun = time.perf_counter()
    worker(number)
    return time.perf_counter() - begun


def in_words(seconds: float) -> str:
    """Return a duration as an estimate is said: no more digits than it is worth."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
