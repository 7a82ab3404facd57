"""The verb that compares strategies: experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from diq_core import config
from diq_core.cli.common import (
    DatasetOption,
    JsonOption,
    NameOption,
    RestartOption,
    StudyOption,
    make,
    say,
)
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.kinds import DEFAULT_NAME
from diq_core.study import open_study

app = typer.Typer()
_DEFAULT = config.ExperimentSettings()


@app.command()
def experiment(
    study: StudyOption,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(help="File of questions to test every model on; repeat for several."),
    ] = None,
    settings_file: Annotated[
        Path | None,
        typer.Option("--settings", help="TOML file with all settings; options override it."),
    ] = None,
    strategies: Annotated[
        str | None,
        typer.Option(help="Separated by commas; difficulty:reasoning names an aspect."),
    ] = None,
    budgets: Annotated[
        str | None, typer.Option(help="Shares or counts, separated by commas.")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Seeds separated by commas; each is a run of its own.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Optimiser steps of every arm: equal steps.")
    ] = None,
    tokens: Annotated[
        int | None, typer.Option(help="Response tokens of every arm: equal tokens.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="'embedded', a model's folder, or a hub id.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Questions of each benchmark, drawn by seed.")
    ] = None,
    no_full: Annotated[
        bool, typer.Option("--no-full", help="Do not train on the full set as well.")
    ] = False,
    threads: Annotated[int | None, typer.Option(help="Processor cores to use.")] = None,
    dataset: DatasetOption = None,
    difficulty: Annotated[str | None, typer.Option(help="Which difficulty scores.")] = None,
    influence: Annotated[str | None, typer.Option(help="Which influence scores.")] = None,
    arms_only: Annotated[
        bool,
        typer.Option(
            "--arms-only",
            help="Train and test arms that nobody else is at, and write no report; run it on as "
            "many machines as share the study.",
        ),
    ] = False,
    name: NameOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare strategies at equal budgets: select, train and test every arm, then report."""
    from diq_core.stages import experiment as stage

    settings = _settings(
        settings_file,
        strategies=_list(strategies),
        budgets=_list(budgets),
        seeds=_seeds(seeds),
        steps=steps,
        tokens=tokens,
        model=model,
        limit=limit,
        no_full=no_full,
        threads=threads,
    )
    where = open_study(study)
    made_of = stage.material(where, settings, dataset, difficulty, influence, benchmark or [])
    if arms_only:
        called = name or DEFAULT_NAME
        arms = stage.make_arms(where, called, settings, silent(), material=made_of, wait=False)
        result = {"experiment": called, "arms": [arm.run(called) for arm in arms]}
        say(as_json, result, f"experiment '{called}': {len(arms)} arms are complete")
        return
    make(
        study,
        "experiment",
        name,
        restart,
        as_json,
        lambda where, called, progress: stage.run(
            where, called, settings, progress, material=made_of
        ),
    )


def _settings(
    file: Path | None,
    *,
    strategies: tuple[str, ...] | None,
    budgets: tuple[str, ...] | None,
    seeds: tuple[int, ...] | None,
    steps: int | None,
    tokens: int | None,
    model: str | None,
    limit: int | None,
    no_full: bool,
    threads: int | None,
) -> config.ExperimentSettings:
    if steps is not None and tokens is not None:
        raise BadSetting(
            "--steps and --tokens contradict each other",
            which="experiment",
            todo="give one of them",
        )
    given = config.read_toml(config.ExperimentSettings, file) if file else _DEFAULT
    values = given.model_dump()
    for field, value in (("strategies", strategies), ("budgets", budgets), ("seeds", seeds)):
        if value is not None:
            values[field] = value
    recipe: dict[str, Any] = values["recipe"]
    if steps is not None:
        values["equal"], recipe["max_steps"] = "steps", steps
    if tokens is not None:
        values["equal"], recipe["token_budget"] = "tokens", tokens
    if model is not None:
        recipe["model"] = model
    if limit is not None:
        values["evaluate"]["limit"] = limit
    if no_full:
        values["with_full"] = False
    if threads is not None:
        recipe["threads"] = values["evaluate"]["threads"] = threads
    return config.build(config.ExperimentSettings, values)


def _list(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def _seeds(text: str | None) -> tuple[int, ...] | None:
    parts = _list(text)
    if parts is None:
        return None
    try:
        return tuple(int(part) for part in parts)
    except ValueError:
        raise BadSetting(
            f"'{text}' are not seeds",
            which="--seeds",
            todo="give whole numbers separated by commas, such as 0,1,2",
        ) from None
