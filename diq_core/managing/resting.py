"""What rests on an artefact: everything whose manifest names its digest, directly or not."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from diq_core.artefact import MANIFEST, Artefact
from diq_core.digests import known_digest
from diq_core.draft import PART, read_plan
from diq_core.errors import NotFound, UserError
from diq_core.inside import within
from diq_core.kinds import ARTEFACTS, Kind
from diq_core.review.queue.progress import queues
from diq_core.review.store.changes import open_store
from diq_core.review.verdicts.overview import FILE as REVIEWS
from diq_core.study import Study, checked_name


@dataclass(frozen=True)
class Thing:
    """A folder among the artefacts of a study.

    Attributes:
        unfinished: whether it is what an attempt left that was never finished.
    """

    kind: Kind
    name: str
    unfinished: bool = False

    @property
    def title(self) -> str:
        """What it is called in a sentence, e.g. ``"export 'main'"``."""
        return f"{'unfinished ' if self.unfinished else ''}{self.kind} '{self.name}'"

    @property
    def path(self) -> str:
        """Where it lies in the study."""
        return f"{self.kind}/{self.name}{PART if self.unfinished else ''}"

    def folder(self, study: Study) -> Path:
        """Return where it lies.

        Raises:
            BadFile: a link lies there.
        """
        return study.inside(self.path)


def find_thing(study: Study, kind: Kind, name: str) -> Thing:
    """Return the finished artefact `name`, a damaged one too, or what an attempt left of it.

    Raises:
        NotFound: there is neither.
    """
    checked_name(name)
    for thing in (Thing(kind, name), Thing(kind, name, unfinished=True)):
        if thing.folder(study).is_dir():
            return thing
    there = ", ".join(one.name for one in study.all_artefacts(kind)) or "none"
    raise NotFound(
        f"There is no {kind} called '{name}'",
        which=str(study.path / kind),
        todo=f"name one that is there: {there}",
    )


def resting_on(study: Study, going: Collection[Thing]) -> list[Thing]:
    """Return what could no longer be resolved without `going`, what is nearest to the end first.

    Of two equal artefacts one may go: what was made of them finds the other.
    """
    every = list(_everything(study))
    gone = set(going)
    while True:
        lost = _lost(every, gone)
        more = {one.thing for one in every if one.thing not in gone and one.made_of & lost}
        if not more:
            return by_work(gone - set(going))[::-1]
        gone |= more


def reviews_of(study: Study, going: Collection[Thing]) -> list[str]:
    """Return the names of the reviews whose samples would be gone; an old plan names none."""
    if not study.facts.get("store") and not study.inside(REVIEWS).is_file():
        return []
    lost = _lost(list(_everything(study)), going)
    store = open_store(study)
    try:
        planned = queues(store)
    finally:
        store.close()
    return sorted(name for name, queue in planned.items() if queue.settings.digest in lost)


def by_work(things: Collection[Thing]) -> list[Thing]:
    """Return `things` in the order of the work, so that each comes after what it is made of."""
    order: Sequence[str] = ARTEFACTS
    return sorted(things, key=lambda one: (order.index(one.kind), one.name, one.unfinished))


@dataclass(frozen=True)
class _Known:
    thing: Thing
    digest: str
    made_of: frozenset[str]


def _lost(every: Sequence[_Known], gone: Collection[Thing]) -> set[str]:
    """Return the digests that nothing would have any more."""
    left = {one.digest for one in every if one.thing not in gone}
    return {one.digest for one in every if one.thing in gone} - left - {""}


def _everything(study: Study) -> Iterator[_Known]:
    for kind in ARTEFACTS:
        place = study.inside(kind)
        for name in sorted(os.listdir(place)) if place.is_dir() else ():
            thing = Thing(kind, name.removesuffix(PART), name.endswith(PART))
            if not name.startswith("."):
                yield from _known(study, thing)


def _known(study: Study, thing: Thing) -> Iterator[_Known]:
    # What is damaged may go, and does not keep others from going.
    with suppress(UserError):
        folder, digest = thing.folder(study), ""
        if not thing.unfinished and within(folder, MANIFEST).is_file():
            digest = known_digest(within(folder, MANIFEST))
        yield _Known(thing, digest, _inputs(folder, thing))


def _inputs(folder: Path, thing: Thing) -> frozenset[str]:
    with suppress(UserError, OSError):
        said = read_plan(folder) if thing.unfinished else Artefact(folder).manifest
        inputs = said["inputs"].values()
        ours = (entry for entry in inputs if entry["path"].partition("/")[0] in ARTEFACTS)
        return frozenset(entry["digest"] for entry in ours)
    return frozenset()
