"""Validation directions kept between runs: the same model and questions need them only once.

A direction is as large as the model, so only the latest few are kept, in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from diq_core.artefact import atomic
from diq_core.models.shipped import cache_folder
from diq_core.scoring.influence.direction import Direction

LATEST = 2


def key(*parts: str) -> str:
    """Return the name of the direction that these facts determine.

    The version of torch is one of them: another version may round otherwise.
    """
    import torch

    return hashlib.sha256("\0".join([*parts, torch.__version__]).encode()).hexdigest()[:32]


def load(name: str) -> Direction | None:
    """Return the direction kept under `name`, or None."""
    from safetensors import safe_open

    path = _folder() / f"{name}.safetensors"
    if not path.exists():
        return None
    os.utime(path)
    with safe_open(path, framework="pt") as file:
        tensors = {tensor: file.get_tensor(tensor) for tensor in file.keys()}  # noqa: SIM118
        return Direction.restore(tensors, file.metadata())


def keep(name: str, direction: Direction) -> None:
    """Keep `direction` under `name`, and only the latest few others."""
    from safetensors.torch import save_file

    _folder().mkdir(parents=True, exist_ok=True)
    with atomic(_folder() / f"{name}.safetensors") as partial:
        save_file(direction.tensors(), partial, metadata=direction.metadata())
    kept = sorted(_folder().glob("*.safetensors"), key=lambda file: -file.stat().st_mtime)
    for old in kept[LATEST:]:
        old.unlink(missing_ok=True)


def _folder() -> Path:
    return cache_folder() / "directions"
