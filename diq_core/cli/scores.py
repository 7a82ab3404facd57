"""Verbs that score: difficulty, influence, passrate, scores, train-difficulty."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from diq_core import plugins
from diq_core.cli.common import JsonOption, SeedOption, say
from diq_core.cli.execution import execution_of
from diq_core.cli.verb import Call, verb
from diq_core.config import (
    AskedInputs,
    DifficultySettings,
    InfluenceSettings,
    PassrateSettings,
    ScoresSettings,
)
from diq_core.errors import BadSetting
from diq_core.jobs.making import Stage

app = typer.Typer()


@verb(app, "difficulty")
def difficulty(call: Call[DifficultySettings], dataset: str | None) -> Stage:
    """Rate every question: knowledge, reasoning and overall difficulty, level 1 to 5."""
    from diq_core.stages import difficulty as stage

    return execution_of(call.inputs).stage(
        lambda executor: lambda study, name, progress: stage.run(
            study, name, call.settings, progress,
            dataset=study.find("dataset", dataset), executor=executor,
        )
    )  # fmt: skip


@verb(app, "influence")
def influence(
    call: Call[InfluenceSettings], dataset: str | None, validation: str | None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Only estimate time and memory, by a few samples.")
    ] = False,
) -> Stage | None:  # fmt: skip
    """Measure how much a training step on each sample lowers the validation loss."""
    from diq_core.stages import influence as stage

    if probe:
        from diq_core.stages.forecast import influence_forecast

        pool = call.study.find("dataset", dataset)
        found = influence_forecast(call.study, call.settings, pool, validation)
        say(call.as_json, found.as_dict(), found.text())
        return None
    return execution_of(call.inputs).stage(
        lambda executor: lambda study, name, progress: stage.run(
            study, name, call.settings, progress,
            dataset=study.find("dataset", dataset), validation=validation, executor=executor,
        )
    )  # fmt: skip


@verb(app, "passrate")
def passrate(
    call: Call[PassrateSettings], dataset: str | None, endpoint: str | None
) -> Stage | None:
    """Let a model answer each question several times: how often it is right is a score.

    At an endpoint every answer is kept as it comes, so the same command continues a broken run.
    """
    from diq_core.stages import passrate as stage

    _refuse_unread(call, endpoint is not None)
    if endpoint is not None:
        _pass_rates_at(endpoint, call, dataset)
        return None
    return execution_of(call.inputs).stage(
        lambda executor: lambda study, name, progress: stage.run(
            study, name, call.settings, progress,
            dataset=study.find("dataset", dataset), executor=executor,
        )
    )  # fmt: skip


_HERE = ("max_tokens", "max_pixels", "max_tiles", "shard_size", "threads")


def _refuse_unread(call: Call[PassrateSettings], at_endpoint: bool) -> None:
    """Refuse what was typed and means nothing here or there."""
    asked = ({*AskedInputs.model_fields} & call.given_inputs) | (
        {"leave_out_identifiers"} & call.given
    )
    unread = sorted({*_HERE} & call.given) if at_endpoint else sorted(asked)
    if unread:
        where = "at an endpoint" if at_endpoint else "without --endpoint"
        name = "as" if unread[0] == "as_" else unread[0].replace("_", "-")
        raise BadSetting(
            f"--{name} means nothing {where}", which="passrate", todo="leave the option away"
        )


def _pass_rates_at(url: str, call: Call[PassrateSettings], dataset: str | None) -> None:
    from diq_core.asking.allowed import require_allowed
    from diq_core.stages import passrate_asking as stage
    from diq_core.stages.asked_endpoint import open_endpoint
    from diq_core.stages.identifier_log import answerable

    # The job's record names the address: no password may get that far. Nor a name in the reason.
    require_allowed(url)
    how = call.inputs
    stage.require_here(how)
    who = answerable(how.release_role, how.release_reason, how.as_ or "")
    with open_endpoint(call.study, how, "student", url) as endpoint:
        call.make(lambda study, name, progress: stage.run(
            study, name, call.settings, progress, dataset=study.find("dataset", dataset),
            endpoint=endpoint, who=who,
        ))  # fmt: skip


def measure_names() -> str:
    """Return which measures there are, for the help."""
    from diq_core.scoring.measures import MEASURES

    return f"There are: {', '.join(MEASURES)}.{plugins.help_text('diq.scores')}"


@verb(app, "scores", more_help={"measure": measure_names})
def scores(call: Call[ScoresSettings], source: str | None, dataset: str | None) -> None:
    """Add a score of your own, from a file or measured here, for strategies and the map.

    Without a name it is called as its column, its measure or its file.
    """
    from diq_core.stages import scores as stage

    settings = call.settings
    call.make(
        lambda study, name, progress: stage.run(
            study, name, settings, progress,
            dataset=study.find("dataset", dataset), source=source,
        ),
        name=settings.column or settings.measure or Path(source or "").name.split(".")[0],
    )  # fmt: skip


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
