"""Delete, and undo it: what goes is moved into the study's ``.trash``, whole, with its job record.

One deletion is one numbered folder there::

    .trash/3/deleted.json                 what was in the study, and when it went
    .trash/3/<kind>/<name>/               the folder as it was
    .trash/3/jobs/<kind>-<name>/          the record of its job

`deleted.json` is written first. What was made of something goes before it and comes back after
it, so whenever a process is killed nothing that lies in the study rests on what does not.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from diq_core.artefact import Artefact
from diq_core.errors import BadSetting, NotFound, UserError
from diq_core.files import read_json, write_json
from diq_core.inside import within
from diq_core.jobs import record as records
from diq_core.kinds import ARTEFACTS, Kind
from diq_core.managing.quiet import quiet, titles
from diq_core.managing.resting import Thing, by_work, find_thing, resting_on, reviews_of
from diq_core.records import checked
from diq_core.study import Study, checked_name

FOLDER, _RECORD = ".trash", "deleted.json"


@dataclass(frozen=True)
class Deleted:
    """One deletion, as it can be undone.

    Attributes:
        number: of its folder; larger = later.
        things: what went, in the order of the work.
        at: when, in seconds since 1970.
    """

    number: int
    things: tuple[Thing, ...]
    at: float

    @property
    def title(self) -> str:
        """What went, in a line."""
        return titles(self.things)


def delete(study: Study, kind: Kind, name: str, *, with_dependants: bool = False) -> Deleted:
    """Move an artefact into the study's trash, from which `restore` brings it back.

    Args:
        with_dependants: whether everything goes that rests on it.

    Raises:
        NotFound: there is no such artefact.
        BadSetting: something rests on it that does not go, or a review does.
        Busy: a job makes or reads it.
    """
    chosen = find_thing(study, kind, name)
    resting = resting_on(study, [chosen])
    if resting and not with_dependants:
        raise BadSetting(
            f"{len(resting)} that rest on it would be left without it: {titles(resting)}",
            which=chosen.title,
            todo="archive it instead, or delete it --with-dependants",
        )
    going = [*resting, chosen]
    _refuse_reviewed(study, going)
    with quiet(study, going):
        deleted = Deleted(_next_number(study), tuple(by_work(going)), time.time())
        place = _place(study, deleted.number)
        place.mkdir(parents=True)
        write_json(place / _RECORD, {"at": deleted.at, "things": list(map(asdict, by_work(going)))})
        for thing in going:
            _move(thing, study.path, place)
    return deleted


def deletions(study: Study) -> list[Deleted]:
    """Return what can be restored, the latest first; what cannot be read is left out."""
    found = []
    for number in sorted(_numbers(study), reverse=True):
        with suppress(UserError, FileNotFoundError):
            found.append(_read(study, number))
    return [one for one in found if _there(study, one)]


def restore(study: Study, deleted: Deleted) -> list[Thing]:
    """Bring back everything of one deletion and return it, in the order of the work.

    Raises:
        BadSetting: one of the names is taken, or it rests on what is in the trash itself.
        Busy: a job makes something of that name.
    """
    place = _place(study, deleted.number)
    coming = _there(study, deleted)
    _refuse_taken(study, coming)
    _refuse_without_inputs(study, deleted, coming)
    with quiet(study, coming):
        _refuse_taken(study, coming)
        for thing in coming:
            _move(thing, place, study.path)
    shutil.rmtree(place)
    return coming


def find_deleted(study: Study, kind: Kind, name: str) -> Deleted:
    """Return the latest deletion in which an artefact went.

    Raises:
        NotFound: there is none.
    """
    for deleted in deletions(study):
        if any((one.kind, one.name) == (kind, name) for one in deleted.things):
            return deleted
    raise NotFound(
        f"No {kind} called '{name}' was archived or deleted",
        which=str(study.path),
        todo="see what there is with: diq restore",
    )


def empty(study: Study) -> int:
    """Remove for good what is in the trash, and return its bytes."""
    place = study.inside(FOLDER)
    if not place.is_dir():
        return 0
    size = sum(os.lstat(file).st_size for file in place.rglob("*") if file.is_file())
    shutil.rmtree(place)
    return size


def _refuse_reviewed(study: Study, going: Collection[Thing]) -> None:
    reviews = reviews_of(study, going)
    if reviews:
        named = ", ".join(f"'{name[:60]}'" for name in reviews[:8])
        raise BadSetting(
            f"People reviewed these samples, and what they judged is never deleted: {named}",
            which=titles(list(going)),
            todo="archive it instead",
        )


def _refuse_taken(study: Study, coming: Collection[Thing]) -> None:
    for thing in coming:
        if any(os.path.lexists(Thing(thing.kind, thing.name, half).folder(study))
               for half in (False, True)):  # fmt: skip
            raise BadSetting(
                "There is another one of this name now",
                which=thing.title,
                todo="rename the one that is there, then restore this one",
            )


def _refuse_without_inputs(study: Study, deleted: Deleted, coming: Collection[Thing]) -> None:
    """Refuse what was made of something that another deletion took; that comes back first."""
    here = {_digest(_place(study, deleted.number), one) for one in coming}
    others = [one for one in deletions(study) if one.number != deleted.number]
    gone = {
        _digest(_place(study, other.number), one): one for other in others for one in other.things
    }
    for thing in coming:
        for entry in _inputs(_place(study, deleted.number) / thing.path):
            digest = entry["digest"]
            if digest in gone and digest not in here and study.named(entry) is None:
                raise BadSetting(
                    f"It was made of the {gone[digest].title}, which was deleted, too",
                    which=thing.title,
                    todo=f"restore that first: diq restore {gone[digest].kind} {gone[digest].name}",
                )


def _inputs(folder: Path) -> list[dict[str, str]]:
    with suppress(UserError, OSError):
        return [each for each in Artefact(folder).manifest["inputs"].values()
                if each["path"].partition("/")[0] in ARTEFACTS]  # fmt: skip
    return []


def _digest(place: Path, thing: Thing) -> str:
    with suppress(UserError, OSError):
        return Artefact(place / thing.path).digest
    return ""


def _move(thing: Thing, source: Path, target: Path) -> None:
    job = f"jobs/{thing.kind}-{thing.name}"
    records.move(within(source, job), within(target, job))
    goal = within(target, thing.path)
    goal.parent.mkdir(parents=True, exist_ok=True)
    os.rename(within(source, thing.path), goal)


def _place(study: Study, number: int) -> Path:
    return study.inside(f"{FOLDER}/{number}")


def _numbers(study: Study) -> list[int]:
    place = study.inside(FOLDER)
    return [int(name) for name in (os.listdir(place) if place.is_dir() else ()) if name.isdecimal()]


def _next_number(study: Study) -> int:
    return max(_numbers(study), default=0) + 1


def _there(study: Study, deleted: Deleted) -> list[Thing]:
    """Return what of a deletion lies in the trash: less, where it or its undoing was cut off."""
    place = f"{FOLDER}/{deleted.number}"
    return [one for one in deleted.things if study.inside(f"{place}/{one.path}").is_dir()]


def _read(study: Study, number: int) -> Deleted:
    file = study.inside(f"{FOLDER}/{number}/{_RECORD}")
    values: dict[str, Any] = read_json(file)
    found = checked(_Record, values, which=str(file), todo="remove the folder it is in")
    for thing in found.things:
        checked_name(thing.name)
    things = [one for one in found.things if one.kind in ARTEFACTS]
    return Deleted(number, tuple(by_work(things)), found.at)


@dataclass(frozen=True)
class _Record:
    at: float
    things: tuple[Thing, ...]
