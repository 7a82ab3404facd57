"""The verb that compares strategies: experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from diq_core import config
from diq_core.cli.common import DatasetOption, say
from diq_core.cli.verb import Call, verb
from diq_core.config import EvaluateSettings, ExperimentSettings, FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.jobs.making import Stage
from diq_core.jobs.progress import silent
from diq_core.options import help_of

app = typer.Typer()


@verb(app, "experiment")
def experiment(
    call: Call[ExperimentSettings],
    benchmark: Annotated[
        list[str] | None,
        typer.Option(help="File of questions to test every model on; repeat for several."),
    ] = None,
    settings_file: Annotated[
        Path | None,
        typer.Option("--settings", help="TOML file with all settings; options override it."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Optimiser steps of every arm: equal steps.")
    ] = None,
    tokens: Annotated[
        int | None, typer.Option(help="Response tokens of every arm: equal tokens.")
    ] = None,
    model: Annotated[str | None, typer.Option(help=help_of(FinetuneSettings, "model"))] = None,
    limit: Annotated[int | None, typer.Option(help=help_of(EvaluateSettings, "limit"))] = None,
    threads: Annotated[int | None, typer.Option(help=help_of(FinetuneSettings, "threads"))] = None,
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
) -> Stage | None:
    """Compare strategies at equal budgets: select, train and test every arm, then report."""
    from diq_core.stages import experiment as stage

    given = {name: call.values[name] for name in sorted(call.given)}
    settings = _settings(settings_file, given, steps, tokens, model, limit, threads)
    where = call.study
    made_of = stage.material(where, settings, dataset, difficulty, influence, benchmark or [])
    if not arms_only:
        return lambda where, called, progress: stage.run(
            where, called, settings, progress, material=made_of
        )
    arms = stage.make_arms(where, call.called(), settings, silent(), material=made_of, wait=False)
    result = {"experiment": call.called(), "arms": [arm.run(call.called()) for arm in arms]}
    say(call.as_json, result, f"experiment '{call.called()}': {len(arms)} arms are complete")
    return None


def _settings(
    file: Path | None, given: dict[str, Any], steps: int | None, tokens: int | None,
    model: str | None, limit: int | None, threads: int | None,
) -> ExperimentSettings:  # fmt: skip
    if steps is not None and tokens is not None:
        raise BadSetting(
            "--steps and --tokens contradict each other",
            which="experiment",
            todo="give one of them",
        )
    kept = config.read_toml(ExperimentSettings, file) if file else ExperimentSettings()
    values: dict[str, Any] = {**kept.model_dump(), **given}
    recipe: dict[str, Any] = values["recipe"]
    if steps is not None:
        values["equal"], recipe["max_steps"] = "steps", steps
    if tokens is not None:
        values["equal"], recipe["token_budget"] = "tokens", tokens
    if model is not None:
        recipe["model"] = model
    if limit is not None:
        values["evaluate"]["limit"] = limit
    if threads is not None:
        recipe["threads"] = values["evaluate"]["threads"] = threads
    return config.build(ExperimentSettings, values)
