"""Verbs about samples: new, import, embed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diq_core import config, plugins
from diq_core.cli.common import (
    DatasetOption,
    JsonOption,
    LimitOption,
    NameOption,
    RestartOption,
    SeedOption,
    StudyOption,
    make,
    say,
)
from diq_core.cli.execution import HERE, Execution, with_execution
from diq_core.errors import BadSetting
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


@app.command("dataset")
@app.command("import", help="The same as 'diq dataset'.")
def dataset(
    source: Annotated[
        str, typer.Argument(help="A file, a folder saved by datasets, or a hub id (org/name).")
    ],
    study: StudyOption,
    name: NameOption = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Name of the format; default: recognise it." + plugins.help_text("diq.formats"),
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN, e.g. question=Frage; may be repeated."),
    ] = None,
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
    limit: LimitOption = None,
    near_threshold: Annotated[
        float, typer.Option(help="Similarity from which two samples are near duplicates.")
    ] = config.ImportSettings().near_threshold,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="List duplicates, but leave them in.")
    ] = False,
    keep_overlap: Annotated[
        bool, typer.Option("--keep-overlap", help="List overlap with tests, but leave it in.")
    ] = False,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read a file into the study, check every row, and list what is wrong with it."""
    from diq_core.stages import dataset as importing

    settings = config.build(
        config.ImportSettings,
        {
            "format": format_,
            "mapping": _mapping(column or []),
            "limit": limit,
            "near_threshold": near_threshold,
            "exclude_duplicates": not keep_duplicates,
            "exclude_overlap": not keep_overlap,
        },
    )
    make(
        study,
        "dataset",
        name,
        restart,
        as_json,
        lambda where, called, progress: importing.run(
            where,
            called,
            settings,
            progress,
            source=source,
            validation=validation or None,
            benchmark=benchmark or [],
        ),
    )


@app.command()
@with_execution
def embed(
    study: StudyOption,
    dataset: DatasetOption = None,
    name: NameOption = None,
    encoder: Annotated[str, typer.Option(help="'embedded' or an encoder's folder.")] = "embedded",
    neighbours: Annotated[
        int, typer.Option(help="UMAP: more = broader picture.")
    ] = config.EmbedSettings().neighbours,
    min_distance: Annotated[
        float, typer.Option(help="UMAP: smaller = tighter groups.")
    ] = config.EmbedSettings().min_distance,
    seed: SeedOption = 0,
    restart: RestartOption = False,
    as_json: JsonOption = False,
    execution: Execution = HERE,
) -> None:
    """Draw the meaning map: similar questions side by side (UMAP of sentence embeddings)."""
    from diq_core.stages import embedding

    settings = config.build(
        config.EmbedSettings,
        {
            "encoder": encoder,
            "neighbours": neighbours,
            "min_distance": min_distance,
            "seed": seed,
        },
    )
    make(
        study,
        "embedding",
        name,
        restart,
        as_json,
        execution.stage(
            lambda executor: (
                lambda where, called, progress: embedding.run(
                    where,
                    called,
                    settings,
                    progress,
                    dataset=where.find("dataset", dataset),
                    executor=executor,
                )
            )
        ),
    )


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        ours, sign, theirs = pair.partition("=")
        if not sign or not ours or not theirs:
            raise BadSetting(
                f"'{pair}' is not FIELD=COLUMN",
                which="--map",
                todo="write for example --map question=Frage",
            )
        mapping[ours] = theirs
    return mapping
