"""The verb that trains: finetune."""

from __future__ import annotations

from typing import Annotated

import typer

from diq_core import config
from diq_core.cli.common import (
    JsonOption,
    NameOption,
    RestartOption,
    SeedOption,
    StudyOption,
    make,
)
from diq_core.errors import BadSetting

app = typer.Typer()
_DEFAULT = config.FinetuneSettings()


@app.command()
def finetune(
    study: StudyOption,
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
    name: NameOption = None,
    restart: RestartOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune a model on exported samples; a killed run continues where its checkpoint is."""
    from diq_core.stages import finetuning

    if export and data:
        raise BadSetting(
            "--export and --data contradict each other", which="finetune", todo="give one of them"
        )
    settings = config.build(
        config.FinetuneSettings,
        {
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
        },
    )
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
            data=data or where.find("export", export),
        ),
    )
