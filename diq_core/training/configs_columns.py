"""Configurations for trainers that read data in columns of their own, which lie beside them.

The names are those of TRL 1.16 and of EasyR1 (``examples/config.yaml`` and its classes, July 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from pathlib import Path
from typing import Any

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.training.configs import trl_sft, trl_values
from diq_core.training.grpo import policy_arguments

DATA = "train.parquet"
REWARD = "reward.py"
OBJECTIVES: Mapping[str, tuple[str, ...]] = {"trl": ("sft", "dpo", "grpo"), "easyr1": ("grpo",)}
"""Trainer → objectives for which data in its own columns are written."""

_EASYR1_LOSS = {
    "dapo": {"loss_type": "default", "loss_avg_mode": "token"},
    "grpo": {"loss_type": "default", "loss_avg_mode": "seq"},
    "gspo": {"loss_type": "gspo", "loss_avg_mode": "seq"},
}
"""Our names of a loss → how EasyR1 asks for the same."""
_EYE = "visual|vision|projector|connector|multi_modal"
"""Parts of the names of modules that read images, in the families that we load."""


def columns_config(
    trainer: str, settings: FinetuneSettings, *, base: str, folder: Path, samples: int, images: bool
) -> str:
    """Return the text of a configuration that reads ``train.parquet`` of `folder`.

    Args:
        trainer: a key of `OBJECTIVES`.
        base: folder or hub id of the base model.
        samples: in the data.
        images: the data have some.

    Raises:
        BadSetting: the trainer cannot be told of the objective or of a setting.
    """
    import yaml

    _check_objective(trainer, settings)
    _refuse(_UNTOLD[trainer](settings, samples, images))
    values = _BUILDERS[trainer](settings, base, folder, images)
    lines = [f"{samples} samples; run with: {_RUN[trainer].format(settings.objective)}"]
    if settings.objective == "grpo":
        lines.append(f"The reward imports diq_core: pip install diq-studio beside {trainer}.")
    lines += _SAID[trainer]
    head = "".join(f"# {line}\n" for line in lines)
    return head + str(yaml.safe_dump(values, sort_keys=False, allow_unicode=True))


def _check_objective(trainer: str, settings: FinetuneSettings) -> None:
    if trainer not in OBJECTIVES:
        raise BadSetting(
            f"No data in columns of its own are written for '{trainer}'",
            which="into",
            todo=f"use one of: {', '.join(OBJECTIVES)}; or leave --into away",
        )
    if settings.objective not in OBJECTIVES[trainer]:
        raise BadSetting(
            f"{trainer} has no objective {settings.objective}",
            which="objective",
            todo=f"use --objective {OBJECTIVES[trainer][0]}, or write the data for trl",
        )


def _refuse(untold: Mapping[str, str]) -> None:
    for setting, why in untold.items():
        raise BadSetting(
            f"The other trainer cannot be told what the setting says: {why}",
            which=setting,
            todo=f"change {setting}, or train here",
        )


def _untold(settings: FinetuneSettings) -> dict[str, str]:
    """Return setting → why no configuration can express its value."""
    found = {}
    if settings.token_budget is not None:
        found["token-budget"] = "it ends a run after steps or epochs, not after tokens"
    if settings.holdout:
        found["holdout"] = "which samples are held out is decided here"
    if settings.max_tiles:
        found["max-tiles"] = "it cuts images as the model's processor has it"
    return found


def _untold_trl(settings: FinetuneSettings, _samples: int, images: bool) -> dict[str, str]:
    found = _untold(settings)
    if not images:
        return found
    if settings.max_pixels:
        found["max-pixels"] = "it takes images in the size that the model's processor has"
    if settings.packing and settings.objective == "sft":
        found["packing"] = "it packs no samples with images"
    if settings.method == "full":
        found["method"] = "it would train what reads the images, too"
    elif settings.targets == ("all-linear",):
        found["targets"] = "all layers are also those that read the images"
    return found


def _untold_easyr1(settings: FinetuneSettings, samples: int, _images: bool) -> dict[str, str]:
    found = _untold(settings)
    if settings.method == "qlora":
        found["method"] = "it trains no model in 4 bits"
    if settings.method != "full" and settings.dropout:
        found["dropout"] = "its adapters have none"
    if settings.schedule == "linear":
        found["schedule"] = "its learning rate is constant or falls as a cosine"
    if settings.policy_loss not in _EASYR1_LOSS:
        found["policy-loss"] = f"of these losses it has {', '.join(_EASYR1_LOSS)}"
    if not settings.max_steps and settings.epochs != ceil(settings.epochs):
        found["epochs"] = "it makes whole passes only"
    if samples < settings.batch_size:
        found["batch-size"] = f"it takes whole steps only, and there are {samples} samples"
    return found


def _trl(settings: FinetuneSettings, base: str, folder: Path, images: bool) -> dict[str, Any]:
    values = trl_values(settings, base, folder / DATA)
    if settings.objective == "grpo":
        own = policy_arguments(settings, values["gradient_accumulation_steps"])
        own |= {"shuffle_dataset": True, "reward_funcs": ["reward.reward"]}
    elif settings.objective == "dpo":
        own = {"beta": settings.beta, "max_length": settings.max_tokens}
    else:
        own = trl_sft(settings)
    if images and "max_length" in own:
        own["max_length"] = None  # A cut through an image's tokens would end the run.
    if images:
        # One name is taken for a pattern: the language model's layers of these names, no others.
        names = "|".join(settings.targets)
        values["lora_target_modules"] = [rf"(?!.*(?:{_EYE})).*\.(?:{names})"]
    return values | own


def _easyr1(settings: FinetuneSettings, base: str, folder: Path, images: bool) -> dict[str, Any]:
    file = str(folder / DATA)
    both = settings.max_tokens + settings.max_new_tokens
    return {
        "data": {
            "train_files": file, "val_files": file, "prompt_key": "prompt", "answer_key": "answer",
            "image_key": "images", "max_prompt_length": settings.max_tokens,
            "max_response_length": settings.max_new_tokens,
            "rollout_batch_size": settings.batch_size, "format_prompt": None, "shuffle": True,
            "seed": settings.seed, "min_pixels": None, "max_pixels": settings.max_pixels,
            "filter_overlong_prompts": True,
        },
        "algorithm": {
            "adv_estimator": "grpo", "disable_kl": not settings.kl, "use_kl_loss": True,
            "kl_penalty": "low_var_kl", "kl_coef": settings.kl,
        },
        "worker": {
            "actor": _easyr1_actor(settings, base, images),
            "rollout": {
                "n": settings.rollouts, "temperature": settings.temperature, "top_p": 1.0,
                "seed": settings.seed, "tensor_parallel_size": 1,
                "max_num_batched_tokens": max(8192, both),
            },
            "reward": {"reward_function": f"{folder / REWARD}:compute_score"},
        },
        "trainer": {
            "total_epochs": ceil(settings.epochs), "max_steps": settings.max_steps,
            "project_name": "diq", "experiment_name": "grpo", "logger": ["console"],
            "nnodes": 1, "n_gpus_per_node": 1, "val_freq": -1, "val_before_train": False,
            "save_freq": settings.save_steps, "save_checkpoint_path": "output",
        },
    }  # fmt: skip


def _easyr1_actor(settings: FinetuneSettings, base: str, images: bool) -> dict[str, Any]:
    lora = {
        "rank": settings.rank,
        "alpha": settings.alpha,
        "target_modules": ",".join(settings.targets),
        **({"exclude_modules": f".*(?:{_EYE}).*"} if images else {}),
    }
    return {
        "global_batch_size": settings.batch_size,
        "micro_batch_size_per_device_for_update": settings.micro_batch,
        "micro_batch_size_per_device_for_experience": settings.micro_batch,
        "max_grad_norm": 1.0,
        "clip_ratio_low": 0.2,
        "clip_ratio_high": 0.2,
        **_EASYR1_LOSS[settings.policy_loss],
        "model": {
            "model_path": base,
            "enable_gradient_checkpointing": settings.recompute,
            "trust_remote_code": False,
            "freeze_vision_tower": images,
            **({} if settings.method == "full" else {"lora": lora}),
        },
        "optim": {
            "lr": settings.learning_rate,
            "weight_decay": settings.weight_decay,
            "strategy": "adamw",
            "lr_warmup_ratio": settings.warmup,
            "lr_scheduler_type": settings.schedule,
            **({"min_lr_ratio": 0.0} if settings.schedule == "cosine" else {}),
        },
    }


_UNTOLD: Mapping[str, Callable[[FinetuneSettings, int, bool], dict[str, str]]] = {
    "trl": _untold_trl,
    "easyr1": _untold_easyr1,
}
_BUILDERS: Mapping[str, Callable[[FinetuneSettings, str, Path, bool], dict[str, Any]]] = {
    "trl": _trl,
    "easyr1": _easyr1,
}
_RUN: Mapping[str, str] = {
    "trl": "trl {} --config FILE, in this folder",
    "easyr1": "python3 -m verl.trainer.main config=FILE, in EasyR1's folder",
}
_SAID: Mapping[str, tuple[str, ...]] = {
    "trl": (
        "On one device; with n devices divide gradient_accumulation_steps by n.",
        "Not tried: the prompt is rendered by TRL, without a place of its own for the reasoning.",
    ),
    "easyr1": (
        "Not tried here: EasyR1 needs cards. It computes in bfloat16 and writes with vLLM; set",
        "n_gpus_per_node and tensor_parallel_size. It wants a validation file, which is never",
        "looked at (val_freq -1). Plain verl reads other columns and keys; this is for EasyR1.",
    ),
}
