"""The verb that compares strategies: experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from diq_core import config
from diq_core.cli.common import say
from diq_core.cli.verb import Call, verb
from diq_core.config import ExperimentSettings
from diq_core.errors import BadSetting
from diq_core.jobs.making import Stage
from diq_core.jobs.progress import silent

app = typer.Typer()


@verb(app, "experiment")
def experiment(
    call: Call[ExperimentSettings],
    benchmark: tuple[str, ...],
    settings: str | None,
    steps: int | None,
    tokens: int | None,
    model: str | None,
    limit: int | None,
    threads: int | None,
    dataset: str | None,
    difficulty: str | None,
    influence: str | None,
    arms_only: Annotated[
        bool,
        typer.Option(
            "--arms-only",
            help="Train and test arms that nobody else is at, and write no report; run it on as "
            "many machines as share the study.",
        ),
    ] = False,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Only estimate time and memory, by a few steps and answers."),
    ] = False,
) -> Stage | None:
    """Compare strategies at equal budgets: select, train and test every arm, then report."""
    from diq_core.stages import experiment as stage
    from diq_core.stages.choosing import without_chosen

    given = {name: call.values[name] for name in sorted(call.given)}
    chosen = _settings(settings, given, steps, tokens, model, limit, threads)
    where = call.study
    made_of = stage.material(where, chosen, dataset, difficulty, influence, benchmark)
    select, _ = without_chosen(where, made_of.dataset, chosen.select)
    chosen = chosen.model_copy(update={"select": select})
    if probe:
        from diq_core.stages.forecast import experiment_forecast

        found = experiment_forecast(where, chosen, made_of)
        say(call.as_json, found.as_dict(), found.text())
        return None
    if not arms_only:
        return lambda where, called, progress: stage.run(
            where, called, chosen, progress, material=made_of
        )
    arms = stage.make_arms(where, call.called(), chosen, silent(), material=made_of, wait=False)
    result = {"experiment": call.called(), "arms": [arm.run(call.called()) for arm in arms]}
    say(call.as_json, result, f"experiment '{call.called()}': {len(arms)} arms are complete")
    return None


def _settings(
    file: str | None, given: dict[str, Any], steps: int | None, tokens: int | None,
    model: str | None, limit: int | None, threads: int | None,
) -> ExperimentSettings:  # fmt: skip
    if steps is not None and tokens is not None:
        raise BadSetting(
            "--steps and --tokens contradict each other",
            which="experiment",
            todo="give one of them",
        )
    nested = sorted({"recipe", "select", "evaluate"} & given.keys())
    if file and nested:
        raise BadSetting(
            f"--settings and --{nested[0]} contradict each other",
            which="experiment",
            todo="write it into the file",
        )
    kept = config.read_toml(ExperimentSettings, Path(file)) if file else ExperimentSettings()
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
