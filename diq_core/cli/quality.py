"""Verbs about the quality of written answers: pair two models' answers, have them judged."""

from __future__ import annotations

from typing import Annotated

import typer

from diq_core.cli.common import JsonOption, NameOption, SeedOption, StudyOption, say
from diq_core.cli.verb import Call, verb
from diq_core.cli.who import AsOption, actor
from diq_core.config import PairSettings, QualitySettings
from diq_core.jobs.making import Stage
from diq_core.study import open_study

app = typer.Typer()
quality = typer.Typer(no_args_is_help=True, help="Whose written answers are better reasoned.")
app.add_typer(quality, name="quality")

AnswersOption = Annotated[
    str | None, typer.Option(help="Which pairs; default: the only ones, or 'main'.")
]


@verb(app, "answers", group=quality)
def answers_(
    call: Call[PairSettings],
    first: str,
    second: str,
    benchmark: tuple[str, ...],
) -> Stage:
    """Set two models' written answers to the same questions side by side."""
    from diq_core.stages import answers as stage

    return lambda study, name, progress: stage.run(
        study, name, call.settings, progress,
        first=study.find("evaluation", first), second=study.find("evaluation", second),
        benchmarks=benchmark,
    )  # fmt: skip


@verb(app, "quality", group=quality)
def judge(
    call: Call[QualitySettings],
    endpoint: str,
    answers: str | None,
    timeout: float,
    attempts: int,
    per_minute: int | None,
    as_: str | None,
    release_role: str,
    release_reason: str,
) -> None:
    """Have a language model judge the pairs, each in both orders, and rate each answer.

    Replies are kept as they come, so the same command continues a broken run, at another address
    and with more patience if need be.
    """
    from diq_core.asking.allowed import require_allowed
    from diq_core.asking.endpoint import Endpoint
    from diq_core.asking.limits import Limits
    from diq_core.quality.text import as_text
    from diq_core.stages import quality as stage
    from diq_core.stages.identifier_log import answerable

    # The job's record names the address: no password may get that far.
    require_allowed(endpoint)
    # Nor may a name in the reason.
    who = answerable(release_role, release_reason, as_ or "")
    settings, pairs = call.settings, call.study.find("answers", answers)
    limits = Limits(per_minute)
    with Endpoint(
        endpoint, timeout=timeout, attempts=attempts, role="judge", limits=limits
    ) as client:
        call.make(
            lambda study, name, progress: stage.run(
                study, name, settings, progress, answers=pairs, endpoint=client, who=who
            ),
            lambda made: ({"results": stage.load_results(made)}, as_text(stage.load_results(made))),
        )


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
