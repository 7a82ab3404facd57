"""Finished folders with a manifest: written once, then never changed.

`begin` opens ``<name>.part``; `Draft.finish` writes the manifest last and renames the folder.
So a folder with its final name is whole, a ``.part`` folder is unfinished and can be continued,
and neither means "never begun". A folder holds only what follows from its settings and inputs:
when and how fast it was made is the job's record (see `jobs`), so equal settings and inputs give
equal bytes.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from diq_core.errors import BadFile, NotFound, OutOfSpace, SettingsDiffer
from diq_core.migrations import SCHEMA, current

MANIFEST = "manifest.json"
_PLAN = "plan.json"
_PART = ".part"
_HALF = ".half"


@dataclass(frozen=True)
class Artefact:
    """A finished folder.

    Attributes:
        path: the folder.
    """

    path: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the folder is, what it was made of and how; see `Draft.finish`."""
        manifest: dict[str, Any] = read_json(self.path / MANIFEST)
        return manifest

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
        return file_digest(self.path / MANIFEST)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def kind(self) -> str:
        """Which stage made it, e.g. ``"difficulty"``."""
        return str(self.manifest["kind"])

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
    part = path.with_name(path.name + _PART)
    if (part / _PLAN).exists():
        _refuse_other(path.name, read_json(part / _PLAN), plan, finished=False)
        return Draft(part, plan, resumed=True)
    part.mkdir(parents=True, exist_ok=True)
    write_json(part / _PLAN, plan)
    return Draft(part, plan, resumed=False)


def open_artefact(path: Path) -> Artefact:
    """Return the finished artefact in `path`.

    Raises:
        NotFound: there is no finished artefact.
    """
    if not (path / MANIFEST).is_file():
        raise NotFound(
            f"There is no finished {path.parent.name} called '{path.name}'",
            which=str(path),
            todo="make it first, or name another one",
        )
    return Artefact(path)


def discard(path: Path) -> None:
    """Remove the unfinished attempt at `path`, if there is one."""
    _remove(path.with_name(path.name + _PART))


def is_unfinished(path: Path) -> bool:
    """Return whether an attempt at `path` was begun and not finished."""
    return path.with_name(path.name + _PART).is_dir()


def verify(artefact: Artefact) -> list[str]:
    """Return the names of files that are missing or differ from the manifest; empty = whole."""
    return [
        name
        for name, digest in artefact.manifest["files"].items()
        if not (artefact.path / name).is_file() or file_digest(artefact.path / name) != digest
    ]


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        BadFile: it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadFile(
            f"The file is damaged: {error}",
            which=str(path),
            todo="remove the folder it is in and make it again",
        ) from None


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON; the file is either the old one or the whole new one."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a path to write to; on leaving, flush it to the disk and rename it to `path`."""
    partial = path.with_name(f".{path.name}.{os.getpid()}{_HALF}")
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
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
