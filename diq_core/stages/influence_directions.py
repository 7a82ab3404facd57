"""Validation directions kept between runs, or pinned for all workers of one.

A direction is as large as the model, so only the latest few are kept, in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from diq_core.files import atomic
from diq_core.jobs.place import Place
from diq_core.models.shipped import cache_folder
from diq_core.scoring.influence.direction import Direction

LATEST = 2
_KEEPS: ContextVar[bool] = ContextVar("keeps", default=True)
FILE = "direction.safetensors"
"""Name of the direction that all workers of one piece of work share."""


def key(*parts: str) -> str:
    """Return the name of the direction that these facts determine.

    The version of torch is one of them: another version may round otherwise.
    """
    import torch

    return hashlib.sha256("\0".join([*parts, torch.__version__]).encode()).hexdigest()[:32]


def load(name: str) -> Direction | None:
    """Return the direction kept under `name`, or None."""
    path = _folder() / f"{name}.safetensors"
    if not path.exists():
        return None
    os.utime(path)
    return _read(path)


def pinned(place: Place, file: str = FILE) -> Direction:
    """Return the direction that was pinned at `place`."""
    with place.open(file) as path:
        return _read(path)


def pin(place: Place, direction: Direction, file: str = FILE) -> None:
    """Pin `direction` unless another worker came first: see `pinned` for the one that counts."""
    place.pin(file, lambda path: _write(path, direction))


def _read(path: Path) -> Direction:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        tensors = {tensor: file.get_tensor(tensor) for tensor in file.keys()}  # noqa: SIM118
        return Direction.restore(tensors, file.metadata())


@contextmanager
def keeping_nothing() -> Iterator[None]:
    """Find directions without keeping them: a trial's must not push out those that are used."""
    token = _KEEPS.set(False)
    try:
        yield
    finally:
        _KEEPS.reset(token)


def keep(name: str, direction: Direction) -> None:
    """Keep `direction` under `name`, and only the latest few others."""
    if not _KEEPS.get():
        return
    _folder().mkdir(parents=True, exist_ok=True)
    with atomic(_folder() / f"{name}.safetensors") as partial:
        _write(partial, direction)
    kept = sorted(_folder().glob("*.safetensors"), key=lambda file: -file.stat().st_mtime)
    for old in kept[LATEST:]:
        old.unlink(missing_ok=True)


def _write(path: Path, direction: Direction) -> None:
    from safetensors.torch import save_file

    save_file(direction.tensors(), path, metadata=direction.metadata())


def _folder() -> Path:
    return cache_folder() / "directions"
