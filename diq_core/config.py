"""The settings of every stage: one frozen class each, complete in every manifest.

A settings object is what the user asked for, defaults included; two artefacts with equal
settings and equal inputs are the same artefact. TOML goes in (`read_toml`) and JSON comes out
(`Settings.model_dump`), so a run can be repeated from a file.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diq_core.errors import BadFile, BadSetting

Aspect = Literal["knowledge", "reasoning", "overall"]
Rule = Literal["paper", "weight"]


class Settings(BaseModel):
    """Base of all settings: immutable, and unknown names are an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ImportSettings(Settings):
    """How a file becomes a dataset."""

    format: str | None = None
    """Name of the format; None = recognise it."""
    mapping: dict[str, str] = Field(default_factory=dict)
    """Our field → the file's column; overrides recognition."""
    limit: int | None = Field(default=None, ge=1)
    """Read at most this many rows; None = all."""
    near_threshold: float = Field(default=0.8, ge=0.5, le=1.0)
    """Jaccard similarity of question shingles from which two samples count as near duplicates."""
    exclude_duplicates: bool = True
    exclude_overlap: bool = True


class EmbedSettings(Settings):
    """How the meaning map is drawn."""

    encoder: str = "embedded"
    neighbours: int = Field(default=15, ge=2, le=200)
    min_distance: float = Field(default=0.1, ge=0.0, le=1.0)
    seed: int = 0


class DifficultySettings(Settings):
    """Which classifier rates the questions."""

    classifier: str = "embedded"
    """The shipped classifier, or a folder that `diq difficulty train` wrote."""
    limit: int | None = Field(default=None, ge=1)
    shard_size: int = Field(default=2000, ge=1)


class InfluenceSettings(Settings):
    """Which model, on which validation questions, by which engine."""

    model: str = "embedded"
    engine: Literal["finite-difference"] = "finite-difference"
    per_task: int = Field(default=20, ge=1)
    """Validation questions drawn from each named task."""
    tasks: tuple[str, ...] = ()
    """Names of the tasks to draw from; empty = all."""
    max_tokens: int = Field(default=2048, ge=32)
    """Longer samples are cut; a sample without a response token left is not scored."""
    batch_tokens: int = Field(default=2048, ge=32)
    """Padded tokens in a batch."""
    limit: int | None = Field(default=None, ge=1)
    """Score a seeded random part of this many samples; None = all."""
    seed: int = 0
    threads: int = Field(default=1, ge=1)


class SelectSettings(Settings):
    """Which rule chooses, and how many."""

    strategy: str = "diq"
    budget: str = "10%"
    """A share ("10%") or a count ("250")."""
    aspect: Aspect = "overall"
    rule: Rule = "paper"
    """Order inside a quadrant: the paper's (influence, then difficulty) or the balance weight."""
    weight: float = Field(default=0.5, ge=0.0, le=1.0)
    """0 = influence only, 1 = difficulty only; used by the weight rule."""
    quadrants: bool = True
    """Fill Q1, Q2, Q3, Q4 in that order; False = one order over the whole pool."""
    difficulty_cut: float = Field(default=50.0, ge=0.0, le=100.0)
    """Percentile of difficulty from which a sample is hard."""
    influence_cut: float = Field(default=50.0, ge=0.0, le=100.0)
    """Percentile of influence from which a sample is influential."""
    seed: int = 0
    max_per_source: float | None = Field(default=None, gt=0.0, le=1.0)
    """Largest share of the budget that one source may take; None = no limit."""


ExportFormat = Literal[
    "trl", "prompt-completion", "alpaca", "sharegpt", "llama-factory", "parquet", "datasets", "csv"
]


class ExportSettings(Settings):
    """How the chosen samples are written."""

    format: ExportFormat = "trl"


S = TypeVar("S", bound=Settings)


def build(kind: type[S], values: dict[str, Any]) -> S:
    """Return settings of `kind` made of `values`.

    Raises:
        BadSetting: a value is of the wrong type, out of range, or has an unknown name.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadSetting(
            f"Setting {name} = {first['input']!r} is not possible: {first['msg']}",
            which=kind.__name__,
            todo="correct this setting",
        ) from None


def read_toml(kind: type[S], path: Path) -> S:
    """Return settings of `kind` from a TOML file.

    Raises:
        BadFile: the file is not TOML.
        BadSetting: a value in it is not possible.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(
            f"The settings file is not TOML: {error}", which=path.name, todo="correct this line"
        ) from None
    return build(kind, values)
