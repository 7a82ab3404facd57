"""The grids: which strategies, budgets and seeds; one TOML file each, one recipe for all."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from diq_core.config import ExperimentSettings, read_toml

GRIDS = {
    "ablation": "every strategy and each quadrant on its own, at 5 %",
    "budgets": "1 % and 10 %",
    "further": "cosine and IFD, which need further scores",
}
"""Name (of the TOML file beside this one, and of the experiment) → what it is for."""


@lru_cache
def read_grid(name: str) -> ExperimentSettings:
    """Return the settings of a grid."""
    return read_toml(ExperimentSettings, grid_file(name))


def grid_file(name: str) -> Path:
    """Return the TOML file of a grid."""
    return Path(__file__).parent / f"{name}.toml"
