"""Who computes the shards of a piece of work: this process, one of several ranks, or Ray.

Whoever it is, a shard that is there is never computed again, and the same shards make the same
bytes. So work may be begun by one executor and continued by another.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import pyarrow as pa

from diq_core.errors import BadSetting, Unfinished
from diq_core.jobs.place import Place
from diq_core.jobs.progress import Progress
from diq_core.jobs.work import (
    Agreed,
    Shard,
    Work,
    Worker,
    agreed,
    fill,
    finished,
    join,
    open_worker,
    place_for,
)


@dataclass(frozen=True)
class Done:
    """All shards.

    Attributes:
        table: their rows, in the order of the shards.
        facts: of the workers; see `Worker`.
        place: where the shards and what was decided on the way lie.
    """

    table: pa.Table
    facts: Mapping[str, Any]
    place: Place


class Executor(Protocol):
    """Sees to it that every shard is computed."""

    def compute(self, work: Work, progress: Progress, *, unit: str = "samples") -> Done:
        """Return the rows of all shards.

        Raises:
            Unfinished: shards of other processes are still missing.
        """
        ...


@dataclass(frozen=True)
class Here:
    """This process computes every shard that is missing.

    Attributes:
        url: where shards are kept; empty = in the unfinished artefact.
    """

    url: str = ""

    def compute(self, work: Work, progress: Progress, *, unit: str = "samples") -> Done:
        """See `Executor`."""
        work = elsewhere(work, self.url)
        place = place_for(work)
        known = agreed(place)
        if known is None or still_missing(place, known):
            with open_worker(work, place, progress) as worker:
                Tally(place, worker.shards, progress, unit).run(worker, range(len(worker.shards)))
        return done(place)


@dataclass(frozen=True)
class Rank:
    """This process is number `rank` of `of`, which do not know each other: it computes the shards
    rank, rank + of, … that are missing. It never joins them: that is done once, by `Here`.

    Attributes:
        rank: 0 to `of` − 1.
        url: see `Here`; empty = the study lies on a disk that all see.
    """

    rank: int
    of: int
    url: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.of:
            raise BadSetting(
                f"There is no rank {self.rank} of {self.of}",
                which="--rank",
                todo=f"number the {self.of} processes 0 to {self.of - 1}"
                if self.of > 0
                else "say with --of how many processes there are",
            )

    def compute(self, work: Work, progress: Progress, *, unit: str = "samples") -> Done:
        """See `Executor`."""
        work = replace(elsewhere(work, self.url), shared=True)
        place = place_for(work)
        known = agreed(place)
        if known is None or self._own(still_missing(place, known)):
            with open_worker(work, place, progress) as worker:
                shards = range(self.rank, len(worker.shards), self.of)
                Tally(place, worker.shards, progress, unit).run(worker, shards)
        known = agreed(place)
        assert known is not None
        raise Unfinished(len(known.shards), still_missing(place, known), of=self.of)

    def _own(self, numbers: Iterable[int]) -> list[int]:
        return [number for number in numbers if number % self.of == self.rank]


HERE = Here()

_ENVIRONMENTS = (
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
    ("RANK", "WORLD_SIZE", ""),
    ("SLURM_PROCID", "SLURM_NTASKS", ""),
    ("SKYPILOT_NODE_RANK", "SKYPILOT_NUM_NODES", ""),
)


def rank_of_environment(environment: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """Return (rank, of) as a Slurm array, torchrun, srun or SkyPilot say it, in this order.

    Raises:
        BadSetting: none of them started this process.
    """
    for rank, of, first in _ENVIRONMENTS:
        if rank in environment and of in environment:
            return int(environment[rank]) - int(environment.get(first, 0)), int(environment[of])
    names = ", ".join(rank for rank, _, _ in _ENVIRONMENTS)
    raise BadSetting(
        "Nothing says which rank this process is",
        which=f"none of {names} is set",
        todo="give --rank NUMBER --of COUNT, or start it by one of those that set them",
    )


def elsewhere(work: Work, url: str) -> Work:
    """Return `work` with its shards under `url`, if there is one."""
    name = os.path.basename(work.place).removesuffix(".part")
    return work.at(url, name) if url else work


def still_missing(place: Place, known: Agreed) -> list[int]:
    """Return the numbers of the shards that are not there."""
    there = finished(place, len(known.shards))
    return [number for number in range(len(known.shards)) if number not in there]


def done(place: Place) -> Done:
    """Return all shards, joined and verified."""
    known = agreed(place)
    assert known is not None
    return Done(join(place, known.shards), known.facts, place)


@dataclass
class Tally:
    """How far the work is, whoever does it: what counts are the files that are there."""

    place: Place
    shards: Sequence[Shard]
    progress: Progress
    unit: str = "samples"
    there: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.there = finished(self.place, len(self.shards))
        missing = [each for n, each in enumerate(self.shards) if n not in self.there]
        total = sum(each.size for each in self.shards)
        self.progress.expect(
            total,
            unit=self.unit,
            finished=total - sum(each.size for each in missing),
            cost=sum(each.cost for each in missing),
        )

    def run(self, worker: Worker, numbers: Iterable[int]) -> None:
        """Compute those of `numbers` that are not there when their turn comes."""
        for number in numbers:
            if number in self.there:
                continue
            before = self.progress.snapshot.done
            fill(worker, self.place, number)
            if self.progress.snapshot.done != before:
                self.there.add(number)
            self.look()

    def look(self) -> None:
        """Count what was finished since the last look."""
        new = finished(self.place, len(self.shards)) - self.there
        self.there |= new
        if new:
            shards = [self.shards[number] for number in new]
            self.progress.advance(
                sum(each.size for each in shards), cost=sum(each.cost for each in shards)
            )
