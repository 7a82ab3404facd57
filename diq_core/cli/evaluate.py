"""Verbs that test models: evaluate, compare."""

from __future__ import annotations

from typing import Annotated

import typer

from diq_core.cli.common import JsonOption, SeedOption, StudyOption, say
from diq_core.cli.execution import HERE, Execution, with_execution
from diq_core.cli.verb import Call, verb
from diq_core.config import EvaluateSettings
from diq_core.jobs.making import Stage

app = typer.Typer()


@verb(app, "evaluation")
@with_execution
def evaluate(
    call: Call[EvaluateSettings],
    benchmark: Annotated[
        list[str] | None,
        typer.Option(help="File of questions with known answers, or a hub id; may be repeated."),
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="Which fine-tuned run; default: the model itself.")
    ] = None,
    trained_on: Annotated[
        str | None,
        typer.Option(help="The run's training data, where it was no export of this study."),
    ] = None,
    execution: Execution = HERE,
) -> Stage:
    """Test a model on questions with known answers; every answer is kept."""
    from diq_core.stages import evaluation as stage

    return execution.stage(
        lambda executor: lambda study, name, progress: stage.run(
            study, name, call.settings, progress, benchmarks=benchmark or [],
            run=study.find("run", run) if run else None, trained_on=trained_on, executor=executor,
        )
    )  # fmt: skip


@app.command()
def compare(
    study: StudyOption,
    first: Annotated[str, typer.Argument(help="Name of an evaluation.")],
    second: Annotated[str, typer.Argument(help="Name of the one it is compared with.")],
    common: Annotated[
        bool,
        typer.Option("--common", help="Compare what both answered, where the questions differ."),
    ] = False,
    resamples: Annotated[
        int, typer.Option(min=100, help="Bootstrap draws behind every interval.")
    ] = 2000,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Compare two evaluations of the same questions, and say what can be concluded."""
    from diq_core.stages import compare as comparing
    from diq_core.statistics.resampling import Bootstrap
    from diq_core.study import open_study

    where = open_study(study)
    found = comparing.compare(
        where.find("evaluation", first),
        where.find("evaluation", second),
        common=common,
        how=Bootstrap(resamples=resamples, seed=seed),
    )
    say(as_json, found.to_json(), found.text())
