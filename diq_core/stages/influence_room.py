"""What influence will take in memory with a model, said and refused before it is loaded."""

from __future__ import annotations

from pathlib import Path

from diq_core.config import InfluenceSettings
from diq_core.errors import OutOfMemory
from diq_core.models.files import SHIPPED
from diq_core.models.memory import free_memory
from diq_core.scoring.influence.room import SMOLLM2, Build, Room, room_for

_GB = 1e9


def room_of(settings: InfluenceSettings) -> Room | None:
    """Return what these settings take at most; None = the model is on a hub, or not to be found.

    Only headers and configuration are read.

    Raises:
        BadSetting: a file of the model is damaged.
    """
    tokens = max(settings.batch_tokens, settings.max_tokens)
    if settings.model in SHIPPED:
        return room_for(SMOLLM2, tokens=tokens)
    folder = Path(settings.model).expanduser()
    return room_for(Build.of(folder), tokens=tokens) if folder.is_dir() else None


def refuse_too_large(settings: InfluenceSettings) -> Room | None:
    """Return what these settings take; pass if weights and direction alone have room.

    Raises:
        OutOfMemory: they have not.
    """
    room, free = room_of(settings), free_memory()
    if room is not None and room.least > free:
        raise OutOfMemory(
            f"Influence with this model needs at least {room.least / _GB:,.1f} GB of memory (its "
            f"weights and as much again for the direction, in float32), and {free / _GB:,.1f} GB "
            "are free",
            which=settings.model,
            todo="use a smaller model, or a machine or card with more memory",
        )
    return room


def recomputes(settings: InfluenceSettings, device: str) -> bool:
    """Return whether, beside the loaded model, gradients fit only if layers are computed again.

    The gradients are the same (see `models.recompute`), so no artefact says which way was gone.
    """
    room = room_of(settings)
    if room is None:
        return False
    return room.direction + max(room.finding, room.checking) > free_memory(device)


def room_words(room: Room, free: int) -> str:
    """Return what a person is told before the work begins, in a sentence or two."""
    tight = room.total > free
    more = (
        f" Only {free / _GB:,.1f} GB are free now: layers are computed again while gradients are "
        "found, which takes less memory and up to a third more time; smaller --batch-tokens and "
        "--max-tokens need less, too."
    )
    return f"{room.text()}.{more if tight else ''}"
