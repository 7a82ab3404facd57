"""Rename, archive and duplicate: nothing that is written of an artefact changes by it.

A manifest names its inputs by digest, and by the path at which they lay then. The digest is of the
artefact's manifest, which does not hold its name; so whatever it is called, it is found by it
(`Study.named`), and every digest that was ever written still verifies.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

from diq_core.artefact import ARCHIVED, MANIFEST, Artefact
from diq_core.errors import BadSetting
from diq_core.files import atomic
from diq_core.inside import within
from diq_core.jobs import record as records
from diq_core.kinds import Kind
from diq_core.managing.quiet import quiet
from diq_core.managing.resting import Thing, find_thing
from diq_core.study import Study


def rename(study: Study, kind: Kind, name: str, new: str) -> Thing:
    """Give an artefact, or what an attempt left, another name; its job's record goes along.

    Raises:
        NotFound: there is no such artefact.
        BadSetting: the name cannot be one, or is taken.
        Busy: a job makes or reads it.
    """
    thing = find_thing(study, kind, name)
    renamed = Thing(kind, new, thing.unfinished)
    _refuse_taken(study, kind, new)
    with quiet(study, [thing, renamed]):
        _refuse_taken(study, kind, new)
        os.rename(thing.folder(study), renamed.folder(study))
        records.rename(study, kind, name, new)
    return renamed


def archive(study: Study, kind: Kind, name: str) -> Artefact:
    """Put an artefact aside: it is no longer offered, and what rests on it still finds it.

    Raises:
        NotFound: there is no such finished artefact.
        Busy: a job makes or reads it.
    """
    artefact = study.find(kind, name)
    with quiet(study, [Thing(kind, name)]), atomic(within(artefact.path, ARCHIVED)) as partial:
        partial.touch()
    return artefact


def bring_back(study: Study, kind: Kind, name: str) -> Artefact:
    """Offer an archived artefact again.

    Raises:
        NotFound: there is no such finished artefact.
    """
    artefact = study.find(kind, name)
    within(artefact.path, ARCHIVED).unlink(missing_ok=True)
    return artefact


def duplicate(study: Study, kind: Kind, name: str, new: str) -> Artefact:
    """Copy an artefact under another name, after every file was compared with its digest.

    The copy has the same bytes and the same digest: each can stand for the other.

    Raises:
        NotFound: there is no such finished artefact.
        BadSetting: the name cannot be one, or is taken.
        BadFile: the artefact is not as it was made.
        Busy: a job makes something of the new name.
    """
    artefact = study.find(kind, name)
    _refuse_taken(study, kind, new)
    with ExitStack() as held:
        held.enter_context(records.held(study.job_folder(kind, new), kind, new))
        _refuse_taken(study, kind, new)
        half = study.inside(f"{kind}/.{new}.copy")
        shutil.rmtree(half, ignore_errors=True)
        _copy(artefact, half)
        os.rename(half, study.folder(kind, new))
    return study.find(kind, new)


def _copy(artefact: Artefact, half: Path) -> None:
    artefact.require_whole()
    for file in (*artefact.manifest["files"], MANIFEST):
        target = half / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(within(artefact.path, file), target)
    Artefact(half).require_whole()


def _refuse_taken(study: Study, kind: Kind, name: str) -> None:
    study.folder(kind, name)
    for thing in (Thing(kind, name), Thing(kind, name, unfinished=True)):
        if os.path.lexists(thing.folder(study)):
            raise BadSetting(
                "There is one of this name already",
                which=thing.title,
                todo="choose another name, or rename that one first",
            )
