"""The demo study that ships with the app."""

from __future__ import annotations

import shutil
from pathlib import Path

from diq_core.assets import ASSETS
from diq_core.study import STUDY_FILE

DEMO = ASSETS / "demo_study"


def is_shipped() -> bool:
    """Return whether the app brings a demo study."""
    return (DEMO / STUDY_FILE).exists()


def prepare(workspace: Path) -> None:
    """Make the workspace and put a copy of the demo study into it, if it has none."""
    target = workspace / "demo"
    workspace.mkdir(parents=True, exist_ok=True)
    if not target.exists() and is_shipped():
        partial = workspace / ".demo.part"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(DEMO, partial)
        partial.rename(target)
