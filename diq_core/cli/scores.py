"""Verbs that score: difficulty, influence, scores, train-difficulty."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from diq_core import config, plugins
from diq_core.cli.common import (
    DatasetOption,
    JsonOption,
    LimitOption,
    NameOption,
    RestartOption,
    SeedOption,
    StudyOption,
    listed,
    make,
    say,
)
from diq_core.cli.execution import HERE, Execution, with_execution
from diq_core.scoring.measures import MEASURES

app = typer.Typer()


@app.command()
@with_execution
def difficulty(
    study: StudyOption,
    dataset: DatasetOption = None,
    name: NameOption = None,
    classifier: Annotated[
        str, typer.Option(help="'embedded' or a folder made by 'diq train-difficulty'.")
    ] = "embedded",
    limit: LimitOption = None,
    shard_size: Annotated[
        int, typer.Option(help="Samples kept at once; a stopped run loses at most so many.")
    ] = config.DifficultySettings().shard_size,
    restart: RestartOption = False,
    as_json: JsonOption = False,
    execution: Execution = HERE,
) -> None:
    """Rate every question: knowledge, reasoning and overall difficulty, level 1 to 5."""
    from diq_core.stages import difficulty as stage

    settings = config.build(
        config.DifficultySettings,
        {
            "classifier": classifier,
            "limit": limit,
            "shard_size": shard_size,
        },
    )
    make(
        study,
        "difficulty",
        name,
        restart,
        as_json,
        execution.stage(
            lambda executor: (
                lambda where, called, progress: stage.run(
                    where,
                    called,
                    settings,
                    progress,
                    dataset=where.find("dataset", dataset),
                    executor=executor,
                )
            )
        ),
    )


@app.command()
@with_execution
def influence(
    study: StudyOption,
    dataset: DatasetOption = None,
    name: NameOption = None,
    validation: Annotated[
        str | None,
        typer.Option(help="File of validation questions; default: those that ship with the app."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="'embedded', a model's folder, or a hub id.")
    ] = "embedded",
    engine: Annotated[str, typer.Option(help="How it is computed.")] = "finite-difference",
    per_task: Annotated[
        int, typer.Option(help="Validation questions drawn from each task.")
    ] = config.InfluenceSettings().per_task,
    tasks: Annotated[
        str, typer.Option(help="Tasks to draw from, separated by commas; default: all.")
    ] = "",
    max_tokens: Annotated[
        int, typer.Option(help="Longer samples are cut to so many tokens.")
    ] = config.InfluenceSettings().max_tokens,
    batch_tokens: Annotated[
        int, typer.Option(help="Tokens in a batch, padding included.")
    ] = config.InfluenceSettings().batch_tokens,
    also: Annotated[
        str,
        typer.Option(
            help="Scores for other strategies, separated by commas: cosine (influence whatever "
            "the length of a sample's own gradient), ifd (loss with the question over without)."
        ),
    ] = "",
    limit: Annotated[
        int | None, typer.Option(help="Score a random part of so many samples.")
    ] = None,
    seed: SeedOption = 0,
    threads: Annotated[int, typer.Option(help="Processor cores to use.")] = 1,
    restart: RestartOption = False,
    as_json: JsonOption = False,
    execution: Execution = HERE,
) -> None:
    """Measure how much a training step on each sample lowers the validation loss."""
    from diq_core.stages import influence as stage

    settings = config.build(
        config.InfluenceSettings,
        {
            "model": model,
            "engine": engine,
            "per_task": per_task,
            "tasks": listed(tasks),
            "also": listed(also),
            "max_tokens": max_tokens,
            "batch_tokens": batch_tokens,
            "limit": limit,
            "seed": seed,
            "threads": threads,
        },
    )
    make(
        study,
        "influence",
        name,
        restart,
        as_json,
        execution.stage(
            lambda executor: (
                lambda where, called, progress: stage.run(
                    where,
                    called,
                    settings,
                    progress,
                    dataset=where.find("dataset", dataset),
                    validation=validation,
                    executor=executor,
                )
            )
        ),
    )


@app.command("scores")
def scores_(
    study: StudyOption,
    source: Annotated[
        str | None, typer.Argument(help="File of ids and numbers: CSV, Parquet, JSON Lines …")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", "-n", help="Name of the score; default: that of its column."),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(
            help=f"Instead of a file: {', '.join(MEASURES)}, counted here."
            + plugins.help_text("diq.scores")
        ),
    ] = None,
    column: Annotated[
        str, typer.Option(help="The file's column of numbers; default: the only one.")
    ] = config.ScoresSettings().column,
    id_column: Annotated[
        str, typer.Option(help="The file's column of sample ids.")
    ] = config.ScoresSettings().id_column,
    label: Annotated[str, typer.Option(help="What a person calls the score.")] = "",
    higher: Annotated[
        str, typer.Option(help="What a higher number means, e.g. 'easier'.")
    ] = config.ScoresSettings().higher,
    best: Annotated[
        str, typer.Option(help="Which end is chosen first: high or low.")
    ] = config.ScoresSettings().best,
    unit: Annotated[str, typer.Option(help="What one is of, e.g. 'seconds'.")] = "",
    least: Annotated[float | None, typer.Option(help="No number may be below.")] = None,
    most: Annotated[float | None, typer.Option(help="No number may be above.")] = None,
    dataset: DatasetOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add a score of your own, from a file or measured here, for strategies and the map."""
    from diq_core.stages import scores as stage

    settings = config.build(
        config.ScoresSettings,
        {
            "measure": measure,
            "column": column,
            "id_column": id_column,
            "label": label,
            "higher": higher,
            "best": best,
            "unit": unit,
            "least": least,
            "most": most,
        },
    )
    make(
        study,
        "scores",
        name or column or measure or (Path(source).name.split(".")[0] if source else None),
        restart,
        as_json,
        lambda where, called, progress: stage.run(
            where,
            called,
            settings,
            progress,
            dataset=where.find("dataset", dataset),
            source=source,
        ),
    )


@app.command("train-difficulty")
def train_difficulty(
    labels: Annotated[Path, typer.Option(help="File of rated questions (JSONL).")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the classifier; default: the shipped one.")
    ] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Train the difficulty classifier and measure it on held-out labels."""
    from diq_core.stages import difficulty as stage

    report = stage.train_classifier(labels, out, seed=seed)
    say(as_json, report, json.dumps(report["held_out"], indent=2))
