"""The verb that trains: finetune."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from diq_core import config
from diq_core.artefact import Artefact
from diq_core.cli.common import (
    JsonOption,
    NameOption,
    RestartOption,
    SeedOption,
    StudyOption,
    make,
    say,
)
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.kinds import DEFAULT_NAME
from diq_core.study import open_study

app = typer.Typer()
_DEFAULT = config.FinetuneSettings()


@app.command("run")
@app.command("finetune", help="The same as 'diq run'.")
def finetune(
    context: typer.Context,
    study: StudyOption,
    preset: Annotated[
        str | None,
        typer.Option(help="paper, quick or equal-steps; options that you give are laid over it."),
    ] = None,
    export: Annotated[
        str | None, typer.Option(help="Which export; default: the only one, or 'main'.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Instead of an export: any file, folder or hub id of samples."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="'embedded', a model's folder, or a hub id.")
    ] = _DEFAULT.model,
    method: Annotated[str, typer.Option(help="lora, full or qlora.")] = _DEFAULT.method,
    objective: Annotated[
        str, typer.Option(help="sft (learn the responses) or dpo (prefer the right of a pair).")
    ] = _DEFAULT.objective,
    rank: Annotated[int, typer.Option(help="Rank of the adapter.")] = _DEFAULT.rank,
    alpha: Annotated[int, typer.Option(help="Scale of the adapter.")] = _DEFAULT.alpha,
    dropout: Annotated[
        float, typer.Option(help="Dropout in the adapter, 0 to 1.")
    ] = _DEFAULT.dropout,
    targets: Annotated[
        str,
        typer.Option(help="Layers that get an adapter, separated by commas, or all-linear."),
    ] = ",".join(_DEFAULT.targets),
    learning_rate: Annotated[
        float, typer.Option(help="Highest learning rate.")
    ] = _DEFAULT.learning_rate,
    schedule: Annotated[str, typer.Option(help="cosine, linear or constant.")] = _DEFAULT.schedule,
    warmup: Annotated[
        float, typer.Option(help="Share of the steps in which the learning rate rises.")
    ] = _DEFAULT.warmup,
    weight_decay: Annotated[float, typer.Option(help="Weight decay.")] = _DEFAULT.weight_decay,
    epochs: Annotated[float, typer.Option(help="Passes over the samples.")] = _DEFAULT.epochs,
    max_steps: Annotated[
        int | None, typer.Option(help="Exactly so many steps, instead of epochs.")
    ] = None,
    token_budget: Annotated[
        int | None,
        typer.Option(help="Until so many response tokens were learned from, instead of epochs."),
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Samples in a step.")] = _DEFAULT.batch_size,
    micro_batch: Annotated[
        int, typer.Option(help="Samples that pass through the model at once.")
    ] = _DEFAULT.micro_batch,
    max_tokens: Annotated[
        int, typer.Option(help="Longer samples are cut to so many tokens.")
    ] = _DEFAULT.max_tokens,
    packing: Annotated[
        bool, typer.Option("--packing", help="No padding inside a micro-batch.")
    ] = False,
    recompute: Annotated[bool, typer.Option("--recompute", help="Less memory, slower.")] = False,
    beta: Annotated[
        float, typer.Option(help="DPO: how strongly the base model is held to.")
    ] = _DEFAULT.beta,
    dtype: Annotated[str, typer.Option(help="float32 or bfloat16.")] = _DEFAULT.dtype,
    save_steps: Annotated[
        int, typer.Option(help="Steps between checkpoints; a killed run loses at most so many.")
    ] = _DEFAULT.save_steps,
    merge: Annotated[
        bool, typer.Option("--merge", help="Also write the whole model, adapter merged in.")
    ] = False,
    seed: SeedOption = 0,
    threads: Annotated[int, typer.Option(help="Processor cores to use.")] = 1,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Only show every setting and its origin.")
    ] = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Only estimate time and memory, by a real step or two.")
    ] = False,
    write_config: Annotated[
        str | None,
        typer.Option(help="Only print a configuration for llama-factory, axolotl or trl."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Try a run that seems not to fit into memory.")
    ] = False,
    launch: Annotated[str, typer.Option(help="here, accelerate or ray.")] = "here",
    processes: Annotated[int, typer.Option(min=1, help="Processes of accelerate.")] = 1,
    ray_gpus: Annotated[
        int, typer.Option(min=0, help="Graphics cards that a Ray job asks for; 0 = none.")
    ] = 1,
    track: Annotated[
        str | None, typer.Option(help="Also report to mlflow or trackio, if installed.")
    ] = None,
    name: NameOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune a model on exported samples; a killed run continues where its checkpoint is."""
    from diq_core.stages import run as finetuning
    from diq_core.training.launch import check_tracker

    if export and data:
        raise BadSetting(
            "--export and --data contradict each other", which="finetune", todo="give one of them"
        )
    values = {
        "model": model,
        "method": method,
        "objective": objective,
        "rank": rank,
        "alpha": alpha,
        "dropout": dropout,
        "targets": tuple(each.strip() for each in targets.split(",") if each.strip()),
        "learning_rate": learning_rate,
        "schedule": schedule,
        "warmup": warmup,
        "weight_decay": weight_decay,
        "epochs": epochs,
        "max_steps": max_steps,
        "token_budget": token_budget,
        "batch_size": batch_size,
        "micro_batch": micro_batch,
        "max_tokens": max_tokens,
        "packing": packing,
        "recompute": recompute,
        "beta": beta,
        "dtype": dtype,
        "save_steps": save_steps,
        "merge": merge,
        "seed": seed,
        "threads": threads,
    }
    given = {field for field in values if _is_given(context, field)}
    settings = _settings(preset, values, given)
    if show_settings:
        return _show(settings, given, as_json)
    where, called = open_study(study), name or DEFAULT_NAME
    source = data or where.find("export", export)
    if write_config:
        return print(_config(write_config, settings, source), end="")
    if probe:
        found = finetuning.probe_run(settings, source)
        return say(as_json, found.as_dict(), found.text())
    if track:
        check_tracker(track)
    if launch != "here":
        finetuning.check(settings, source, processes=processes, force=force)
        raise typer.Exit(_launch(launch, processes, ray_gpus, settings.threads))
    if os.environ.get("RANK", "0") != "0":
        # Another process keeps the record; this one only shares the work.
        finetuning.run(where, called, settings, silent(), data=source, force=force)
        return None
    make(
        study,
        "run",
        name,
        restart,
        as_json,
        lambda where, called, progress: finetuning.run(
            where,
            called,
            settings,
            progress,
            data=source,
            force=force,
            estimate=not as_json,
            tracker=track,
        ),
    )
    return None


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _settings(
    preset: str | None, values: dict[str, Any], given: set[str]
) -> config.FinetuneSettings:
    from diq_core.training.recipe import settings_of

    if preset is None:
        return config.build(config.FinetuneSettings, values)
    return settings_of(preset, **{name: values[name] for name in sorted(given)})


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


def _launch(launcher: str, processes: int, gpus: int, threads: int) -> int:
    from diq_core.training import launch

    launch.check_launcher(launcher, processes)
    arguments = sys.argv[1:]
    if launcher == "ray":
        from diq_core.jobs.ray_job import run_ray

        return run_ray(launch.without_launch(arguments), gpus=gpus)
    return launch.run_accelerate(arguments, processes, threads=threads)
