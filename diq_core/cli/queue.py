"""Verbs about long jobs that run one after the other: queue, work."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from diq_core.cli.common import JsonOption, StudyOption, say
from diq_core.errors import BadSetting
from diq_core.study import open_study

app = typer.Typer()
queue = typer.Typer(
    help="The study's queue of long jobs: what runs, what waits, what became of it."
)
app.add_typer(queue, name="queue")


@queue.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    study: Annotated[
        Path | None, typer.Option("--study", "-s", help="The study's folder.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the study's queue of long jobs; with a verb, change it."""
    from diq_core.jobs import queue as queues

    if context.invoked_subcommand is not None:
        return
    if study is None:
        raise BadSetting("No study is named", which="--study", todo="name the study's folder")
    opened = open_study(study)
    entries, works = queues.entries(opened), queues.has_worker(opened)
    unread = queues.unread(opened)
    lines = [
        f"{entry.number:4}  {entry.state:8}  {entry.title}"
        f"{f': {entry.message}' if entry.message else ''}"
        for entry in entries
    ]
    lines += [f"{one.number:4}  not run   {one.why}" for one in unread]
    if any(entry.is_open for entry in entries) and not works:
        lines.append(f"Nobody works at it. To go on: diq work --study {study}")
    result = {
        "path": str(study),
        "worker": works,
        "entries": [asdict(entry) for entry in entries],
        "unread": [asdict(one) for one in unread],
    }
    say(as_json, result, "\n".join(lines) or "The queue is empty.")


@queue.command()
def cancel(
    number: Annotated[int, typer.Argument(help="Number of the entry, as 'diq queue' shows it.")],
    study: StudyOption,
    as_json: JsonOption = False,
) -> None:
    """Take an entry out of the queue, or stop it if it runs; what was finished is kept."""
    from diq_core.jobs import queue as queues

    opened = open_study(study)
    if any(one.number == number for one in queues.unread(opened)):
        queues.drop_unread(opened, number)
        say(as_json, {"number": number}, f"entry {number}: taken out; it could not be read")
        return
    entry = queues.cancel(opened, number)
    said = "is asked to stop" if entry.state == "stopping" else entry.state
    say(as_json, asdict(entry), f"{entry.title}: {said}")


@queue.command()
def trust(
    number: Annotated[int, typer.Argument(help="Number of the entry, as 'diq queue' shows it.")],
    study: StudyOption,
    as_json: JsonOption = False,
) -> None:
    """Start an entry that came with the study; read first what it does."""
    from diq_core.jobs import queue as queues
    from diq_core.options import shown

    opened = open_study(study)
    entry = queues.trust(opened, number)
    say(as_json, asdict(entry), f"{entry.title}: {shown(entry.order.command(opened))}")


@app.command()
def work(
    study: StudyOption,
    slots: Annotated[
        int | None,
        typer.Option(
            min=1, help="Jobs that may run beside each other; default: the study's, or 1."
        ),
    ] = None,
) -> None:
    """Work through the study's queue until it is empty; take over what died on the way."""
    from diq_core.jobs.worker import work as work_through

    if not work_through(open_study(study), slots=slots, tell=lambda line: print(line, flush=True)):
        print("Another process works through this queue already.")
