"""The settings of every stage: one frozen class each, complete in every manifest.

A settings object is what the user asked for, defaults included; two artefacts with equal
settings and equal inputs are the same artefact. TOML goes in (`read_toml`) and JSON comes out
(`Settings.model_dump`), so a run can be repeated from a file.
"""

from __future__ import annotations

import tomllib
from operator import not_
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from diq_core.errors import BadFile, BadSetting
from diq_core.score import AXES

Aspect = Literal["knowledge", "reasoning", "overall"]
Rule = Literal["paper", "weight"]
Also = Literal["cosine", "ifd"]
"""What can be measured beside influence."""


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
    # Left out of manifests where nothing is asked for: the scores are the same artefact as ever.
    also: tuple[Also, ...] = Field(default=(), exclude_if=not_)
    """Scores measured beside influence, each for a further part of the time."""

    @field_validator("also")
    @classmethod
    def _in_one_order(cls, names: tuple[Also, ...]) -> tuple[Also, ...]:
        return tuple(name for name in get_args(Also) if name in names)


class ScoresSettings(Settings):
    """Where a score of one's own comes from, and what its numbers say."""

    measure: str | None = None
    """What is measured on the samples here; None = the numbers come from a file."""
    column: str = ""
    """The file's column of numbers; empty = the one called as the score, or the only one."""
    id_column: str = "id"
    """The file's column of sample ids."""
    label: str = ""
    """What a person calls the score; empty = its name."""
    higher: str = ""
    """What a higher number means, as the rest of "higher = …"; empty = not said."""
    best: Literal["high", "low"] = "high"
    """Which end is chosen first."""
    unit: str = ""
    """What one is of, e.g. "seconds"."""
    least: float | None = None
    """No number is below; None = no bound."""
    most: float | None = None
    """No number is above; None = no bound."""


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
    # Left out of manifests where it is the default: the selection is the same artefact as ever.
    axes: tuple[str, str] = Field(default=AXES, exclude_if=AXES.__eq__)
    """The two scores that make the quadrants: what takes the parts of difficulty and influence."""
    difficulty_cut: float = Field(default=50.0, ge=0.0, le=100.0)
    """Percentile of difficulty from which a sample is hard."""
    influence_cut: float = Field(default=50.0, ge=0.0, le=100.0)
    """Percentile of influence from which a sample is influential."""
    seed: int = 0
    max_per_source: float | None = Field(default=None, gt=0.0, le=1.0)
    """Largest share of the budget that one source may take; None = no limit."""
    # Empty lists are left out of manifests: a selection that no hand touched is the same artefact
    # with and without them.
    put_in: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """Ids that are kept whatever the scores say; they count towards the budget."""
    taken_out: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """Ids that were left out by hand."""
    rejected: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """Ids that are left out because their reviewers rejected them."""

    @field_validator("put_in", "taken_out", "rejected")
    @classmethod
    def _sorted(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(ids)))


class ExportSettings(Settings):
    """How the chosen samples are written."""

    format: str = "trl"
    verdicts: bool = Field(default=False, exclude_if=not_)
    """Include the clinicians' verdicts, and write their corrections instead of the old text."""
    reviewer_names: bool = Field(default=False, exclude_if=not_)
    """Write the reviewers' names; False = "reviewer 1", "reviewer 2" …"""


class FinetuneSettings(Settings):
    """How a model is fine-tuned on an export."""

    model: str = "embedded"
    """The base model: "embedded", a folder or a hub id."""
    method: Literal["lora", "full", "qlora"] = "lora"
    objective: Literal["sft", "dpo"] = "sft"
    """"sft" learns the responses; "dpo" prefers the right chain to the wrong one of a pair."""
    rank: int = Field(default=8, ge=1)
    alpha: int = Field(default=16, ge=1)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj")
    """Names of the layers that get an adapter."""
    learning_rate: float = Field(default=1e-4, gt=0.0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of the steps during which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0.0)
    epochs: float = Field(default=3.0, gt=0.0)
    max_steps: int | None = Field(default=None, ge=1)
    """Train exactly so many steps, whatever the number of samples; None = `epochs`."""
    token_budget: int | None = Field(default=None, ge=1)
    """Train until so many response tokens were learned from; None = `epochs` or `max_steps`."""
    batch_size: int = Field(default=8, ge=1)
    """Samples in one step, over all devices."""
    micro_batch: int = Field(default=1, ge=1)
    """Samples that pass through the model at once; the rest of a step is accumulated."""
    max_tokens: int = Field(default=8192, ge=32)
    """Longer samples are cut; one without a response token left is dropped."""
    packing: bool = False
    """Lay the samples of a micro-batch end to end instead of padding them to one length."""
    recompute: bool = False
    """Compute activations a second time instead of keeping them: less memory, slower."""
    beta: float = Field(default=0.1, gt=0.0)
    """DPO: how strongly the tuned model is held to the base model."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    save_steps: int = Field(default=50, ge=1)
    """Steps between checkpoints; a killed run loses at most so many."""
    merge: bool = False
    """Also write the whole model with the adapter merged into it."""
    seed: int = 0
    threads: int = Field(default=1, ge=1)


Scoring = Literal["letter", "option", "generated"]
"""How an answer is taken from a model: the likeliest option letter, the likeliest option text
(per character), or a written answer from which the choice is read."""


class EvaluateSettings(Settings):
    """On which questions a model is tested, and how its answers are taken."""

    model: str = "embedded"
    scorings: tuple[Scoring, ...] = ("letter",)
    limit: int | None = Field(default=None, ge=1)
    """Questions of each benchmark: a seeded draw of so many; None = all."""
    template: Literal["plain", "chat"] = "plain"
    """"plain" asks as lm-evaluation-harness does; "chat" as in training, by the chat template."""
    max_tokens: int = Field(default=2048, ge=32)
    """Longer prompts lose their beginning."""
    max_new_tokens: int = Field(default=256, ge=1)
    """Longest written answer."""
    batch_size: int = Field(default=8, ge=1)
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Name of an average ("S", "C") → the benchmarks it is made of; "A" is always all of them."""
    answer_loss: bool = True
    """Also measure the loss of the right answer, in nats per token."""
    seed: int = 0
    threads: int = Field(default=1, ge=1)


class ExperimentSettings(Settings):
    """Which strategies are compared at which budgets, how often, and with what recipe."""

    strategies: tuple[str, ...] = ("diq", "random")
    budgets: tuple[str, ...] = ("10%",)
    seeds: tuple[int, ...] = (0, 1, 2)
    equal: Literal["steps", "tokens"] = "steps"
    """What all arms have in common: optimiser steps, or response tokens learned from."""
    with_full: bool = True
    """Also train on everything."""
    recipe: FinetuneSettings = FinetuneSettings(max_steps=30)
    select: SelectSettings = SelectSettings()
    """What every selection has in common (aspect, cuts, quota)."""
    evaluate: EvaluateSettings = EvaluateSettings()
    resamples: int = Field(default=2000, ge=100)
    """Bootstrap draws behind every interval."""


class JudgeSettings(Settings):
    """Which model is asked, and how."""

    endpoint: str
    """Address of an OpenAI-compatible server; the samples' text is sent there."""
    model: str = Field(min_length=1, max_length=200)
    limit: int | None = Field(default=None, ge=1)
    """Judge at most this many samples, those that people judged first; None = all."""
    rest: int = Field(default=0, ge=0)
    """How many samples that were not chosen are judged too, drawn by seed."""
    repeats: int = Field(default=1, ge=1, le=20)
    """How often each sample is judged; each repeat is a rater of its own, with its own seed."""
    critique: bool = False
    """Also compare each sample's reasoning with its answer, point by point."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: int = Field(default=0, ge=0)
    max_tokens: int = Field(default=2000, ge=16)
    timeout: float = Field(default=120.0, gt=0.0)
    attempts: int = Field(default=5, ge=1, le=20)


class PairSettings(Settings):
    """Which questions' answers are set side by side."""

    limit: int | None = Field(default=None, ge=1)
    """A seeded draw of so many pairs; None = all."""
    seed: int = 0


class QualitySettings(Settings):
    """Which model judges, and how often.

    Where it is asked and how long one waits is no part of it: a broken run may go on at another
    address with more patience.
    """

    model: str = Field(min_length=1, max_length=200)
    repeats: int = Field(default=1, ge=1, le=20)
    """How often each pair is asked in each order, and each answer rated; each repeat has its own
    seed."""
    scales: bool = True
    """Also rate each answer alone on every scale."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: int = Field(default=0, ge=0)
    max_tokens: int = Field(default=1000, ge=16)
    resamples: int = Field(default=2000, ge=100)
    """Bootstrap draws behind every interval."""


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
