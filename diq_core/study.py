"""The study folder: the only file that knows where things lie in it.

A study holds artefacts as ``<kind>/<name>/`` and the record of each job as
``jobs/<kind>-<name>/``. Everything else asks here for a folder.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tomli_w

from diq_core.artefact import MANIFEST, Artefact, atomic, open_artefact
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.kinds import Kind, row

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
        """Content of ``study.toml``: title, who made it, store URL."""
        try:
            return tomllib.loads((self.path / STUDY_FILE).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadFile(
                f"The study's settings are damaged: {error}",
                which=str(self.path / STUDY_FILE),
                todo="correct this line",
            ) from None

    @property
    def title(self) -> str:
        """The study's name as people read it."""
        return str(self.facts.get("title") or self.path.name)

    def folder(self, kind: Kind, name: str) -> Path:
        """Return where the artefact `name` of `kind` lies, or would lie.

        Raises:
            BadSetting: the name cannot be a folder's name everywhere.
        """
        return self.path / kind / checked_name(name)

    def job_folder(self, kind: Kind, name: str) -> Path:
        """Return where the record of making that artefact lies."""
        return self.jobs_folder / f"{kind}-{checked_name(name)}"

    @property
    def jobs_folder(self) -> Path:
        """Return the folder of all job records."""
        return self.path / "jobs"

    @property
    def uploads_folder(self) -> Path:
        """Return the folder of files that came through the browser."""
        return self.path / "uploads"

    def artefacts(self, kind: Kind) -> list[Artefact]:
        """Return the finished artefacts of `kind`, by name."""
        return [
            Artefact(manifest.parent)
            for manifest in sorted((self.path / kind).glob(f"*/{MANIFEST}"))
            if not manifest.parent.name.endswith(".part")
        ]

    def find(self, kind: Kind, name: str | None = None) -> Artefact:
        """Return the artefact `name`; without a name the only one, or the one called "main".

        Raises:
            NotFound: there is none, or several and none of them is called "main".
        """
        if name is not None:
            return open_artefact(self.folder(kind, name))
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
        found = open_artefact(self.path / entry["path"])
        if found.digest != entry["digest"]:
            raise NotFound(
                f"The {role} that '{artefact.name}' was made of has been replaced",
                which=entry["path"],
                todo=f"make '{artefact.name}' again",
            )
        return found


def checked_name(name: str) -> str:
    """Return `name` if it can name a folder on every system.

    Raises:
        BadSetting: it cannot.
    """
    if not _NAME.fullmatch(name) or name.endswith((".", ".part")):
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
    if not (path / STUDY_FILE).is_file():
        raise NotFound(
            "There is no study here", which=str(path), todo=f"make one with: diq new {path}"
        )
    return Study(path)


def studies_in(workspace: Path) -> list[Study]:
    """Return the studies directly below `workspace`, by folder name."""
    return [Study(file.parent) for file in sorted(workspace.glob(f"*/{STUDY_FILE}"))]
