"""Put both scripts beside the pages in the wheel: ``sources`` in pyproject.toml moves folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AppInWheel(BuildHookInterface[Any]):
    """An editable install gets no copies: there the app runs where it lies."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a standard wheel."""
        if version == "standard":
            for name in ("app.py", "overview.py"):
                build_data["force_include"][str(Path(self.root, name))] = f"diq_core/_app/{name}"
