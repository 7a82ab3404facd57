"""The verb that has a teacher write reflective chains."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from typing import Annotated

import typer

from diq_core.cli.common import say
from diq_core.cli.verb import Call, verb
from diq_core.config import ReflectSettings
from diq_core.errors import BadSetting

app = typer.Typer()


def refuse_unread(given: Collection[str], settings: ReflectSettings) -> None:
    """Refuse what was typed and would mean nothing.

    Raises:
        BadSetting: something would.
    """
    alone = [each for each in sorted(given) if each.startswith("verifier_")]
    if alone and not (settings.verifier or settings.reader):
        raise _means_nothing(alone[0], "--verifier or --reader")
    if settings.reader and settings.method != "stability":
        raise _means_nothing("reader", "--method stability")


def _means_nothing(name: str, without: str) -> BadSetting:
    return BadSetting(
        f"--{name.replace('_', '-')} means nothing without {without}",
        which="reflect",
        todo="give both, or none of them",
    )


@verb(app, "reflection")
def reflect(
    call: Call[ReflectSettings],
    endpoint: str,
    dataset: str | None,
    verifier_endpoint: str | None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what it may cost; nothing is asked.")
    ] = False,
) -> None:
    """Have a teacher think each question through until its conclusion is right.

    Every reply is kept as it comes, so the same command continues a broken run and asks for the
    rest only. The accepted chains become a dataset of the same name.
    """
    from dataclasses import asdict

    from diq_core.asking.allowed import require_allowed
    from diq_core.reflection.text import as_text
    from diq_core.stages import reflection as stage
    from diq_core.stages.asked_endpoint import open_endpoint
    from diq_core.stages.identifier_log import answerable

    settings, how = call.settings, call.inputs
    refuse_unread(call.given_inputs, settings)
    if estimate:
        cost = stage.expected(call.study.find("dataset", dataset), settings)
        say(call.as_json, asdict(cost), stage.in_words(cost))
        return
    # The job's record names the addresses: no password may get that far. Nor a name in the reason.
    for address in filter(None, (endpoint, verifier_endpoint)):
        require_allowed(address)
    who = answerable(how.release_role, how.release_reason, how.as_ or "")
    with ExitStack() as stack:
        teacher = stack.enter_context(open_endpoint(call.study, how, "teacher", endpoint))
        verifier = (
            stack.enter_context(
                open_endpoint(call.study, how, "verifier", verifier_endpoint or endpoint)
            )
            if settings.verifier or settings.reader
            else None
        )
        call.make(
            lambda study, name, progress: stage.run(
                study, name, settings, progress, dataset=study.find("dataset", dataset),
                teacher=teacher, verifier=verifier, who=who,
            ),
            lambda made: ({"results": stage.load_results(made)}, as_text(stage.load_results(made))),
        )  # fmt: skip
