"""What it takes in memory to tell the influence of a model's tokens, before it is loaded."""

from __future__ import annotations

from pathlib import Path

from diq_core.models.files import EMBEDDED
from diq_core.models.headers import numbers_in, weight_shapes
from diq_core.models.memory import check_room, free_memory
from diq_core.models.shipped import CAUSAL_NUMBERS

_COPIES = 4
"""The weights, both shifted ones and the direction, in float32."""


def memory_needed(model: str) -> int | None:
    """Return how many bytes a model's weights take, the shifted ones and the direction included;
    None = it is on a hub, or not to be found.

    Only headers are read.

    Raises:
        BadSetting: a file of the model is damaged.
    """
    if model == EMBEDDED:
        return CAUSAL_NUMBERS * 4 * _COPIES
    folder = Path(model).expanduser()
    return numbers_in(weight_shapes(folder)) * 4 * _COPIES if folder.is_dir() else None


def refuse_too_large(model: str) -> None:
    """Pass if there is room for a model.

    Raises:
        OutOfMemory: there is less, which is said before anything is loaded.
    """
    needed = memory_needed(model)
    if needed is not None:
        check_room(needed, free_memory(), which=model)
