"""Put app.py beside the pages in the wheel: ``sources`` in pyproject.toml moves folders only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AppInWheel(BuildHookInterface[Any]):
    """An editable install gets no copy: there the app runs where it lies."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file to a standard wheel."""
        if version == "standard":
            script = Path(self.root, "app.py")
            build_data["force_include"][str(script)] = "diq_core/_app/app.py"
