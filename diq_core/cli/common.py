"""Run a stage as a job and print what it made: what every verb has in common."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from diq_core.artefact import Artefact
from diq_core.draft import discard
from diq_core.errors import BadSetting, Unfinished
from diq_core.jobs.making import RankStage, Stage, as_job, as_rank, made
from diq_core.jobs.order import Order
from diq_core.jobs.progress import Progress, Snapshot
from diq_core.study import Study

StudyOption = Annotated[
    Path, typer.Option("--study", "-s", help="The study's folder.", show_default=False)
]
NameOption = Annotated[str | None, typer.Option("--name", "-n", help="Name of what is made.")]
DatasetOption = Annotated[
    str | None, typer.Option(help="Which dataset of the study; default: the only one, or 'main'.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object: the path and the counts.")
]
RestartOption = Annotated[
    bool, typer.Option("--restart", help="Throw away an unfinished attempt of this name first.")
]
SeedOption = Annotated[int, typer.Option(help="Seed of everything random.")]
Report = Callable[[Artefact], tuple[dict[str, Any], str]]


def make(
    study: Study,
    order: Order,
    as_json: bool,
    stage: Stage,
    report: Report | None = None,
) -> None:
    """Run one stage as the job of its artefact and print what it made.

    Args:
        report: what to say of it besides, as values and as the text that stands for the counts.
    """

    kind, called = order.kind, order.name

    def from_the_start(study: Study, called: str, progress: Progress) -> Artefact:
        # Only who holds the job's lock may: another process may be filling that folder.
        discard(study.folder(kind, called))
        return stage(study, called, progress)

    watch = None if as_json or not sys.stderr.isatty() else draw
    if isinstance(stage, RankStage):
        if order.restart:
            raise BadSetting(
                "One rank cannot begin anew what others work on",
                which="--restart",
                todo="leave it out, or give the work another name with --name",
            )
        done = as_rank(study, order, stage, watch=watch)
        if isinstance(done, Unfinished):
            left = {"path": str(study.folder(kind, called)), "total": done.total,
                    "missing": done.missing}  # fmt: skip
            say(as_json, left, f"{kind} '{called}': {done}")
            return
        artefact = done
    else:
        chosen = from_the_start if order.restart else stage
        artefact = as_job(study, order, chosen, watch=watch)
    result = made(artefact)
    if report is not None:
        more, text = report(artefact)
        say(as_json, result | more, f"{text}\n{artefact.path}")
        return
    notes = "".join(f"\n{note}" for note in artefact.manifest["facts"].get("notes", ()))
    say(as_json, result, f"{counted(artefact)}{notes}\n{artefact.path}")


def counted(artefact: Artefact) -> str:
    """Return what was made and its counts, on one line."""
    counts = ", ".join(
        f"{key} {value}"
        for key, value in artefact.manifest["counts"].items()
        if not isinstance(value, dict | list)
    )
    return f"{artefact.kind} '{artefact.name}': {counts}"


def draw(job: Snapshot) -> None:
    """Draw how far the job is, over the last line of the terminal."""
    left = f", {job.seconds_left:.0f} s left" if job.seconds_left is not None else ""
    rate = f" ({job.rate:.1f} a second{left})" if job.rate else ""
    count = f"{job.done} of {job.total} {job.unit}{rate}" if job.total else ""
    end = "\n" if job.finished else ""
    step = f"[{job.phase}/{job.phases}] " if job.phase and not job.finished else ""
    print(f"\r\033[K{step}{job.message} {count}".rstrip(), end=end, file=sys.stderr, flush=True)


def say(as_json: bool, result: dict[str, Any], text: str) -> None:
    """Print the result, as one JSON object or as text."""
    print(json.dumps(result, ensure_ascii=False) if as_json else text)
