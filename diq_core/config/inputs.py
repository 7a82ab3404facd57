"""What a piece of work is done on and where: what goes with its settings but enters no manifest.

A field is an option of the kind's verb, as a setting is. What names something outside the settings
says so by `Names`, so that a person can be told before a piece of work is begun which files it
reads and which addresses it asks.
"""

from __future__ import annotations

from operator import not_
from typing import Annotated, Literal

from pydantic import Field

from diq_core.config.base import Names, Option, Settings
from diq_core.config.judges import GATE, JudgeSettings

_FILE, _FILES = Names("file"), Option(repeated=True)
_AS = Option(flag="--as")
_PATIENCE = JudgeSettings.model_fields
_ON_RAY = Option(group="Where")


class Inputs(Settings):
    """Base of all inputs."""


class ExecutionInputs(Inputs):
    """Who computes."""

    on: Annotated[Literal["here", "ray"], _ON_RAY] = "here"
    """Who computes: this process, or workers on a Ray cluster."""
    address: Annotated[str | None, Names("address"), _ON_RAY] = None
    """The Ray cluster: head-node:6379, ray://head-node:10001 or auto."""
    workers: Annotated[int | None, _ON_RAY] = Field(default=None, ge=1)
    """Workers on the Ray cluster; default: 1."""
    cores: Annotated[float | None, _ON_RAY] = Field(default=None, ge=0)
    """Processor cores of each worker on Ray; default: 1."""
    gpus: Annotated[float | None, _ON_RAY] = Field(default=None, ge=0)
    """Graphics cards of each worker on Ray; default: 0."""
    rank: Annotated[str | None, _ON_RAY] = None
    """Do only the part of this process: its number, from 0, of the --of that share the work;
    'auto' = as a Slurm array, torchrun, srun or SkyPilot say."""
    of: Annotated[int | None, _ON_RAY] = Field(default=None, ge=1)
    """How many ranks there are."""
    shards: Annotated[str | None, Names("address"), Option(group="Where", metavar="URL")] = None
    """Keep shards at this fsspec URL (s3://…) instead of in the study, for machines that share no
    disk."""


class ImportInputs(Inputs):
    """What is imported, and what must not be in it."""

    source: Annotated[str, _FILE, Option(argument=True)]
    """A file, a folder saved by datasets, a hub id (org/name), or an address such as
    s3://bucket/pool.jsonl or hf://datasets/org/name/train.jsonl."""
    validation: Annotated[tuple[str, ...], _FILE, _FILES] = ()
    """Validation questions that must not be in the pool; may be repeated. Default: those that ship
    with the app."""
    benchmark: Annotated[tuple[str, ...], _FILE, _FILES] = ()
    """Test questions that must not be in the pool; may be repeated."""
    onto: Annotated[str | None, Names("dataset")] = None
    """Add to this dataset of the study: the new one has its samples, then those of the file, and
    all of them are checked and compared anew."""
    as_chosen: bool = False
    """Keep and leave out what people chose among samples that ask the same (diq alike)."""


class DatasetInputs(ExecutionInputs):
    """Which samples are scored or placed."""

    dataset: Annotated[str | None, Names("dataset")] = None
    """Which dataset of the study; default: the only one, or 'main'."""


class InfluenceInputs(DatasetInputs):
    """Which samples are scored, on which questions."""

    validation: Annotated[str | None, _FILE] = None
    """File of validation questions; default: those that ship with the app."""


class TokensInputs(Inputs):
    """Which influence is told apart by tokens."""

    influence: Annotated[str | None, Names("influence")] = None
    """Which influence scores; default: the only ones, or 'main'."""


class ScoresInputs(Inputs):
    """Where the numbers come from, and whose they are."""

    source: Annotated[str | None, _FILE, Option(argument=True)] = None
    """File of ids and numbers: CSV, Parquet, JSON Lines …"""
    dataset: Annotated[str | None, Names("dataset")] = None
    """Which dataset of the study; default: the only one, or 'main'."""


class SelectInputs(Inputs):
    """What is chosen from, by which scores and whose judgements."""

    paper_rule: bool = False
    """The same as --rule paper."""
    from_review: bool = False
    """Keep and leave out what was placed by hand in review."""
    drop_rejected: bool = False
    """Leave out what reviewers rejected."""
    as_: Annotated[str | None, _AS] = None
    """Your name in the study; default: your login name."""
    dataset: Annotated[str | None, Names("dataset")] = None
    """Which dataset of the study; default: the only one, or 'main'."""
    difficulty: Annotated[str | None, Names("difficulty")] = None
    """Which difficulty scores."""
    influence: Annotated[str | None, Names("influence")] = None
    """Which influence scores."""


class SelectionInputs(Inputs):
    """Which samples are judged or exported, and who asks for it."""

    selection: Annotated[str | None, Names("selection")] = None
    """Which selection; default: the only one, or 'main'."""
    as_: Annotated[str | None, _AS] = None
    """Your name in the study; default: your login name."""


class ExportInputs(SelectionInputs):
    """Which samples are exported, who asks for it, and where to."""

    push: Annotated[str | None, Names("address"), Option(metavar="WHERE")] = None
    """Send the export also to a data set of the Hugging Face hub (org/name, made private if it is
    new) or into an empty folder elsewhere (s3://bucket/folder). Token and keys come from the
    environment."""


class RunInputs(Inputs):
    """What a model is trained on, and how the process is launched."""

    preset: str | None = None
    """paper, quick or equal-steps; options that you give are laid over it."""
    export: Annotated[str | None, Names("export")] = None
    """Which export; default: the only one, or 'main'."""
    data: Annotated[str | None, _FILE] = None
    """Instead of an export: any file, folder or hub id of samples."""
    validation: Annotated[str | None, _FILE] = None
    """Samples to measure a validation loss on: any file, folder or hub id; what asks the same is
    never trained on."""
    force: bool = False
    """Try a run that seems not to fit into memory."""
    launch: str = "here"
    """here, accelerate or ray."""
    processes: int = Field(default=1, ge=1)
    """Processes of accelerate."""
    ray_gpus: int = Field(default=1, ge=0)
    """Graphics cards that a Ray job asks for; 0 = none."""
    track: str | None = None
    """Also report to mlflow or trackio, if installed."""


class EvaluateInputs(ExecutionInputs):
    """Which model answers which questions."""

    benchmark: Annotated[tuple[str, ...], _FILE, _FILES] = ()
    """File of questions with known answers, or a hub id; may be repeated."""
    run: Annotated[str | None, Names("run")] = None
    """Which fine-tuned run; default: the model itself."""
    trained_on: Annotated[str | None, _FILE] = None
    """The run's training data, where it was no export of this study."""


class ExperimentInputs(Inputs):
    """What the arms are made of and tested on, and settings of an arm in short."""

    benchmark: Annotated[tuple[str, ...], _FILE, _FILES] = ()
    """File of questions to test every model on; repeat for several."""
    settings: Annotated[str | None, _FILE] = None
    """TOML file with all settings; options override it."""
    steps: int | None = None
    """Optimiser steps of every arm: equal steps."""
    tokens: int | None = None
    """Response tokens of every arm: equal tokens."""
    model: Annotated[str | None, _FILE] = None
    """The base model: 'embedded', a model's folder, or a hub id."""
    limit: int | None = Field(default=None, ge=1)
    """Questions of each benchmark, drawn with the seed: every model gets the same; default: all."""
    threads: int | None = Field(default=None, ge=1)
    """Processor cores to use."""
    dataset: Annotated[str | None, Names("dataset")] = None
    """Which dataset of the study; default: the only one, or 'main'."""
    difficulty: Annotated[str | None, Names("difficulty")] = None
    """Which difficulty scores."""
    influence: Annotated[str | None, Names("influence")] = None
    """Which influence scores."""


class PairInputs(Inputs):
    """Whose answers to which questions are set side by side."""

    first: Annotated[str, Names("evaluation")]
    """Evaluation with written answers, e.g. the tuned."""
    second: Annotated[str, Names("evaluation")]
    """Evaluation to compare with, e.g. of the base."""
    benchmark: Annotated[tuple[str, ...], _FILE, _FILES]
    """File of the questions; may be given several times."""


class QualityInputs(Inputs):
    """Which pairs are judged, and where the judge is asked."""

    endpoint: Annotated[str, Names("address")]
    """Address of an OpenAI-compatible server, e.g. http://localhost:8000/v1. Questions and answers
    are sent there; its key is read from DIQ_API_KEY (this machine) or DIQ_ENDPOINT_KEYS."""
    answers: Annotated[str | None, Names("answers")] = None
    """Which pairs; default: the only ones, or 'main'."""
    timeout: float = Field(default=_PATIENCE["timeout"].default, gt=0.0)
    """Most seconds for one reply."""
    attempts: int = Field(default=_PATIENCE["attempts"].default, ge=1, le=20)
    """How often a busy server is asked."""
    per_minute: int | None = Field(default=None, ge=1)
    """Most requests that begin in a minute; default: no limit."""
    as_: Annotated[str | None, _AS] = None
    """Your name in the study, for the log; default: your login name."""
    release_role: Annotated[str, GATE] = Field(default="", exclude_if=not_, max_length=500)
    """Ask although what is sent may tell who a patient is: the role in which you answer for that.
    It is kept in the study's log and the manifest."""
    release_reason: Annotated[str, GATE] = Field(default="", exclude_if=not_, max_length=500)
    """With --release-role: why, without names, dates and numbers."""
