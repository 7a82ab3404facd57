"""Where the work of a verb is done: options that no setting and no manifest ever holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from diq_core.config import ExecutionInputs
from diq_core.errors import BadSetting
from diq_core.extras import need
from diq_core.jobs.executors import Executor, Here, Rank, rank_of_environment
from diq_core.jobs.making import RankStage, Stage


@dataclass(frozen=True)
class Execution:
    """Where the work is done, as it was typed."""

    on: str = "here"
    address: str | None = None
    workers: int | None = None
    cores: float | None = None
    gpus: float | None = None
    rank: str | None = None
    of: int | None = None
    shards: str | None = None

    def stage(self, make: Callable[[Executor], Stage]) -> Stage:
        """Return the stage that `make` gives for the executor that was asked for.

        Raises:
            BadSetting: options contradict each other.
        """
        executor, url = self._executor(), self.shards or ""
        if not isinstance(executor, Rank):
            return make(executor)
        part = f"rank-{executor.rank}-of-{executor.of}"
        return RankStage(make(executor), make(Here(url)), part)

    def _executor(self) -> Executor:
        url = self.shards or ""
        asks = (("--address", self.address), ("--workers", self.workers),
                ("--cores", self.cores), ("--gpus", self.gpus))  # fmt: skip
        asked = [name for name, value in asks if value is not None]
        if self.on == "ray":
            if self.rank is not None or self.of is not None:
                raise _contradiction("--rank and --of", "--on ray")
            return self._on_ray(url)
        if asked:
            raise BadSetting(
                "Only work on a Ray cluster has workers and an address",
                which=asked[0],
                todo="add --on ray, or leave it out",
            )
        if self.rank is None and self.of is None:
            return Here(url)
        return Rank(*self._rank(), url)

    def _rank(self) -> tuple[int, int]:
        if self.rank == "auto" and self.of is None:
            return rank_of_environment()
        if self.rank is None or self.of is None or not self.rank.isdigit():
            raise BadSetting(
                "A rank needs its number and how many there are",
                which=f"--rank {self.rank or '…'} --of {self.of or '…'}",
                todo="give --rank NUMBER --of COUNT, or --rank auto alone",
            )
        return int(self.rank), self.of

    def _on_ray(self, url: str) -> Executor:
        from diq_core.jobs.on_ray import OnRay

        need("ray", "ray")
        address = self.address or os.environ.get("RAY_ADDRESS") or "auto"
        cores = 1.0 if self.cores is None else self.cores
        return OnRay(address, self.workers or 1, cores, self.gpus or 0.0, url)


def execution_of(inputs: ExecutionInputs) -> Execution:
    """Return where the work is done, as the inputs of a verb say."""
    return Execution(**{name: getattr(inputs, name) for name in ExecutionInputs.model_fields})


def _contradiction(one: str, other: str) -> BadSetting:
    return BadSetting(
        f"{one} and {other} are two ways of sharing the work", which=one, todo="choose one of them"
    )
