"""Packages that only some need: each belongs to an extra of ours, e.g. ``diq-studio[ray]``."""

from __future__ import annotations

import importlib.util
from typing import Literal

from diq_core.errors import BadSetting

Extra = Literal["server", "ray", "tracking", "privacy", "excel", "s3", "agents", "dicom"]


def need(module: str, extra: Extra) -> None:
    """Refuse to go on without `module`, and say how to install what is missing.

    Raises:
        BadSetting: it is not installed.
    """
    if importlib.util.find_spec(module) is None:
        raise BadSetting(
            f"{module} is not installed",
            which=f"extra '{extra}'",
            todo=f'run `pip install "diq-studio[{extra}]"`',
        )
