"""Work that can leave the process: data says what is to be done, a worker does one shard of it.

`Work` holds names and values only, so any process on any machine can open it. The worker that is
opened first pins how the work is cut and what computes it (``shards.json``); every other one
must agree, and that is why the shards of many fit together to the same bytes as those of one.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from diq_core.artefact import Artefact
from diq_core.draft import Draft
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.jobs.place import Place, load_json, load_table, pin_json, place_of, put_table
from diq_core.jobs.progress import Progress
from diq_core.study import Study

FOLDER = "shards"
AGREED = "shards.json"
SCRATCH = (FOLDER, AGREED)
"""Names in an unfinished artefact that are not part of the finished one."""


@dataclass(frozen=True)
class Work:
    """What a process has to know to take part.

    Attributes:
        opener: function that makes a worker, e.g. ``"diq_core.stages.difficulty:open_worker"``;
            see `Opener`.
        study: the study's folder.
        plan: kind, settings and inputs of what is made (see `draft.begin`).
        sources: role of an input from outside the study → where it lies.
        place: folder or URL where shards and what was decided lie; see `place`.
        shared: whether other processes take part.
    """

    opener: str
    study: str
    plan: Mapping[str, Any]
    sources: Mapping[str, str]
    place: str
    shared: bool = False

    @classmethod
    def of(cls, draft: Draft, study: Study, opener: str, **sources: str) -> Work:
        """Return the work that fills `draft`."""
        return cls(opener, str(study.path), draft.plan, sources, str(draft.path))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as the manifest has them."""
        return dict(self.plan["settings"])

    def input(self, role: str) -> Artefact:
        """Return the artefact of the study that is the input `role`.

        Raises:
            NotFound: it is not here, or another one has its name.
        """
        asked = self.plan["inputs"][role]
        found = Study(Path(self.study)).named(asked)
        if found is None:
            raise NotFound(
                f"The {role} on this machine is another one than the work was begun with",
                which=asked["path"],
                todo="let all machines see the same study",
            )
        return found

    def source(self, role: str) -> str:
        """Return where the input `role` from outside the study lies."""
        return self.sources[role]

    def at(self, url: str, name: str) -> Work:
        """Return this work with its shards under `url`, in a folder of its own."""
        text = json.dumps(self.plan, sort_keys=True)
        own = f"{self.plan['kind']}-{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        return replace(self, place=f"{url.rstrip('/')}/{own}")


@dataclass(frozen=True, slots=True)
class Shard:
    """How much one shard is.

    Attributes:
        size: units in it, e.g. samples.
        cost: what it takes, in a unit that grows evenly with time; 0 = as its size.
        rows: rows of its table; 0 = as its size.
    """

    size: int
    cost: float = 0.0
    rows: int = 0


class Worker(Protocol):
    """Computes shards; holds the model. It says how far it is by the progress it was opened with:
    for each shard by exactly its size and cost, or not at all."""

    shards: Sequence[Shard]
    """The whole work, in its fixed order: the same in every worker."""
    facts: Mapping[str, Any]
    """What the manifest says of what computes; JSON-able and the same in every worker."""

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of one shard."""
        ...


Opener = Callable[[Work, Place, Progress], AbstractContextManager[Worker]]
"""Makes a worker and takes it down again."""


@dataclass(frozen=True)
class Agreed:
    """How the work is cut, and what computes it."""

    shards: tuple[Shard, ...]
    facts: Mapping[str, Any]


@contextmanager
def open_worker(work: Work, place: Place, progress: Progress) -> Iterator[Worker]:
    """Yield a worker for `work`, having pinned what it decided, or agreed with what others did.

    Raises:
        BadSetting: it computes otherwise than those before it.
    """
    module, name = work.opener.split(":")
    opener: Opener = getattr(importlib.import_module(module), name)
    with opener(work, place, progress) as worker:
        ours = json.loads(json.dumps(_as_json(worker)))
        pinned = pin_json(place, AGREED, lambda: ours)
        if pinned != ours:
            raise BadSetting(
                f"This process computes otherwise than those before: {_difference(pinned, ours)}",
                which=work.plan["kind"],
                todo="use machines of one kind and the same packages, or begin anew with --restart",
            )
        yield worker


def agreed(place: Place) -> Agreed | None:
    """Return what the workers agreed on; None if none was opened yet."""
    if not place.has(AGREED):
        return None
    value = load_json(place, AGREED)
    return Agreed(tuple(Shard(*each) for each in value["shards"]), value["facts"])


def file_of(number: int) -> str:
    """Return the name of a shard's file."""
    return f"{FOLDER}/{number:06d}.parquet"


def finished(place: Place, count: int) -> set[int]:
    """Return which of `count` shards are there, whoever computed them."""
    names = place.names(FOLDER)
    return {number for number in range(count) if f"{number:06d}.parquet" in names}


def fill(worker: Worker, place: Place, number: int) -> None:
    """Compute one shard and keep it."""
    put_table(place, file_of(number), worker(number))


def join(place: Place, shards: Sequence[Shard]) -> pa.Table:
    """Return the rows of all shards in their order.

    Raises:
        BadFile: a shard is damaged, or has not the rows that it should have.
    """
    tables = []
    for number, shard in enumerate(shards):
        table = load_table(place, file_of(number))
        if len(table) != (shard.rows or shard.size):
            raise BadFile(
                f"The shard has {len(table)} rows instead of {shard.rows or shard.size}",
                which=file_of(number),
                todo="remove this file and run the same command again",
            )
        tables.append(table)
    return pa.concat_tables(tables)


def place_for(work: Work) -> Place:
    """Return where the shards of `work` lie."""
    return place_of(work.place)


def _as_json(worker: Worker) -> dict[str, Any]:
    shards = [[each.size, each.cost, each.rows] for each in worker.shards]
    return {"shards": shards, "facts": dict(worker.facts)}


def _difference(pinned: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    if pinned["shards"] != ours["shards"]:
        return f"it cut {len(ours['shards'])} shards where there are {len(pinned['shards'])}"
    old, new = pinned["facts"], ours["facts"]
    name = next(key for key in sorted({*old, *new}) if old.get(key) != new.get(key))
    return f"{name} is {new.get(name)!r}, there it was {old.get(name)!r}"
