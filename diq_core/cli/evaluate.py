"""Verbs that test models: evaluate, compare."""

from __future__ import annotations

from typing import Annotated

import typer

from diq_core import config
from diq_core.cli.common import (
    JsonOption,
    NameOption,
    RestartOption,
    SeedOption,
    StudyOption,
    make,
    say,
)
from diq_core.cli.execution import HERE, Execution, with_execution
from diq_core.errors import BadSetting

app = typer.Typer()
_DEFAULT = config.EvaluateSettings()


@app.command()
@with_execution
def evaluate(
    study: StudyOption,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(help="File of questions with known answers, or a hub id; may be repeated."),
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="Which fine-tuned run; default: the model itself.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="'embedded', a model's folder, or a hub id; a run brings its own.")
    ] = _DEFAULT.model,
    scorings: Annotated[
        str,
        typer.Option(help="How answers are taken, separated by commas: letter, option, generated."),
    ] = ",".join(_DEFAULT.scorings),
    template: Annotated[
        str,
        typer.Option(help="plain (as lm-evaluation-harness asks) or chat (the model's template)."),
    ] = _DEFAULT.template,
    limit: Annotated[
        int | None, typer.Option(help="A random part of so many questions of each benchmark.")
    ] = None,
    groups: Annotated[
        str, typer.Option(help="Averages to report, such as 'S=medqa,medmcqa;C=medxpertqa'.")
    ] = "",
    no_answer_loss: Annotated[
        bool, typer.Option("--no-answer-loss", help="Do not measure the right answers' loss.")
    ] = False,
    trained_on: Annotated[
        str | None,
        typer.Option(help="The run's training data, where it was no export of this study."),
    ] = None,
    max_tokens: Annotated[
        int, typer.Option(help="Longer prompts lose their beginning.")
    ] = _DEFAULT.max_tokens,
    max_new_tokens: Annotated[
        int, typer.Option(help="Longest written answer, in tokens.")
    ] = _DEFAULT.max_new_tokens,
    batch_size: Annotated[
        int, typer.Option(help="Questions that pass through the model at once.")
    ] = _DEFAULT.batch_size,
    seed: SeedOption = 0,
    threads: Annotated[int, typer.Option(help="Processor cores to use.")] = 1,
    name: NameOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
    execution: Execution = HERE,
) -> None:
    """Test a model on questions with known answers; every answer is kept."""
    from diq_core.stages import evaluation as evaluating

    settings = config.build(
        config.EvaluateSettings,
        {
            "model": model,
            "scorings": tuple(each.strip() for each in scorings.split(",") if each.strip()),
            "template": template,
            "limit": limit,
            "groups": read_groups(groups),
            "answer_loss": not no_answer_loss,
            "max_tokens": max_tokens,
            "max_new_tokens": max_new_tokens,
            "batch_size": batch_size,
            "seed": seed,
            "threads": threads,
        },
    )
    make(
        study,
        "evaluation",
        name,
        restart,
        as_json,
        execution.stage(
            lambda executor: (
                lambda where, called, progress: evaluating.run(
                    where,
                    called,
                    settings,
                    progress,
                    benchmarks=benchmark or [],
                    run=where.find("run", run) if run else None,
                    trained_on=trained_on,
                    executor=executor,
                )
            )
        ),
    )


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


def read_groups(text: str) -> dict[str, tuple[str, ...]]:
    """Return the averages in ``"S=medqa,medmcqa;C=medxpertqa"``.

    Raises:
        BadSetting: a part has no name or no benchmark.
    """
    groups: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (each.strip() for each in text.split(";"))):
        name, mark, members = part.partition("=")
        names = tuple(each.strip() for each in members.split(",") if each.strip())
        if not mark or not name.strip() or not names:
            raise BadSetting(
                f"The average {part!r} cannot be understood",
                which="groups",
                todo="write it as NAME=benchmark,benchmark;NAME=benchmark",
            )
        groups[name.strip()] = names
    return groups
