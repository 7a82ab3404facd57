"""Verbs about samples: new, dataset, embed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from diq_core import plugins
from diq_core.artefact import Artefact
from diq_core.cli.common import JsonOption, counted, say
from diq_core.cli.execution import execution_of
from diq_core.cli.verb import Call, verb
from diq_core.config import EmbedSettings, ImportSettings
from diq_core.data.text import visible
from diq_core.jobs.making import Stage
from diq_core.jobs.progress import Progress
from diq_core.privacy.gate import in_words
from diq_core.stages.shared_images import shared_lines
from diq_core.study import Study, create_study

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
    source: str,
    validation: tuple[str, ...],
    benchmark: tuple[str, ...],
    onto: str | None,
    as_chosen: bool,
) -> None:
    """Import a file into the study: check every row, and list what is wrong with it.

    With --onto it is added to a dataset; several files become one dataset one after another.
    """
    from diq_core.stages import dataset as stage
    from diq_core.stages.choosing import with_choices

    def made(study: Study, name: str, progress: Progress) -> Artefact:
        settings = with_choices(study, call.settings) if as_chosen else call.settings
        return stage.run(
            study, name, settings, progress,
            source=source, validation=validation or None, benchmark=benchmark,
            onto=study.find("dataset", onto) if onto else None,
        )  # fmt: skip

    call.make(made, _report)


def _report(artefact: Artefact) -> tuple[dict[str, Any], str]:
    """Return which columns were not used, as values and in words below the counts."""
    unused = artefact.manifest["facts"].get("unused", [])
    lines = [counted(artefact), *shared_lines(artefact), *_gate_lines(artefact)]
    if unused:
        lines.append("Not used, and kept in meta:")
    lines += [
        f"  {visible(each['column'])}: {each['share']:.1%} of the file, in {each['rows']:,} "
        f"row{'s' * (each['rows'] != 1)}, "
        f"such as {each['example']}"
        for each in unused
    ]
    return {"unused": unused}, "\n".join(lines)


def _gate_lines(artefact: Artefact) -> list[str]:
    """Return what was found that may tell who a patient is, by class and without its text."""
    found = artefact.manifest["facts"].get("identifiers")
    if found is None:
        return []
    lines = []
    if found["open"]:
        said = in_words(found["open"])
        lines.append(f"{found['samples']:,} samples may tell who a patient is: {said}")
        lines.append("See them and decide with: diq identifiers --show --study STUDY")
    why_not = found["images"]["not_read_because"]
    if why_not and any(name.startswith("images/") for name in artefact.manifest["files"]):
        lines.append(f"The images were not looked at for text that is drawn into them: {why_not}")
    return lines


@verb(app, "embedding")
def embed(call: Call[EmbedSettings], dataset: str | None) -> Stage:
    """Draw the meaning map: similar questions side by side (UMAP of sentence embeddings)."""
    from diq_core.stages import embedding as stage

    return execution_of(call.inputs).stage(
        lambda executor: lambda study, name, progress: stage.run(
            study, name, call.settings, progress,
            dataset=study.find("dataset", dataset), executor=executor,
        )
    )  # fmt: skip
