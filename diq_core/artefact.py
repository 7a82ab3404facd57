"""Finished folders with a manifest: whole, never changed, and compared with their digests.

A folder holds only what follows from its settings and inputs: when and how fast it was made is
the job's record (see `jobs`), so equal settings and inputs give equal bytes. How it comes to be
is in `draft`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from diq_core.digests import file_digest, known_digest
from diq_core.errors import BadFile, NotFound
from diq_core.files import read_json
from diq_core.inside import is_plain, within
from diq_core.migrations import current
from diq_core.records import ManifestRecord, ResultsRecord, Told, checked

MANIFEST = "manifest.json"
ARCHIVED = ".archived"
"""The empty file in an artefact's folder that says it was put aside: whole, and no longer offered.
It is hidden, so it is no part of the artefact, and its digest stays."""
_SHOWN = 3
_ANEW = "remove the folder it is in and make it again"


@dataclass(frozen=True)
class Artefact:
    """A finished folder.

    Attributes:
        path: the folder.
    """

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the folder is, what it was made of and how; see `Draft.finish`.

        Raises:
            BadFile: it is damaged, or names files outside the folder.
        """
        file = within(self.path, MANIFEST)
        manifest = checked(ManifestRecord, read_json(file), which=str(file), todo=_ANEW)
        for name in manifest["files"]:
            if not is_plain(name):
                raise BadFile(
                    "The manifest names a file outside its folder",
                    which=f"{file}, file {name[:200]!a}",
                    todo="take the study from somebody you trust; this one was changed",
                )
        return Told(manifest, str(file), _ANEW)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What it was made with, in today's names and with today's defaults filled in.

        Raises:
            BadFile: a later version of DIQ Studio made it.
        """
        return settings_of(self.manifest, which=str(self.path))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the manifest, which names the digest of every file: a perfect cache key."""
        return known_digest(within(self.path, MANIFEST))

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def kind(self) -> str:
        """Which stage made it, e.g. ``"difficulty"``."""
        return str(self.manifest["kind"])

    @property
    def is_archived(self) -> bool:
        """Whether it was put aside: what rests on it still finds it, and nothing offers it."""
        return within(self.path, ARCHIVED).exists()

    def holds(self, name: str) -> bool:
        """Return whether the manifest names the file `name`, or files in a folder of that name."""
        files = self.manifest["files"]
        return name in files or any(file.startswith(f"{name}/") for file in files)

    def file(self, name: str) -> Path:
        """Return where its file `name` lies, the very bytes that the manifest names.

        A file is read for this once in a process, and again when it changes.

        Raises:
            NotFound: it has no such file.
            BadFile: the file is gone, is a link, or was changed.
        """
        digest = self.manifest["files"].get(name)
        if digest is None:
            raise NotFound(
                f"The {self.kind} '{self.name}' has no file of this name",
                which=str(self.path / name),
                todo=_ANEW,
            )
        fault = self._fault(name, digest, known_digest)
        if fault:
            raise self._damaged([fault])
        return self.path / name

    def results(self, name: str) -> dict[str, Any]:
        """Return what its file `name` of results says.

        Raises:
            NotFound, BadFile: as `file`, or it is damaged.
        """
        file = self.file(name)
        found = checked(ResultsRecord, read_json(file), which=str(file), todo=_ANEW)
        return Told(found, str(file), _ANEW)

    def folder(self, name: str) -> Path:
        """Return where its folder `name` lies, with exactly the files that the manifest names.

        For readers that take whatever lies in a folder, such as those of models.

        Raises:
            NotFound: it has no such folder.
            BadFile: a file in it is gone, was changed, or is none of the artefact's.
        """
        named = [file for file in self.manifest["files"] if file.startswith(f"{name}/")]
        if not named:
            return self.file(name)
        for file in named:
            self.file(file)
        foreign = self._foreign(within(self.path, name))
        if foreign:
            raise self._damaged(foreign)
        return self.path / name

    def faults(self) -> list[str]:
        """Return what is wrong with its files, each read anew; empty = whole.

        Each begins with the name of the file. Hidden files, which systems leave behind, are no
        part of an artefact and nobody reads them.
        """
        files: dict[str, str] = self.manifest["files"]
        found = (self._fault(name, digest, file_digest) for name, digest in files.items())
        return [*(fault for fault in found if fault), *self._foreign(self.path)]

    def require_whole(self) -> None:
        """Read every file anew, before something is made of it that leaves or that counts.

        Raises:
            BadFile: a file is gone, is a link, or was changed.
        """
        faults = self.faults()
        if faults:
            raise self._damaged(faults)

    def _foreign(self, place: Path) -> list[str]:
        files = self.manifest["files"]
        found = (path.relative_to(self.path).as_posix() for path in sorted(place.rglob("*"))
                 if not stat.S_ISDIR(os.lstat(path).st_mode))  # fmt: skip
        return [
            f"{name} is not in its manifest"
            for name in found
            if name not in files and name != MANIFEST and not f"/{name}".count("/.")
        ]

    def _fault(self, name: str, digest: str, read: Callable[[Path], str]) -> str:
        try:
            path = within(self.path, name)
            if not path.is_file():
                return f"{name} is missing"
            return "" if read(path) == digest else f"{name} was changed"
        except BadFile as error:
            return f"{name}: {error.what[:1].lower()}{error.what[1:]}"
        except OSError as error:
            return f"{name} cannot be read: {error.strerror}"

    def _damaged(self, faults: Sequence[str]) -> BadFile:
        more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        return BadFile(
            f"The {self.kind} '{self.name}' is not as it was made: "
            f"{'; '.join(faults[:_SHOWN])}{more}",
            which=str(self.path),
            todo="put the original files back, or make it again",
        )

    def input(self, role: str) -> dict[str, str] | None:
        """Return ``{"path", "digest"}`` of the input called `role`, or None."""
        found: dict[str, str] | None = self.manifest["inputs"].get(role)
        return found


def open_artefact(path: Path) -> Artefact:
    """Return the finished artefact in `path`.

    Raises:
        NotFound: there is no finished artefact.
    """
    if not within(path, MANIFEST).is_file():
        raise NotFound(
            f"There is no finished {path.parent.name} called '{path.name}'",
            which=str(path),
            todo="make it first, or name another one",
        )
    return Artefact(path)


def settings_of(record: Mapping[str, Any], *, which: str = "") -> dict[str, Any]:
    """Return the settings in a manifest or plan as today's version would write them.

    Args:
        which: the folder it lies in, for an error.

    Raises:
        BadFile: a later version of DIQ Studio wrote it.
    """
    return current(record["kind"], record["settings"], record.get("schema", 1), which=which)
