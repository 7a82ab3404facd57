"""Where the work of a verb is done: options that no setting and no manifest ever holds."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Literal, get_type_hints

import typer

from diq_core.errors import BadSetting
from diq_core.extras import need
from diq_core.jobs.executors import Executor, Here, Rank, rank_of_environment
from diq_core.jobs.making import RankStage, Stage

OnOption = Annotated[
    Literal["here", "ray"],
    typer.Option("--on", help="Who computes: this process, or workers on a Ray cluster."),
]
AddressOption = Annotated[
    str | None,
    typer.Option(help="The Ray cluster: head-node:6379, ray://head-node:10001 or auto."),
]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="Workers on the Ray cluster; default: 1.")
]
CoresOption = Annotated[
    float | None, typer.Option(min=0, help="Processor cores of each worker on Ray; default: 1.")
]
GpusOption = Annotated[
    float | None, typer.Option(min=0, help="Graphics cards of each worker on Ray; default: 0.")
]
RankOption = Annotated[
    str | None,
    typer.Option(
        "--rank",
        help="Do only the part of this process: its number, from 0, of the --of that share the "
        "work; 'auto' = as a Slurm array, torchrun, srun or SkyPilot say.",
    ),
]
OfOption = Annotated[int | None, typer.Option("--of", min=1, help="How many ranks there are.")]
ShardsOption = Annotated[
    str | None,
    typer.Option(
        "--shards", metavar="URL", help="Keep shards at this fsspec URL (s3://…) instead of in "
        "the study, for machines that share no disk."
    ),
]  # fmt: skip


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


HERE = Execution()


def with_execution(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options of `Execution`; it gets them as its argument `execution`."""
    hints = get_type_hints(function, include_extras=True)
    own = [
        each.replace(annotation=hints.get(each.name, each.annotation))
        for each in inspect.signature(function).parameters.values()
        if each.name != "execution"
    ]

    @wraps(function)
    def run(*given: Any, **typed: Any) -> Any:
        execution = Execution(**{name: typed.pop(name) for name in _OPTIONS})
        return function(*given, **typed, execution=execution)

    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default="here" if name == "on" else None,
            annotation=option,
        )
        for name, option in _OPTIONS.items()
    ]
    run.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in [*own, *added]}
    del run.__wrapped__  # its annotations are not those of what is called
    return run


_OPTIONS: dict[str, Any] = {
    "on": OnOption, "address": AddressOption, "workers": WorkersOption, "cores": CoresOption,
    "gpus": GpusOption, "rank": RankOption, "of": OfOption, "shards": ShardsOption,
}  # fmt: skip


def _contradiction(one: str, other: str) -> BadSetting:
    return BadSetting(
        f"{one} and {other} are two ways of sharing the work", which=one, todo="choose one of them"
    )
