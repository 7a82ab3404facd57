"""Further formats of an export: the same samples once more, each format in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from diq_core.config import ExportSettings
from diq_core.export.exporters import EXPORTERS, find_exporter
from diq_core.export.writer import Written

ALSO = "also"
"""Folder of the further formats."""
ALL = "all"


def with_all_named(settings: ExportSettings) -> ExportSettings:
    """Return the settings with the further formats by name and sorted; "all" are those that ship.

    Raises:
        BadSetting: there is no format of this name.
    """
    named = {*settings.also, *(EXPORTERS if ALL in settings.also else ())} - {ALL, settings.format}
    also = tuple(find_exporter(name).name for name in sorted(named))
    return settings.model_copy(update={"also": also})


def folders_of(settings: ExportSettings, export: Path) -> dict[str, Path]:
    """Return format → the folder of its files; that of the export itself comes first."""
    return {settings.format: export, **{name: export / ALSO / name for name in settings.also}}


def write_all(
    settings: ExportSettings, export: Path, write: Callable[[Path, str], Written]
) -> dict[str, Written]:
    """Write every format into its folder and return what was written, the export's own first."""
    return {name: write(folder, name) for name, folder in folders_of(settings, export).items()}
