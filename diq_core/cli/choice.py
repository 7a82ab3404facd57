"""Verbs that choose: select, export, reproduce."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diq_core import config
from diq_core.cli.common import (
    DatasetOption,
    JsonOption,
    NameOption,
    RestartOption,
    SeedOption,
    StudyOption,
    make,
    say,
)
from diq_core.errors import BadSetting

app = typer.Typer()


@app.command()
def select(
    study: StudyOption,
    strategy: Annotated[
        str, typer.Option(help="diq, or a baseline: random, difficulty, influence, longest, full.")
    ] = "diq",
    budget: Annotated[
        str, typer.Option(help="How many to keep: a share (10%) or a count (250).")
    ] = config.SelectSettings().budget,
    weight: Annotated[
        float | None,
        typer.Option(help="Balance weight: 0 = influence only, 1 = difficulty only."),
    ] = None,
    paper_rule: Annotated[
        bool,
        typer.Option(
            "--paper-rule",
            help="Inside a quadrant by influence, then by difficulty "
            "(the default without --weight).",
        ),
    ] = False,
    difficulty_cut: Annotated[
        float, typer.Option(help="Percentile of difficulty from which a sample is hard.")
    ] = config.SelectSettings().difficulty_cut,
    influence_cut: Annotated[
        float, typer.Option(help="Percentile of influence from which a sample is influential.")
    ] = config.SelectSettings().influence_cut,
    aspect: Annotated[
        str, typer.Option(help="Which difficulty: knowledge, reasoning or overall.")
    ] = "overall",
    no_quadrants: Annotated[
        bool, typer.Option("--no-quadrants", help="One order over the whole pool.")
    ] = False,
    seed: SeedOption = 0,
    max_per_source: Annotated[
        float | None, typer.Option(help="Largest share of the budget for one source, 0 to 1.")
    ] = None,
    dataset: DatasetOption = None,
    difficulty: Annotated[str | None, typer.Option(help="Which difficulty scores.")] = None,
    influence: Annotated[str | None, typer.Option(help="Which influence scores.")] = None,
    name: NameOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fix a selection: which samples are kept, and for each of the others why not."""
    from diq_core.stages import selecting

    if paper_rule and weight is not None:
        raise BadSetting(
            "--paper-rule and --weight contradict each other",
            which="select",
            todo="give one of them",
        )
    settings = config.build(
        config.SelectSettings,
        {
            "strategy": strategy,
            "budget": budget,
            "aspect": aspect,
            "rule": "paper" if weight is None else "weight",
            "weight": config.SelectSettings().weight if weight is None else weight,
            "quadrants": not no_quadrants,
            "difficulty_cut": difficulty_cut,
            "influence_cut": influence_cut,
            "seed": seed,
            "max_per_source": max_per_source,
        },
    )
    make(
        study,
        "selection",
        name,
        restart,
        as_json,
        lambda where, called, progress: selecting.run(
            where,
            called,
            settings,
            progress,
            **selecting.inputs(where, settings, dataset, difficulty, influence),
        ),
    )


@app.command()
def export(
    study: StudyOption,
    selection: Annotated[
        str | None, typer.Option(help="Which selection; default: the only one, or 'main'.")
    ] = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="trl, prompt-completion, alpaca, sharegpt, llama-factory, "
            "parquet, datasets or csv.",
        ),
    ] = "trl",
    name: NameOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a selection as training files, with datasheet, Croissant metadata and manifest."""
    from diq_core.stages import exporting

    settings = config.build(config.ExportSettings, {"format": format_})
    make(
        study,
        "export",
        name,
        restart,
        as_json,
        lambda where, called, progress: exporting.run(
            where,
            called,
            settings,
            progress,
            selection=where.find("selection", selection),
        ),
    )


@app.command()
def reproduce(
    manifest: Annotated[Path, typer.Argument(help="manifest.json of an export.")],
    source: Annotated[str, typer.Option(help="The file that was imported then.")],
    study: Annotated[Path, typer.Option("--study", "-s", help="Folder of a new study.")],
    validation: Annotated[
        list[str] | None, typer.Option(help="The validation files that were used then, if any.")
    ] = None,
    benchmark: Annotated[
        list[str] | None, typer.Option(help="The benchmark files that were used then, if any.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an export again from its manifest, step by step, and compare every byte."""
    from diq_core.stages import reproducing

    result = reproducing.run(
        manifest,
        source=source,
        study_path=study,
        validation=validation or [],
        benchmark=benchmark or [],
    )
    say(as_json, result.as_dict(), result.text())
    if not result.identical:
        raise typer.Exit(2)
