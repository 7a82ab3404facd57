"""The verb that trains: run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from diq_core import config
from diq_core.artefact import Artefact
from diq_core.cli.common import say
from diq_core.cli.verb import Call, verb
from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.jobs.making import Stage
from diq_core.jobs.progress import silent

app = typer.Typer()


@verb(app, "run")
def run(
    call: Call[FinetuneSettings],
    preset: str | None,
    export: str | None,
    data: str | None,
    validation: str | None,
    force: bool,
    launch: str,
    processes: int,
    ray_gpus: int,
    track: str | None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Only show every setting and its origin.")
    ] = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Only estimate time and memory, by a real step or two.")
    ] = False,
    write_config: Annotated[
        str | None,
        typer.Option(
            help="Only print a configuration for llama-factory, axolotl or trl; with --into, for "
            "trl or easyr1."
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help="With --write-config: a new folder for the data in the trainer's own columns, "
            "the configuration and, of GRPO, the reward."
        ),
    ] = None,
) -> Stage | None:
    """Fine-tune a model on exported samples; a killed run continues where its checkpoint is."""
    from diq_core.stages import run as stage
    from diq_core.training.launch import check_tracker

    if export and data:
        raise BadSetting(
            "--export and --data contradict each other", which="run", todo="give one of them"
        )
    settings = _settings(preset, call)
    if show_settings:
        _show(settings, set(call.given), call.as_json)
        return None
    source = data or call.study.find("export", export)
    if into:
        _write_into(into, write_config, settings, source, call.as_json)
        return None
    if write_config:
        print(_config(write_config, settings, source), end="")
        return None
    if probe:
        found = stage.probe_run(settings, source, validation)
        say(call.as_json, found.as_dict(), found.text())
        return None
    if track:
        check_tracker(track)
    if launch != "here":
        stage.check(settings, source, processes=processes, force=force, validation=validation)
        raise typer.Exit(_launch(launch, processes, ray_gpus, settings.threads))
    if os.environ.get("RANK", "0") != "0":
        # Another process keeps the record; this one only shares the work.
        stage.run(call.study, call.called(), settings, silent(), data=source,
                  validation=validation, force=force)  # fmt: skip
        return None
    return lambda where, called, progress: stage.run(
        where, called, settings, progress,
        data=source, validation=validation, force=force, estimate=not call.as_json, tracker=track,
    )  # fmt: skip


def _settings(preset: str | None, call: Call[FinetuneSettings]) -> FinetuneSettings:
    from diq_core.training.recipe import settings_of

    if preset is None:
        return call.settings
    return settings_of(preset, **{name: call.values[name] for name in sorted(call.given)})


def _show(settings: config.FinetuneSettings, given: set[str], as_json: bool) -> None:
    from diq_core.training.recipe import as_text, explain

    rows = explain(settings, given)
    listed = [{"name": row.name, "value": row.value, "origin": row.origin} for row in rows]
    say(as_json, {"settings": listed}, as_text(rows))


def _config(trainer: str, settings: config.FinetuneSettings, source: Artefact | str) -> str:
    from diq_core.stages.run_elsewhere import config_for

    if not isinstance(source, Artefact):
        raise BadSetting(
            "A configuration is written for an export of the study, not for other data",
            which="write-config",
            todo="name an export with --export",
        )
    return config_for(trainer, settings, source)


def _write_into(
    folder: Path, trainer: str | None, settings: config.FinetuneSettings,
    source: Artefact | str, as_json: bool,
) -> None:  # fmt: skip
    from diq_core.stages.run_columns import write_columns

    if not trainer:
        raise BadSetting(
            "Only data for another trainer are written into a folder",
            which="into",
            todo="name the trainer: --write-config trl or easyr1",
        )
    written = write_columns(trainer, settings, source, folder)
    say(as_json, {"folder": str(folder), "written": written}, f"{folder}: {written}")


def _launch(launcher: str, processes: int, gpus: int, threads: int) -> int:
    from diq_core.training import launch

    launch.check_launcher(launcher, processes)
    arguments = sys.argv[1:]
    if launcher == "ray":
        from diq_core.jobs.ray_job import run_ray

        return run_ray(launch.without_launch(arguments), gpus=gpus)
    return launch.run_accelerate(arguments, processes, threads=threads)
