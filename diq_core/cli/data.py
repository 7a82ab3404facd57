"""Verbs about samples: new, dataset, embed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diq_core import plugins
from diq_core.cli.common import DatasetOption, JsonOption, say
from diq_core.cli.execution import HERE, Execution, with_execution
from diq_core.cli.verb import Call, verb
from diq_core.config import EmbedSettings, ImportSettings
from diq_core.jobs.making import Stage
from diq_core.study import create_study

app = typer.Typer()


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="Folder of the new study.")],
    title: Annotated[str, typer.Option(help="The study's name as people read it.")] = "",
    who: Annotated[str, typer.Option(help="Who makes it.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a new, empty study."""
    study = create_study(path, title=title, who=who)
    say(as_json, {"path": str(study.path), "title": study.title}, f"New study: {study.path}")


@verb(app, "dataset", more_help={"format": lambda: plugins.help_text("diq.formats")})
def dataset(
    call: Call[ImportSettings],
    source: Annotated[
        str, typer.Argument(help="A file, a folder saved by datasets, or a hub id (org/name).")
    ],
    validation: Annotated[
        list[str] | None,
        typer.Option(
            help="Validation questions that must not be in the pool; may be repeated. "
            "Default: those that ship with the app."
        ),
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(help="Test questions that must not be in the pool; may be repeated."),
    ] = None,
) -> Stage:
    """Import a file into the study: check every row, and list what is wrong with it."""
    from diq_core.stages import dataset as stage

    return lambda study, name, progress: stage.run(
        study, name, call.settings, progress,
        source=source, validation=validation or None, benchmark=benchmark or [],
    )  # fmt: skip


@verb(app, "embedding")
@with_execution
def embed(
    call: Call[EmbedSettings], dataset: DatasetOption = None, execution: Execution = HERE
) -> Stage:
    """Draw the meaning map: similar questions side by side (UMAP of sentence embeddings)."""
    from diq_core.stages import embedding as stage

    return execution.stage(
        lambda executor: lambda study, name, progress: stage.run(
            study, name, call.settings, progress,
            dataset=study.find("dataset", dataset), executor=executor,
        )
    )  # fmt: skip
