"""The same training elsewhere: ready configurations for LLaMA-Factory, Axolotl and TRL.

Each is made of the same settings and points at the same exported folder. What a trainer cannot
be told is said in a comment at the head of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting

TRAINERS = ("llama-factory", "axolotl", "trl")
FORMATS: Mapping[str, tuple[str, ...]] = {
    "llama-factory": ("llama-factory", "sharegpt", "alpaca"),
    "axolotl": ("trl", "llama-factory"),
    "trl": ("prompt-completion",),
}
"""Trainer → formats of an export that it reads and trains on responses only."""


def training_config(
    trainer: str,
    settings: FinetuneSettings,
    *,
    base: str,
    data: Path,
    format: str,
    samples: int,
    field: str = "",
    images: bool = False,
) -> str:
    """Return the text of a configuration file.

    Args:
        trainer: one of `TRAINERS`.
        base: folder or hub id of the base model.
        data: the exported folder.
        format: of the export.
        samples: in it; a token budget becomes epochs or steps with it.
        field: of a message, in which the export has the reasoning; "" = in the text.
        images: the export has some.

    Raises:
        BadSetting: there is no such trainer, or it does not read this format, or it cannot do
            what the settings say.
    """
    import yaml

    if trainer == "easyr1" or settings.objective != "sft":
        raise BadSetting(
            "Rewards and preference pairs need data in columns that the trainer reads",
            which="write-config",
            todo="write data and configuration with --into FOLDER: trl for dpo, trl or easyr1 for "
            "grpo",
        )
    if trainer not in TRAINERS:
        raise BadSetting(
            f"There is no configuration for '{trainer}'",
            which="write-config",
            todo=f"use one of: {', '.join(TRAINERS)}",
        )
    if format not in FORMATS[trainer]:
        raise BadSetting(
            f"{trainer} does not train on responses only from an export in the format {format}",
            which=data.name,
            todo=f"export the selection again with --format {FORMATS[trainer][0]}",
        )
    if settings.token_budget is not None or settings.holdout:
        raise BadSetting(
            "A configuration cannot express a token budget, or which samples are held out",
            which="write-config",
            todo="use --max-steps or --epochs, without --holdout",
        )
    if images and trainer != "llama-factory":
        raise BadSetting(
            f"The export has images, and no configuration for {trainer} is written that shows them",
            which=data.name,
            todo="write one for llama-factory, from an export with --format llama-factory; or "
            "data and configuration for trl with --into FOLDER",
        )
    values = _BUILDERS[trainer](settings, base, data)
    if images:
        values |= _SEEING
    if images and settings.max_pixels:
        values["image_max_pixels"] = settings.max_pixels
    if trainer == "axolotl" and field:
        values["datasets"][0] |= {"field_thinking": field, "template_thinking_key": field}
    head = f"# {samples} samples; run with: {_RUN[trainer]}\n# Every step learns from "
    head += f"{settings.batch_size} samples on one device; with n devices divide "
    head += "gradient_accumulation_steps by n.\n"
    return head + str(yaml.safe_dump(values, sort_keys=False, allow_unicode=True))


def _llama_factory(settings: FinetuneSettings, base: str, data: Path) -> dict[str, Any]:
    lora = {
        "finetuning_type": "lora",
        "lora_rank": settings.rank,
        "lora_alpha": settings.alpha,
        "lora_dropout": settings.dropout,
        "lora_target": _targets(settings, "all"),
    }
    return {
        "model_name_or_path": base,
        "trust_remote_code": False,
        "stage": "sft",
        "do_train": True,
        **({"finetuning_type": "full"} if settings.method == "full" else lora),
        **({"quantization_bit": 4} if settings.method == "qlora" else {}),
        "dataset_dir": str(data),
        "dataset": "diq",
        "template": "default",
        "mask_history": True,
        "cutoff_len": settings.max_tokens,
        "packing": settings.packing,
        "output_dir": "output",
        **_common(settings),
        "report_to": "none",
    }


def _axolotl(settings: FinetuneSettings, base: str, data: Path) -> dict[str, Any]:
    adapter = {
        "adapter": settings.method,
        "lora_r": settings.rank,
        "lora_alpha": settings.alpha,
        "lora_dropout": settings.dropout,
        **(
            {"lora_target_linear": True}
            if settings.targets == ("all-linear",)
            else {"lora_target_modules": list(settings.targets)}
        ),
        **({"load_in_4bit": True} if settings.method == "qlora" else {}),
    }
    ends = {"max_steps": settings.max_steps} if settings.max_steps else {}
    return {
        "base_model": base,
        **({} if settings.method == "full" else adapter),
        "datasets": [
            {
                "path": str(data / "train.jsonl"),
                "ds_type": "json",
                "type": "chat_template",
                "field_messages": "messages",
                "roles_to_train": ["assistant"],
                "train_on_eos": "turn",
            }
        ],
        "train_on_inputs": False,
        "sequence_len": settings.max_tokens,
        "sample_packing": settings.packing,
        "micro_batch_size": settings.micro_batch,
        "gradient_accumulation_steps": settings.batch_size // settings.micro_batch,
        "num_epochs": settings.epochs,
        **ends,
        "learning_rate": settings.learning_rate,
        "lr_scheduler": settings.schedule,
        "warmup_ratio": settings.warmup,
        "weight_decay": settings.weight_decay,
        "optimizer": "adamw_torch",
        "max_grad_norm": 1.0,
        "bf16": settings.dtype == "bfloat16",
        "gradient_checkpointing": settings.recompute,
        "logging_steps": 1,
        "save_steps": settings.save_steps,
        "seed": settings.seed,
        "output_dir": "output",
    }


def _trl(settings: FinetuneSettings, base: str, data: Path) -> dict[str, Any]:
    return {**trl_values(settings, base, data / "train.jsonl"), **trl_sft(settings)}


def trl_sft(settings: FinetuneSettings) -> dict[str, Any]:
    """Return what only ``trl sft`` is told."""
    return {
        "completion_only_loss": True,
        "max_length": settings.max_tokens,
        "packing": settings.packing,
    }


def trl_values(settings: FinetuneSettings, base: str, file: Path) -> dict[str, Any]:
    """Return what each of TRL's commands is told: the model, the file, how it is optimised."""
    lora = {
        "use_peft": True,
        "lora_r": settings.rank,
        "lora_alpha": settings.alpha,
        "lora_dropout": settings.dropout,
        "lora_target_modules": _targets(settings, "all-linear", listed=True),
        **({"load_in_4bit": True} if settings.method == "qlora" else {}),
    }
    kind = "json" if file.suffix == ".jsonl" else "parquet"
    return {
        "model_name_or_path": base,
        "dtype": settings.dtype,
        **({} if settings.method == "full" else lora),
        "datasets": [{"path": kind, "data_files": str(file), "split": "train"}],
        "output_dir": "output",
        **_common(settings),
        "optim": "adamw_torch",
        "report_to": "none",
    }


def _common(settings: FinetuneSettings) -> dict[str, Any]:
    """Return what Hugging Face's training arguments are called in LLaMA-Factory and TRL."""
    ends = {"max_steps": settings.max_steps} if settings.max_steps else {}
    return {
        "per_device_train_batch_size": settings.micro_batch,
        "gradient_accumulation_steps": settings.batch_size // settings.micro_batch,
        "num_train_epochs": settings.epochs,
        **ends,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.schedule,
        "warmup_steps": settings.warmup,
        "weight_decay": settings.weight_decay,
        "bf16": settings.dtype == "bfloat16",
        "gradient_checkpointing": settings.recompute,
        "logging_steps": 1,
        "save_steps": settings.save_steps,
        "seed": settings.seed,
    }


def _targets(settings: FinetuneSettings, every: str, *, listed: bool = False) -> Any:
    if settings.targets == ("all-linear",):
        return every
    return list(settings.targets) if listed else ",".join(settings.targets)


_SEEING = {"freeze_vision_tower": True, "freeze_multi_modal_projector": True}
"""What LLaMA-Factory is told of a model that reads images: only its language model is trained."""
_BUILDERS: Mapping[str, Callable[[FinetuneSettings, str, Path], dict[str, Any]]] = {
    "llama-factory": _llama_factory,
    "axolotl": _axolotl,
    "trl": _trl,
}
_RUN: Mapping[str, str] = {
    "llama-factory": "llamafactory-cli train FILE (set template to the model's own)",
    "axolotl": "axolotl train FILE",
    "trl": "trl sft --config FILE",
}
