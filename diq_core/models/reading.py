"""A model's files read within bounds: only regular ones, inside their folder, of a sane size."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from diq_core.errors import BadSetting

MB = 1024 * 1024
AGAIN = "use a model from somebody you trust, or save it again with save_pretrained()"
NATIVE = "use a model that this version of transformers knows without extra code"
REFUSED = "The model cannot be loaded: "
_CONFIG_BYTES = MB


def unusable(why: str, which: str | Path, *, todo: str = AGAIN) -> BadSetting:
    """Return the refusal of a model: the one sentence that every failure to load becomes."""
    return BadSetting(f"{REFUSED}{why}", which=str(which), todo=todo)


def model_file(folder: Path, file: Path, *, most: int | None = None) -> os.stat_result:
    """Return what the system knows about a regular file inside `folder`; nothing is opened.

    Links are followed inside the folder, and inside the cache of the hub, which is made of them.

    Args:
        most: bytes that it may have; None = any number.

    Raises:
        BadSetting: it is a pipe, a device or a folder, leads out, or is too large.
    """
    try:
        target = file.resolve(strict=True)
        about = target.stat()
    except (OSError, RuntimeError) as error:
        raise unusable(f"a file cannot be looked at ({_said(error)})", file) from None
    if not target.is_relative_to(_home(folder)):
        raise unusable("a link in it leads out of its folder", file)
    if not stat.S_ISREG(about.st_mode):
        raise unusable("it holds something that is no regular file", file)
    if most is not None and about.st_size > most:
        size = f"{about.st_size / MB:,.1f} MB, and at most {most / MB:,.0f} MB are read"
        raise unusable(f"a file of it is absurdly large: it has {size}", file)
    return about


def read_config(folder: Path, name: str, *, most: int = _CONFIG_BYTES) -> dict[str, Any]:
    """Return a JSON object of the folder.

    Raises:
        BadSetting: the file is not sound, see `model_file`, or is no JSON object.
    """
    file = folder / name
    model_file(folder, file, most=most)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise unusable(f"{name} is no sound JSON ({_said(error)})", file) from None
    if not isinstance(found, dict):
        raise unusable(f"{name} holds no JSON object", file)
    return found


def first_line(error: BaseException) -> str:
    """Return what a library said, as one line of a sane length."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]


def _home(folder: Path) -> Path:
    """Return where the links of a model may lead: its folder, or the model's part of the cache."""
    real = folder.resolve()
    if real.parent.name == "snapshots" and (real.parents[1] / "blobs").is_dir():
        return real.parents[1]
    return real


def _said(error: BaseException) -> str:
    return getattr(error, "strerror", None) or first_line(error)
