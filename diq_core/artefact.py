"""Finished folders with a manifest: written once, then never changed.

`begin` opens ``<name>.part``; `Draft.finish` writes the manifest last and renames the folder.
So a folder with its final name is whole, a ``.part`` folder is unfinished and can be continued,
and neither means "never begun". A folder holds only what follows from its settings and inputs:
when and how fast it was made is the job's record (see `jobs`), so equal settings and inputs give
equal bytes.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from diq_core.digests import file_digest, known_digest
from diq_core.errors import BadFile, NotFound, OutOfSpace, SettingsDiffer
from diq_core.inside import is_plain, within
from diq_core.migrations import SCHEMA, current
from diq_core.records import ManifestRecord, PlanRecord, ResultsRecord, checked

MANIFEST = "manifest.json"
_PLAN = "plan.json"
_PART = ".part"
_HALF = ".half"
_SHOWN = 3
_LARGEST = 256 * 2**20
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
        return cast(dict[str, Any], manifest)

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
        return cast(dict[str, Any], found)

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


@dataclass(frozen=True)
class Draft:
    """An unfinished folder that one process is filling.

    Attributes:
        path: the ``.part`` folder.
        plan: kind, settings and inputs, fixed at `begin`.
        resumed: whether an earlier attempt had begun it.
    """

    path: Path
    plan: dict[str, Any]
    resumed: bool

    def finish(
        self,
        *,
        counts: Mapping[str, Any],
        facts: Mapping[str, Any] | None = None,
        scratch: tuple[str, ...] = (),
    ) -> Artefact:
        """Write the manifest, give the folder its final name and return the artefact.

        Args:
            counts: how many were kept and dropped, by reason.
            facts: what else must be known to trust or repeat it (model, device and why, seed).
            scratch: names inside the folder that were only needed on the way.
        """
        for name in (*scratch, _PLAN):
            _remove(self.path / name)
        # A process that was killed while it wrote leaves its half-written file behind.
        for half in self.path.rglob(f".*{_HALF}"):
            half.unlink()
        files = {
            file.relative_to(self.path).as_posix(): file_digest(file)
            for file in sorted(self.path.rglob("*"))
            if file.is_file() and file.name != MANIFEST
        }
        manifest = {
            **self.plan,
            "counts": dict(counts),
            "facts": dict(facts or {}),
            "versions": versions(),
            "files": files,
        }
        write_json(self.path / MANIFEST, manifest)
        final = self.path.with_name(self.path.name.removesuffix(_PART))
        os.rename(self.path, final)
        return Artefact(final)


def begin(
    path: Path, *, kind: str, settings: Mapping[str, Any], inputs: Mapping[str, Mapping[str, str]]
) -> Draft | Artefact:
    """Open ``<path>.part`` to be filled, or return the artefact that is there already.

    An unfinished attempt with the same settings and inputs is continued: what it had written
    is still in the folder. Settings that an older version wrote are the same if they are so once
    they are brought up to date (see `migrations`).

    Args:
        path: the folder's final path.
        kind: the stage, e.g. ``"influence"``.
        settings: complete settings, defaults included; JSON-able.
        inputs: role → ``{"path", "digest"}``.

    Raises:
        SettingsDiffer: a finished or unfinished folder of this name was made otherwise.
    """
    plan = {
        "schema": SCHEMA,
        "kind": kind,
        "settings": dict(settings),
        "inputs": {role: dict(entry) for role, entry in inputs.items()},
    }
    plan = json.loads(json.dumps(plan))
    if (path / MANIFEST).exists():
        existing = Artefact(path)
        _refuse_other(path.name, existing.manifest, plan, finished=True)
        return existing
    part = unfinished(path)
    for found in part.rglob("*") if part.is_dir() else ():
        # What is written here must not come out elsewhere.
        within(part, found.relative_to(part).as_posix())
    if (part / _PLAN).exists():
        begun = within(part, _PLAN)
        known = checked(PlanRecord, read_json(begun), which=str(begun), todo="use --restart")
        _refuse_other(path.name, known, plan, finished=False)
        return Draft(part, plan, resumed=True)
    part.mkdir(parents=True, exist_ok=True)
    write_json(part / _PLAN, plan)
    return Draft(part, plan, resumed=False)


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


def discard(path: Path) -> None:
    """Remove the unfinished attempt at `path`, if there is one."""
    _remove(unfinished(path))


def is_unfinished(path: Path) -> bool:
    """Return whether an attempt at `path` was begun and not finished."""
    return unfinished(path).is_dir()


def unfinished(path: Path) -> Path:
    """Return where the unfinished attempt at `path` lies, or would lie."""
    return within(path.parent, path.name + _PART)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        FileNotFoundError: there is none.
        BadFile: it is not JSON, no file at all, or absurdly large.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST:
            raise ValueError("no file of a sensible size")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadFile(
            f"The file cannot be read: {error.strerror}",
            which=str(path),
            todo="see whether you may read it",
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadFile(f"The file is damaged: {error}", which=str(path), todo=_ANEW) from None


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON; the file is either the old one or the whole new one."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a path to write to; on leaving, flush it to the disk and rename it to `path`."""
    partial = path.with_name(f".{path.name}.{os.getpid()}{_HALF}")
    # A link that lies there already would lead what is written elsewhere.
    partial.unlink(missing_ok=True)
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def disk_guard(folder: Path) -> Iterator[None]:
    """Turn "no space left on device" into an `OutOfSpace` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OutOfSpace(
            "The disk is full",
            which=str(folder),
            todo="free some space and run the same command again; what was finished is kept",
        ) from error


def settings_of(record: Mapping[str, Any], *, which: str = "") -> dict[str, Any]:
    """Return the settings in a manifest or plan as today's version would write them.

    Args:
        which: the folder it lies in, for an error.

    Raises:
        BadFile: a later version of DIQ Studio wrote it.
    """
    return current(record["kind"], record["settings"], record.get("schema", 1), which=which)


def versions() -> dict[str, str]:
    """Return the versions of the packages that can change a result."""
    names = ("diq-studio", "torch", "transformers", "trl", "peft", "numpy", "umap-learn", "pyarrow")
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _refuse_other(
    name: str, existing: Mapping[str, Any], plan: Mapping[str, Any], *, finished: bool
) -> None:
    differences = [
        *_differences("setting", settings_of(existing, which=name), settings_of(plan)),
        *_differences("input", existing["inputs"], plan["inputs"]),
    ]
    if not differences:
        return
    state = "exists already" if finished else "was begun"
    todo = (
        "give the new one another name with --name"
        if finished
        else "repeat the earlier settings to continue it, use --restart to begin anew, "
        "or give the new one another name with --name"
    )
    raise SettingsDiffer(
        f"The {plan['kind']} '{name}' {state} with other settings: " + "; ".join(differences),
        which=name,
        todo=todo,
    )


def _differences(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{what} {key} was {old.get(key)!r}, now {new.get(key)!r}"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
