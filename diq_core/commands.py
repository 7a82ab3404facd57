"""The command line of each stage, as pages start it and show it.

A button runs what a terminal would: the arguments built here, after ``python -m diq_core``.
Settings that have their default value are left out, so the line stays short.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from diq_core.config import (
    DifficultySettings,
    EmbedSettings,
    EvaluateSettings,
    ExportSettings,
    FinetuneSettings,
    ImportSettings,
    InfluenceSettings,
    ScoresSettings,
    SelectSettings,
    Settings,
)
from diq_core.score import AXES


def shown(command: Sequence[str]) -> str:
    """Return the line that a user can copy into a terminal."""
    return shlex.join(["diq", *command])


def options(settings: Settings, *names: str) -> list[str]:
    """Return ``--name value`` for each of `names` that has not its default value."""
    fields = type(settings).model_fields
    command = []
    for name in names:
        value = getattr(settings, name)
        if value is not None and value != fields[name].default:
            command += [f"--{name.replace('_', '-')}", str(value)]
    return command


def import_command(
    study: Path,
    source: str,
    name: str,
    settings: ImportSettings,
    *,
    validation: Iterable[str] = (),
    benchmark: Iterable[str] = (),
) -> list[str]:
    """Return the command that imports `source` as the dataset `name`."""
    command = ["dataset", source, *_common(study, name)]
    for ours, theirs in sorted(settings.mapping.items()):
        command += ["--map", f"{ours}={theirs}"]
    for file in validation:
        command += ["--validation", file]
    for file in benchmark:
        command += ["--benchmark", file]
    if not settings.exclude_duplicates:
        command.append("--keep-duplicates")
    if not settings.exclude_overlap:
        command.append("--keep-overlap")
    return command + options(settings, "format", "limit", "near_threshold")


def embed_command(study: Path, name: str, settings: EmbedSettings, dataset: str) -> list[str]:
    """Return the command that draws the meaning map of `dataset`."""
    return [
        "embed",
        *_common(study, name),
        "--dataset",
        dataset,
        *options(settings, "encoder", "neighbours", "min_distance", "seed"),
    ]


def difficulty_command(
    study: Path, name: str, settings: DifficultySettings, dataset: str
) -> list[str]:
    """Return the command that rates the questions of `dataset`."""
    return [
        "difficulty",
        *_common(study, name),
        "--dataset",
        dataset,
        *options(settings, "classifier", "limit", "shard_size"),
    ]


def influence_command(
    study: Path,
    name: str,
    settings: InfluenceSettings,
    dataset: str,
    *,
    validation: str | None = None,
) -> list[str]:
    """Return the command that measures influence; without `validation`, on the shipped set."""
    command = ["influence", *_common(study, name), "--dataset", dataset]
    if validation:
        command += ["--validation", validation]
    if settings.tasks:
        command += ["--tasks", ",".join(settings.tasks)]
    if settings.also:
        command += ["--also", ",".join(settings.also)]
    return command + options(
        settings,
        "model",
        "engine",
        "per_task",
        "max_tokens",
        "batch_tokens",
        "limit",
        "seed",
        "threads",
    )


def scores_command(
    study: Path, name: str, settings: ScoresSettings, dataset: str, *, source: str | None = None
) -> list[str]:
    """Return the command that adds a score of one's own, from a file or by a measure."""
    command = ["scores", *([source] if source else []), *_common(study, name)]
    command += ["--dataset", dataset]
    return command + options(settings, *ScoresSettings.model_fields)


def select_command(
    study: Path,
    name: str,
    settings: SelectSettings,
    dataset: str,
    *,
    difficulty: str | None = None,
    influence: str | None = None,
    from_review: bool = False,
    drop_rejected: bool = False,
    who: str | None = None,
) -> list[str]:
    """Return the command that fixes a selection.

    Args:
        from_review: respect what was placed by hand in the review store.
        drop_rejected: leave out what reviewers rejected.
        who: the name under which the reviews are read.
    """
    command = ["select", *_common(study, name), "--dataset", dataset]
    if difficulty:
        command += ["--difficulty", difficulty]
    if influence:
        command += ["--influence", influence]
    command += ["--strategy", settings.strategy, "--budget", settings.budget]
    if settings.rule == "weight":
        command += ["--weight", f"{settings.weight:g}"]
    if not settings.quadrants:
        command.append("--no-quadrants")
    if settings.axes != AXES:
        command += ["--axes", ",".join(settings.axes)]
    for option, ids in (("--put-in", settings.put_in), ("--take-out", settings.taken_out)):
        command += [f"{option}={id}" for id in ids]
    command += ["--from-review"] * from_review + ["--drop-rejected"] * drop_rejected
    command += _as(who)
    return command + options(
        settings, "aspect", "difficulty_cut", "influence_cut", "seed", "max_per_source"
    )


def export_command(
    study: Path, name: str, settings: ExportSettings, selection: str, *, who: str | None = None
) -> list[str]:
    """Return the command that writes `selection` as training files.

    Args:
        who: the name under which the reviews are read.
    """
    command = ["export", *_common(study, name), "--selection", selection]
    command += ["--format", settings.format]
    command += ["--verdicts"] * settings.verdicts + ["--reviewer-names"] * settings.reviewer_names
    return command + _as(who)


def finetune_command(
    study: Path,
    name: str,
    settings: FinetuneSettings,
    *,
    export: str | None = None,
    data: str | None = None,
) -> list[str]:
    """Return the command that fine-tunes on an export, or on any file or folder of samples."""
    command = ["run", *_common(study, name)]
    if data:
        command += ["--data", data]
    elif export:
        command += ["--export", export]
    if settings.targets != FinetuneSettings().targets:
        command += ["--targets", ",".join(settings.targets)]
    for flag in ("packing", "recompute", "merge"):
        if getattr(settings, flag):
            command.append(f"--{flag}")
    names = (field for field in FinetuneSettings.model_fields if field not in _WRITTEN_OTHERWISE)
    return command + options(settings, *names)


def evaluate_command(
    study: Path,
    name: str,
    settings: EvaluateSettings,
    benchmarks: Iterable[str],
    *,
    run: str | None = None,
    trained_on: str | None = None,
) -> list[str]:
    """Return the command that tests a run, or without one the model of the settings."""
    command = ["evaluate", *_common(study, name)]
    for benchmark in benchmarks:
        command += ["--benchmark", benchmark]
    if run:
        command += ["--run", run]
    if trained_on:
        command += ["--trained-on", trained_on]
    if settings.scorings != EvaluateSettings().scorings:
        command += ["--scorings", ",".join(settings.scorings)]
    if settings.groups:
        groups = (f"{group}={','.join(names)}" for group, names in settings.groups.items())
        command += ["--groups", ";".join(groups)]
    if not settings.answer_loss:
        command.append("--no-answer-loss")
    return command + options(
        settings,
        "model",
        "template",
        "limit",
        "max_tokens",
        "max_new_tokens",
        "batch_size",
        "seed",
        "threads",
    )


def experiment_command(
    study: Path,
    name: str,
    settings_file: Path,
    dataset: str,
    benchmarks: Iterable[str],
    *,
    difficulty: str | None = None,
    influence: str | None = None,
) -> list[str]:
    """Return the command that compares strategies by the settings in a TOML file."""
    command = ["experiment", *_common(study, name), "--settings", str(settings_file)]
    command += ["--dataset", dataset]
    if difficulty:
        command += ["--difficulty", difficulty]
    if influence:
        command += ["--influence", influence]
    for benchmark in benchmarks:
        command += ["--benchmark", benchmark]
    return command


_WRITTEN_OTHERWISE = ("targets", "packing", "recompute", "merge")


def _as(who: str | None) -> list[str]:
    # Joined by "=", so that a name that begins with a dash is no option.
    return [] if who is None else [f"--as={who}"]


def _common(study: Path, name: str) -> list[str]:
    return ["--study", str(study), "--name", name]
