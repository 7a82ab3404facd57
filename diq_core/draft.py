"""Folders that are being made: `begin`, fill, `Draft.finish`.

`begin` opens ``<name>.part``; `Draft.finish` writes the manifest last and renames the folder.
So a folder with its final name is whole, a ``.part`` folder is unfinished and can be continued,
and neither means "never begun".
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from diq_core.artefact import ARCHIVED, MANIFEST, Artefact, settings_of
from diq_core.digests import file_digest
from diq_core.errors import SettingsDiffer, UserError
from diq_core.files import HALF, read_json, write_json
from diq_core.inside import within
from diq_core.kinds import ARTEFACTS
from diq_core.migrations import SCHEMA
from diq_core.records import PlanRecord, checked

PART = ".part"
"""How the name of an unfinished folder ends."""
_PLAN = "plan.json"


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

    @property
    def schema(self) -> int:
        """Version of the settings that it was begun with; see `migrations`."""
        return int(self.plan.get("schema", 1))

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
        scratch = (*scratch, _PLAN)
        _clear(self.path, scratch)
        files = {
            file.relative_to(self.path).as_posix(): file_digest(file)
            for file in sorted(self.path.rglob("*"))
            if file.is_file() and file.name != MANIFEST and not _is_late(file, self.path, scratch)
        }
        manifest = {
            **self.plan,
            "counts": dict(counts),
            "facts": dict(facts or {}),
            "versions": versions(),
            "files": files,
        }
        write_json(self.path / MANIFEST, manifest)
        final = self.path.with_name(self.path.name.removesuffix(PART))
        os.rename(self.path, final)
        # From here on nobody finds the folder any more who shared the work and came late.
        _clear(final, scratch)
        return Artefact(final)


def begin(
    path: Path,
    *,
    kind: str,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Mapping[str, str]],
    schema: int = SCHEMA,
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
        schema: the version of the settings in which the same was written before; see `migrations`.

    Raises:
        SettingsDiffer: a finished or unfinished folder of this name was made otherwise.
    """
    plan = {
        "schema": schema,
        "kind": kind,
        "settings": dict(settings),
        "inputs": {role: dict(entry) for role, entry in inputs.items()},
    }
    plan = json.loads(json.dumps(plan))
    if (path / MANIFEST).exists():
        existing = Artefact(path)
        _refuse_other(path.name, existing.manifest, plan, finished=True)
        # Whoever asks for what was put aside wants to see it.
        within(path, ARCHIVED).unlink(missing_ok=True)
        return existing
    part = unfinished(path)
    for found in part.rglob("*") if part.is_dir() else ():
        # What is written here must not come out elsewhere.
        within(part, found.relative_to(part).as_posix())
    if (part / _PLAN).exists():
        begun = read_plan(part)
        _refuse_other(path.name, begun, plan, finished=False)
        return Draft(part, {**plan, "schema": begun.get("schema", 1)}, resumed=True)
    part.mkdir(parents=True, exist_ok=True)
    write_json(part / _PLAN, plan)
    return Draft(part, plan, resumed=False)


def read_plan(part: Path) -> PlanRecord:
    """Return what the unfinished folder `part` is going to be.

    Raises:
        FileNotFoundError: nothing is written down.
        BadFile: it is damaged.
    """
    begun = within(part, _PLAN)
    return checked(PlanRecord, read_json(begun), which=str(begun), todo="use --restart")


@contextmanager
def refusable(draft: Draft) -> Iterator[None]:
    """Remove an attempt that has just begun and is refused: a mended setting is then another one.

    Raises:
        UserError: the refusal.
    """
    try:
        yield
    except UserError:
        if not draft.resumed:
            shutil.rmtree(draft.path)
        raise


def discard(path: Path) -> None:
    """Remove the unfinished attempt at `path`, if there is one."""
    part = unfinished(path)
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)


def is_unfinished(path: Path) -> bool:
    """Return whether an attempt at `path` was begun and not finished."""
    return unfinished(path).is_dir()


def unfinished(path: Path) -> Path:
    """Return where the unfinished attempt at `path` lies, or would lie."""
    return within(path.parent, path.name + PART)


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
        *_differences("input", _known(existing["inputs"]), _known(plan["inputs"])),
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


def _known(inputs: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Return inputs as they are compared: an artefact is what its digest says, whatever its name
    is now."""
    kinds = {role: entry["path"].partition("/")[0] for role, entry in inputs.items()}
    return {
        role: {**entry, "path": kinds[role]} if kinds[role] in ARTEFACTS else entry
        for role, entry in inputs.items()
    }


def _differences(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{what} {key} was {old.get(key)!r}, now {new.get(key)!r}"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def _clear(folder: Path, scratch: Collection[str]) -> None:
    """Remove what was only needed on the way; another worker may still be writing it."""
    for name in scratch:
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            shutil.rmtree(folder / name, ignore_errors=True)
        else:
            (folder / name).unlink(missing_ok=True)
    # A process that was killed while it wrote leaves its half-written file behind.
    for half in folder.rglob(f".*{HALF}"):
        half.unlink(missing_ok=True)


def _is_late(file: Path, folder: Path, scratch: Collection[str]) -> bool:
    is_half = file.name.startswith(".") and file.name.endswith(HALF)
    return is_half or file.relative_to(folder).parts[0] in scratch
