"""Verbs that choose: select, export, reproduce."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diq_core import config, plugins
from diq_core.artefact import Artefact
from diq_core.cli.common import (
    DatasetOption,
    JsonOption,
    NameOption,
    RestartOption,
    SeedOption,
    StudyOption,
    listed,
    make,
    say,
)
from diq_core.cli.who import AsOption, actor
from diq_core.errors import BadSetting
from diq_core.jobs.progress import Progress
from diq_core.study import Study

app = typer.Typer()


@app.command()
def select(
    study: StudyOption,
    strategy: Annotated[
        str,
        typer.Option(
            help="diq, diq-length (influence among similar lengths), or a baseline: random, "
            "difficulty, influence, cosine, ifd, longest, full, q1, q2, q3, q4; by-NAME orders by "
            f"any one score.{plugins.help_text('diq.strategies')}"
        ),
    ] = "diq",
    budget: Annotated[
        str, typer.Option(help="How many to keep: a share (10%) or a count (250).")
    ] = config.SelectSettings().budget,
    weight: Annotated[
        float | None,
        typer.Option(help="Balance weight: 0 = influence only, 1 = difficulty only."),
    ] = None,
    paper_rule: Annotated[
        bool,
        typer.Option(
            "--paper-rule",
            help="Inside a quadrant by influence, then by difficulty "
            "(the default without --weight).",
        ),
    ] = False,
    difficulty_cut: Annotated[
        float, typer.Option(help="Percentile of difficulty from which a sample is hard.")
    ] = config.SelectSettings().difficulty_cut,
    influence_cut: Annotated[
        float, typer.Option(help="Percentile of influence from which a sample is influential.")
    ] = config.SelectSettings().influence_cut,
    aspect: Annotated[
        str, typer.Option(help="Which difficulty: knowledge, reasoning or overall.")
    ] = "overall",
    no_quadrants: Annotated[
        bool, typer.Option("--no-quadrants", help="One order over the whole pool.")
    ] = False,
    axes: Annotated[
        str, typer.Option(help="The two scores that make the quadrants, separated by a comma.")
    ] = ",".join(config.SelectSettings().axes),
    seed: SeedOption = 0,
    max_per_source: Annotated[
        float | None, typer.Option(help="Largest share of the budget for one source, 0 to 1.")
    ] = None,
    put_in: Annotated[
        list[str] | None,
        typer.Option(help="Id of a sample to keep whatever the scores say; may be repeated."),
    ] = None,
    take_out: Annotated[
        list[str] | None, typer.Option(help="Id of a sample to leave out; may be repeated.")
    ] = None,
    from_review: Annotated[
        bool,
        typer.Option("--from-review", help="Keep and leave out what was placed by hand in review."),
    ] = False,
    drop_rejected: Annotated[
        bool, typer.Option("--drop-rejected", help="Leave out what reviewers rejected.")
    ] = False,
    as_: AsOption = None,
    dataset: DatasetOption = None,
    difficulty: Annotated[str | None, typer.Option(help="Which difficulty scores.")] = None,
    influence: Annotated[str | None, typer.Option(help="Which influence scores.")] = None,
    name: NameOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fix a selection: which samples are kept, and for each of the others why not."""
    from diq_core.stages import selection as selecting

    if paper_rule and weight is not None:
        raise BadSetting(
            "--paper-rule and --weight contradict each other",
            which="select",
            todo="give one of them",
        )
    settings = config.build(
        config.SelectSettings,
        {
            "strategy": strategy,
            "budget": budget,
            "aspect": aspect,
            "rule": "paper" if weight is None else "weight",
            "weight": config.SelectSettings().weight if weight is None else weight,
            "quadrants": not no_quadrants,
            "axes": listed(axes),
            "difficulty_cut": difficulty_cut,
            "influence_cut": influence_cut,
            "seed": seed,
            "max_per_source": max_per_source,
            "put_in": put_in or [],
            "taken_out": take_out or [],
        },
    )

    def stage(where: Study, called: str, progress: Progress) -> Artefact:
        made_of = selecting.inputs(where, settings, dataset, difficulty, influence)
        placed, review = settings, None
        if from_review or drop_rejected:
            placed, review = selecting.with_placements(
                where,
                settings,
                made_of,
                actor(as_),
                from_review=from_review,
                drop_rejected=drop_rejected,
            )
        return selecting.run(where, called, placed, progress, **made_of, review=review)

    make(study, "selection", name, restart, as_json, stage)


@app.command()
def export(
    study: StudyOption,
    selection: Annotated[
        str | None, typer.Option(help="Which selection; default: the only one, or 'main'.")
    ] = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="trl, prompt-completion, alpaca, sharegpt, llama-factory, "
            f"parquet, datasets or csv.{plugins.help_text('diq.exporters')}",
        ),
    ] = "trl",
    verdicts: Annotated[
        bool,
        typer.Option(
            "--verdicts",
            help="Include the clinicians' verdicts, and write their corrections instead of the "
            "old text.",
        ),
    ] = False,
    reviewer_names: Annotated[
        bool,
        typer.Option(
            "--reviewer-names", help="With --verdicts: name the reviewers instead of numbering."
        ),
    ] = False,
    as_: AsOption = None,
    name: NameOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a selection as training files, with datasheet, Croissant metadata and manifest."""
    from diq_core.stages import export as exporting

    if reviewer_names and not verdicts:
        raise BadSetting(
            "--reviewer-names means nothing without --verdicts",
            which="export",
            todo="give both, or none of them",
        )
    settings = config.build(
        config.ExportSettings,
        {"format": format_, "verdicts": verdicts, "reviewer_names": reviewer_names},
    )

    def stage(where: Study, called: str, progress: Progress) -> Artefact:
        chosen = where.find("selection", selection)
        said = exporting.read_verdicts(where, settings, chosen, actor(as_)) if verdicts else None
        return exporting.run(where, called, settings, progress, selection=chosen, verdicts=said)

    make(study, "export", name, restart, as_json, stage)


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
