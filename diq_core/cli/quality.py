"""Verbs about the quality of written answers: pair two models' answers, have them judged."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from diq_core.cli.common import (
    JsonOption,
    NameOption,
    RestartOption,
    SeedOption,
    StudyOption,
    draw,
    make,
    say,
)
from diq_core.cli.who import AsOption, actor
from diq_core.kinds import DEFAULT_NAME
from diq_core.study import open_study

app = typer.Typer()
quality = typer.Typer(no_args_is_help=True, help="Whose written answers are better reasoned.")
app.add_typer(quality, name="quality")

AnswersOption = Annotated[
    str | None, typer.Option(help="Which pairs; default: the only ones, or 'main'.")
]


@app.command("answers")
@quality.command("pair", help="The same as 'diq answers'.")
def answers_(
    study: StudyOption,
    first: Annotated[str, typer.Option(help="Evaluation with written answers, e.g. the tuned.")],
    second: Annotated[str, typer.Option(help="Evaluation to compare with, e.g. of the base.")],
    benchmark: Annotated[
        list[str], typer.Option(help="File of the questions; may be given several times.")
    ],
    name: NameOption = None,
    limit: Annotated[int | None, typer.Option(help="Draw so many pairs.")] = None,
    seed: SeedOption = 0,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Set two models' written answers to the same questions side by side."""
    from diq_core.config import PairSettings, build
    from diq_core.stages import answers as answering

    settings = build(PairSettings, {"limit": limit, "seed": seed})
    make(
        study,
        "answers",
        name,
        restart,
        as_json,
        lambda where, called, progress: answering.run(
            where,
            called,
            settings,
            progress,
            first=where.find("evaluation", first),
            second=where.find("evaluation", second),
            benchmarks=benchmark,
        ),
    )


@quality.command()
def judge(
    study: StudyOption,
    endpoint: Annotated[
        str,
        typer.Option(
            help="Address of an OpenAI-compatible server, e.g. http://localhost:8000/v1. "
            "Questions and answers are sent there; a key is read from DIQ_API_KEY."
        ),
    ],
    model: Annotated[str, typer.Option(help="The judge's name at that server.")],
    answers: AnswersOption = None,
    name: NameOption = None,
    repeats: Annotated[int, typer.Option(help="How often everything is asked.")] = 1,
    scales: Annotated[
        bool, typer.Option(help="Also rate each answer alone on the three scales.")
    ] = True,
    temperature: Annotated[float, typer.Option(help="0 = always the likeliest word.")] = 0.0,
    seed: SeedOption = 0,
    max_tokens: Annotated[int, typer.Option(help="Longest reply.")] = 1000,
    timeout: Annotated[float, typer.Option(help="Most seconds for one reply.")] = 120.0,
    attempts: Annotated[int, typer.Option(help="How often a busy server is asked.")] = 5,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Have a language model judge the pairs, each in both orders, and rate each answer.

    Replies are kept as they come, so the same command continues a broken run, at another address
    and with more patience if need be.
    """
    from diq_core.artefact import discard
    from diq_core.asking.address import completions_url
    from diq_core.asking.endpoint import Endpoint
    from diq_core.config import QualitySettings, build
    from diq_core.jobs.making import as_job, made
    from diq_core.quality.text import as_text
    from diq_core.stages import quality as stage

    # The job's record names the command: no password may get that far.
    completions_url(endpoint)
    values = {
        "model": model, "repeats": repeats, "scales": scales, "temperature": temperature,
        "seed": seed, "max_tokens": max_tokens,
    }  # fmt: skip
    settings = build(QualitySettings, values)
    opened, called = open_study(study), name or DEFAULT_NAME
    pairs = opened.find("answers", answers)
    if restart:
        discard(opened.folder("quality", called))
    watch = None if as_json or not sys.stderr.isatty() else draw
    with Endpoint(endpoint, timeout=timeout, attempts=attempts) as client:
        artefact = as_job(
            opened,
            "quality",
            called,
            sys.argv[1:],
            lambda where, title, progress: stage.run(
                where, title, settings, progress, answers=pairs, endpoint=client
            ),
            watch=watch,
        )
    found = stage.load_results(artefact)
    say(as_json, made(artefact) | {"results": found}, f"{as_text(found)}\n{artefact.path}")


@quality.command()
def report(study: StudyOption, name: NameOption = None, as_json: JsonOption = False) -> None:
    """Say whose answers the judge prefers, by how much, and how far it can be trusted."""
    from diq_core.quality.text import as_text
    from diq_core.stages.quality import load_results

    found = load_results(open_study(study).find("quality", name))
    say(as_json, found, as_text(found))


@quality.command()
def send(
    study: StudyOption,
    to_queue: Annotated[str, typer.Option(help="Name of the clinicians' new queue.")],
    answers: AnswersOption = None,
    overlap: Annotated[int, typer.Option(help="How many people judge each pair.")] = 1,
    seed: SeedOption = 0,
    name: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send the pairs to clinicians: side by side, blind, in an order and on sides of their own."""
    from diq_core.stages.quality_sending import send as send_pairs

    opened = open_study(study)
    found = opened.find("answers", answers)
    count = send_pairs(opened, found, to_queue, person=actor(name), overlap=overlap, seed=seed)
    say(as_json, {"queue": to_queue, "pairs": count}, f"queue {to_queue!a}: {count} pairs")
