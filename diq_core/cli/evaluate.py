"""Verbs that test models: evaluate, compare, seven."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diq_core.cli.common import JsonOption, SeedOption, StudyOption, say
from diq_core.cli.execution import execution_of
from diq_core.cli.verb import Call, verb
from diq_core.config import EvaluateSettings
from diq_core.jobs.making import Stage

app = typer.Typer()


@verb(app, "evaluation")
def evaluate(
    call: Call[EvaluateSettings],
    benchmark: tuple[str, ...],
    run: str | None,
    trained_on: str | None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Only estimate time and memory, by a few questions.")
    ] = False,
) -> Stage | None:
    """Test a model on questions with known answers; every answer is kept."""
    from diq_core.stages import evaluation as stage

    if probe:
        from diq_core.stages.forecast import evaluation_forecast

        tuned = call.study.find("run", run) if run else None
        found = evaluation_forecast(call.study, call.settings, benchmark, tuned)
        say(call.as_json, found.as_dict(), found.text())
        return None
    return execution_of(call.inputs).stage(
        lambda executor: lambda study, name, progress: stage.run(
            study, name, call.settings, progress, benchmarks=benchmark,
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
    by_subject: Annotated[
        bool,
        typer.Option(
            "--by-subject",
            help="Also count right answers by subject, and list the "
            "questions that only one of them answered right.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two evaluations of the same questions, and say what can be concluded."""
    from diq_core.stages import compare as comparing
    from diq_core.statistics.resampling import Bootstrap
    from diq_core.study import open_study

    where = open_study(study)
    one, other = where.find("evaluation", first), where.find("evaluation", second)
    how = Bootstrap(resamples=resamples, seed=seed)
    found = comparing.compare(one, other, common=common, how=how)
    values, text = found.to_json(), found.text()
    if by_subject:
        from diq_core.stages.outcomes import outcomes

        answered = outcomes(where, one, other)
        values |= answered.as_dict()
        text += f"\n\n{answered.text()}"
    say(as_json, values, text)


@app.command()
def seven(
    study: StudyOption,
    name: Annotated[str, typer.Argument(help="Name of an evaluation with written answers.")],
    judged: Annotated[
        Path | None,
        typer.Option(
            help='A judge\'s verdicts, one {"benchmark": …, "id": …, "right": true} on each line; '
            "they stand in a column of their own."
        ),
    ] = None,
    named: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            metavar="SET=BENCHMARK",
            help="Which of the seven a set of questions is, such as test=slake; may be repeated.",
        ),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Also write the report to this file, as Markdown.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Report the seven benchmarks of medical models that see, beside what others published."""
    from diq_core.evaluation import seven_markdown
    from diq_core.files import atomic
    from diq_core.stages.seven import seven as report
    from diq_core.study import open_study

    sets = {each.rpartition("=")[0]: each.rpartition("=")[2] for each in named or ()}
    found = report(open_study(study).find("evaluation", name), judged, sets)
    text = seven_markdown.markdown(found)
    if markdown is not None:
        with atomic(markdown) as partial:
            partial.write_text(text, encoding="utf-8")
    say(as_json, found.to_json(), text)
