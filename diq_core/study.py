"""The study folder: the only file that knows where things lie in it.

A study holds artefacts as ``<kind>/<name>/`` and the record of each job as
``jobs/<kind>-<name>/``. Everything else asks here for a folder.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, cast

import tomli_w

from diq_core.artefact import MANIFEST, Artefact, open_artefact
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.files import atomic
from diq_core.inside import within
from diq_core.kinds import ARTEFACTS, Kind, row
from diq_core.records import StudyRecord, checked

STUDY_FILE = "study.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Study:
    """A folder with a ``study.toml``.

    Attributes:
        path: the folder.
    """

    path: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Content of ``study.toml``: title, who made it, store URL.

        Raises:
            BadFile: it is damaged, a link or a folder.
        """
        file = self.inside(STUDY_FILE)
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (ValueError, RecursionError, OSError) as error:
            raise BadFile(
                f"The study's settings are damaged: {getattr(error, 'strerror', None) or error}",
                which=str(file),
                todo="correct this line" if isinstance(error, ValueError) else "put it right",
            ) from None
        todo = "correct this line"
        return cast(dict[str, Any], checked(StudyRecord, values, which=str(file), todo=todo))

    @property
    def title(self) -> str:
        """The study's name as people read it."""
        return str(self.facts.get("title") or self.path.name)

    def inside(self, name: str) -> Path:
        """Return the path `name` below the study; every path in a study comes from here.

        Raises:
            BadFile: it passes a link or leads out of the study.
        """
        return within(self.path, name)

    def folder(self, kind: Kind, name: str) -> Path:
        """Return where the artefact `name` of `kind` lies, or would lie.

        Raises:
            BadSetting: the name cannot be a folder's name everywhere.
        """
        return self.inside(f"{kind}/{checked_name(name)}")

    def job_folder(self, kind: Kind, name: str) -> Path:
        """Return where the record of making that artefact lies."""
        return self.inside(f"jobs/{kind}-{checked_name(name)}")

    @property
    def jobs_folder(self) -> Path:
        """Return the folder of all job records."""
        return self.inside("jobs")

    @property
    def uploads_folder(self) -> Path:
        """Return the folder of files that came through the browser."""
        return self.inside("uploads")

    def artefacts(self, kind: Kind) -> list[Artefact]:
        """Return the finished artefacts of `kind` that are offered, by name.

        Archived ones are left out, and damaged ones: those are what `damage` is for.
        """
        return [found for found in self.all_artefacts(kind) if not found.is_archived]

    def all_artefacts(self, kind: Kind) -> list[Artefact]:
        """Return the same with those that were archived."""
        return [found for found in self._finished(kind) if isinstance(found, Artefact)]

    def damage(self) -> list[BadFile]:
        """Return why each artefact that cannot be opened cannot, by kind and name."""
        return [
            found
            for kind in ARTEFACTS
            for found in self._finished(kind)
            if isinstance(found, BadFile)
        ]

    def _finished(self, kind: Kind) -> list[Artefact | BadFile]:
        try:
            place = self.inside(kind)
            names = sorted(os.listdir(place)) if place.is_dir() else []
        except BadFile as error:
            return [error]
        ours = [name for name in names if not name.startswith(".") and not name.endswith(".part")]
        found = (self._open(kind, name) for name in ours)
        return [one for one in found if one is not None]

    def _open(self, kind: Kind, name: str) -> Artefact | BadFile | None:
        try:
            place = self.inside(f"{kind}/{name}")
            if not within(place, MANIFEST).exists():
                return None
            artefact = Artefact(place)
            _refuse_other_kind(artefact, kind)
        except BadFile as error:
            return error
        return artefact

    def find(self, kind: Kind, name: str | None = None) -> Artefact:
        """Return the artefact `name`; without a name the only one, or the one called "main".

        Raises:
            NotFound: there is none, or several and none of them is called "main".
        """
        if name is not None:
            named = open_artefact(self.folder(kind, name))
            _refuse_other_kind(named, kind)
            return named
        found = self.artefacts(kind)
        if len(found) == 1:
            return found[0]
        for artefact in found:
            if artefact.name == row(kind).default_name:
                return artefact
        if not found:
            raise NotFound(
                f"This study has no {kind} yet",
                which=str(self.path),
                todo=f"make it first with: {row(kind).command(self.path)}",
            )
        names = ", ".join(artefact.name for artefact in found)
        raise NotFound(
            f"This study has several {row(kind).plural}: {names}",
            which=str(self.path),
            todo=f"say which one with --{kind} NAME",
        )

    def reference(self, artefact: Artefact) -> dict[str, str]:
        """Return how a manifest names `artefact`: path within the study, and digest."""
        return {"path": artefact.path.relative_to(self.path).as_posix(), "digest": artefact.digest}

    def resolve(self, artefact: Artefact, role: str) -> Artefact:
        """Return the artefact that `artefact` names as its input `role`.

        Raises:
            NotFound: it has no such input, or the input is gone or was replaced.
        """
        entry = artefact.input(role)
        if entry is None:
            raise NotFound(
                f"'{artefact.name}' was made without {role}",
                which=str(artefact.path),
                todo=f"make it again with {role}",
            )
        found = self.named(entry)
        if found is None:
            open_artefact(self.inside(entry["path"]))
            raise NotFound(
                f"The {role} that '{artefact.name}' was made of has been replaced",
                which=entry["path"],
                todo=f"make '{artefact.name}' again",
            )
        return found

    def named(self, entry: Mapping[str, str]) -> Artefact | None:
        """Return the artefact that an entry of a manifest means; None = it is gone.

        Its digest says which one that is; its path only where it lay then. So an artefact that
        was renamed is found, and nothing that was written of it changes.

        Args:
            entry: ``{"path", "digest"}``; see `reference`.
        """
        kind = entry["path"].partition("/")[0]
        place = self.inside(entry["path"])
        there = [Artefact(place)] if within(place, MANIFEST).exists() else []
        others = (one for known in ARTEFACTS if known == kind for one in self.all_artefacts(known))
        return next((one for one in chain(there, others) if one.digest == entry["digest"]), None)


def _refuse_other_kind(artefact: Artefact, kind: Kind) -> None:
    if artefact.kind != kind:
        raise BadFile(
            f"It lies among the {row(kind).plural}, and its manifest says '{artefact.kind[:60]}'",
            which=str(artefact.path / MANIFEST),
            todo="put the original folder back, or make it again",
        )


def is_name(name: str) -> bool:
    """Return whether `name` can name a folder on every system."""
    return bool(_NAME.fullmatch(name)) and not name.endswith((".", ".part"))


def checked_name(name: str) -> str:
    """Return `name` if it can name a folder on every system.

    Raises:
        BadSetting: it cannot.
    """
    if not is_name(name):
        raise BadSetting(
            f"'{name}' cannot be a name",
            which="name",
            todo="use 1 to 64 letters, digits, dots, dashes or underscores, "
            "beginning with a letter or a digit",
        )
    return name


def create_study(path: Path, *, title: str = "", who: str = "") -> Study:
    """Make a new study folder and return the study.

    Raises:
        BadSetting: there is a study, or something that is not an empty folder.
    """
    if (path / STUDY_FILE).exists():
        raise BadSetting(
            "There is a study already", which=str(path), todo="open it, or choose another folder"
        )
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadSetting(
            "The folder for a new study must be empty",
            which=str(path),
            todo="choose another folder",
        )
    path.mkdir(parents=True, exist_ok=True)
    with atomic(path / STUDY_FILE) as partial:
        partial.write_text(
            tomli_w.dumps({"title": title or path.name, "who": who}), encoding="utf-8"
        )
    return Study(path)


def open_study(path: Path) -> Study:
    """Return the study in `path`.

    Raises:
        NotFound: there is no study.
    """
    if not within(path, STUDY_FILE).exists():
        raise NotFound(
            "There is no study here", which=str(path), todo=f"make one with: diq new {path}"
        )
    study = Study(path)
    study.facts  # noqa: B018  a damaged one is refused before anything is read or made in it
    return study


def studies_in(workspace: Path) -> list[Study]:
    """Return the studies directly below `workspace`, by folder name, damaged ones too."""
    return [Study(file.parent) for file in sorted(workspace.glob(f"*/{STUDY_FILE}"))]
