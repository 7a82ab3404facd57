"""Verbs that choose: select, export, reproduce."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diq_core import config, plugins
from diq_core.artefact import Artefact
from diq_core.cli.common import JsonOption, StudyOption, counted, say
from diq_core.cli.verb import Call, verb
from diq_core.cli.who import actor
from diq_core.config import ExportSettings, SelectSettings
from diq_core.errors import BadSetting
from diq_core.jobs.making import Stage
from diq_core.jobs.progress import Progress
from diq_core.study import Study

app = typer.Typer()


def strategy_names() -> str:
    """Return which strategies there are, for the help."""
    from diq_core.selection.strategies import STRATEGIES

    return (
        f"There are: {', '.join(STRATEGIES)}; by-NAME orders by any one score."
        f"{plugins.help_text('diq.strategies')}"
    )


@verb(app, "selection", more_help={"strategy": strategy_names})
def select(
    call: Call[SelectSettings],
    paper_rule: bool,
    from_review: bool,
    drop_rejected: bool,
    as_: str | None,
    dataset: str | None,
    difficulty: str | None,
    influence: str | None,
) -> Stage:
    """Fix a selection: which samples are kept, and for each of the others why not.

    A --weight means --rule weight, unless the rule is named too.
    """
    from diq_core.stages import selection as stage
    from diq_core.stages.choosing import left_out, without_chosen

    settings = call.settings
    if "weight" in call.given and "rule" not in call.given:
        if paper_rule:
            raise BadSetting(
                "--paper-rule and --weight contradict each other",
                which="select",
                todo="give one of them",
            )
        settings = config.build(SelectSettings, {**call.values, "rule": "weight"})

    def made(where: Study, called: str, progress: Progress) -> Artefact:
        made_of = stage.inputs(where, settings, dataset, difficulty, influence)
        placed, review = settings, None
        if from_review or drop_rejected:
            placed, review = stage.with_placements(
                where, settings, made_of, actor(as_),
                from_review=from_review, drop_rejected=drop_rejected,
                set_aside=left_out(where, made_of["dataset"]),
            )  # fmt: skip
        placed, facts = without_chosen(where, made_of["dataset"], placed)
        review = {**(review or {}), **facts} or None
        return stage.run(where, called, placed, progress, **made_of, review=review)

    return made


def exporter_names() -> str:
    """Return which layouts there are, for the help."""
    from diq_core.export.exporters import EXPORTERS

    return f"There are: {', '.join(EXPORTERS)}.{plugins.help_text('diq.exporters')}"


@verb(app, "export", more_help={"format": exporter_names})
def export(
    call: Call[ExportSettings], selection: str | None, as_: str | None, push: str | None
) -> Stage | None:
    """Write a selection as training files, with datasheet, Croissant metadata and manifest.

    With --push it is sent elsewhere, too; one that is there already is sent as it is.
    """
    from diq_core.remote.sending import require_destination
    from diq_core.stages import export as stage
    from diq_core.stages import export_push
    from diq_core.stages.choosing import refuse_left_out
    from diq_core.stages.identifier_log import answerable

    settings = call.settings
    # Before the job's record keeps what was typed.
    who = answerable(settings.release_role, settings.release_reason, as_ or "")
    if settings.reviewer_names and not settings.verdicts:
        raise BadSetting(
            "--reviewer-names means nothing without --verdicts",
            which="export",
            todo="give both, or none of them",
        )

    def made(where: Study, called: str, progress: Progress) -> Artefact:
        chosen = where.find("selection", selection)
        refuse_left_out(where, chosen)
        said = (
            stage.read_verdicts(where, settings, chosen, actor(as_)) if settings.verdicts else None
        )
        return stage.run(
            where, called, settings, progress, selection=chosen, verdicts=said, by=as_ or ""
        )

    if push is None:
        return made
    destination, address = push, ""
    require_destination(destination)

    def pushed(where: Study, called: str, progress: Progress) -> Artefact:
        nonlocal address
        chosen = where.find("selection", selection)
        export = export_push.finished(where, called, settings, chosen)
        export = export or made(where, called, progress)
        address = export_push.run(where, export, destination, progress, who=who)
        return export

    call.make(
        pushed, lambda export: ({"pushed": address}, f"{counted(export)}\nPushed to {address}")
    )
    return None


@app.command()
def reproduce(
    manifest: Annotated[Path, typer.Argument(help="manifest.json of an export.")],
    source: Annotated[str, typer.Option(help="The file that was imported then.")],
    study: Annotated[Path, typer.Option("--study", "-s", help="Folder of a new study.")],
    validation: Annotated[
        list[str] | None, typer.Option(help="The validation files that were used then, if any.")
    ] = None,
    benchmark: Annotated[
        list[str] | None, typer.Option(help="The benchmark files that were used then, if any.")
    ] = None,
    scores: Annotated[
        list[str] | None, typer.Option(help="The files of own scores that were used then, if any.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an export again from its manifest, step by step, and compare every byte."""
    from diq_core.stages import reproduce as reproducing

    result = reproducing.run(
        manifest,
        source=source,
        study_path=study,
        validation=validation or [],
        benchmark=benchmark or [],
        own=scores or [],
    )
    say(as_json, result.as_dict(), result.text())
    if not result.identical:
        raise typer.Exit(2)


@app.command("compare-selections")
def compare_selections(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Two or more fixed selections.")
    ],
    study: StudyOption,
    ids: Annotated[
        bool, typer.Option("--ids", help="Print the samples that only one of them keeps.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare fixed selections before training: overlap, lengths, sources, subjects, quadrants."""
    from diq_core.stages.selected import compare_selections as compared
    from diq_core.study import open_study

    found = compared(open_study(study), names)
    lines = [f"{found.in_all:,} samples are in all of them, {found.in_any:,} in any"]
    for pair in found.pairs:
        lines.append(
            f"{pair.first} and {pair.second}: {pair.both:,} in both, {pair.only_first:,} and "
            f"{pair.only_second:,} in one only; Jaccard {pair.jaccard:.3f}, overlap "
            f"{pair.overlap:.3f}"
        )
    for one in found.selections:
        length = f"{one.mean_length:.1f}" if one.mean_length is not None else "unknown"
        lines.append(f"{one.name}: {one.samples:,} samples, {len(one.alone):,} in no other, "
                     f"mean length {length}")  # fmt: skip
        for what in ("sources", "subjects", "quadrants"):
            counts = ", ".join(f"{name} {n:,}" for name, n in getattr(one, what).items())
            lines.append(f"  {what}: {counts}")
        lines += [f"  only here: {id}" for id in one.alone] if ids else []
    say(as_json, found.as_dict(), "\n".join(lines))
