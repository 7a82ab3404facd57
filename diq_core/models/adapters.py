"""An adapter folder looked at before peft opens it: a LoRA, of a sane size, and nothing more.

An adapter's configuration can name Python modules to import, copy layers without end, or hold
patterns that take for ever to match. What we write, and what others usually write, needs none of
that; so everything else must be as peft has it by default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diq_core.models.headers import Shape, header_shapes
from diq_core.models.reading import read_config, unusable

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_TODO = "use an adapter from somebody you trust, or train it again"
_HIGHEST_RANK = 4_096
_NAMES = 10_000
_NAME = re.compile(r"[\w.-]{1,200}")
# What may differ from peft's default, or says nothing about how the adapter is built.
_FREE = {
    "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias",
    "fan_in_fan_out", "inference_mode", "layers_to_transform", "lora_alpha", "lora_dropout",
    "megatron_core", "peft_type", "peft_version", "qalora_group_size", "r", "rank_pattern",
    "revision", "target_modules", "task_type", "use_dora", "use_rslora",
}  # fmt: skip
_INITS = (True, False, None, "gaussian")


def examine_adapter(folder: Path) -> dict[str, Shape]:
    """Look at an adapter's configuration, and return name → shape of its weights.

    Raises:
        BadSetting: something in it is not sane, or is not read here.
    """
    config = read_config(folder, CONFIG)
    why = _fault(config) or _fault_of_names(config)
    if why:
        raise unusable(f"its adapter {why}", folder / CONFIG, todo=_TODO)
    shapes = header_shapes(folder, WEIGHTS)
    why = _fault_of_ranks(config, shapes)
    if why:
        raise unusable(f"its adapter {why}", folder, todo=_TODO)
    return shapes


def _fault(config: Mapping[str, Any]) -> str:
    if config.get("peft_type") != "LORA":
        return f"is of the kind {str(config.get('peft_type'))[:40]!a}, and only LORA is read"
    if config.get("init_lora_weights", True) not in _INITS:
        return "computes its first weights from the base model's (init_lora_weights)"
    for name in ("lora_alpha", "lora_dropout"):
        value = config.get(name, 0)
        if type(value) not in (int, float) or not 0 <= value < 1e6:
            return f"has {name} {str(value)[:40]!a}"
    known = {*_FREE, "init_lora_weights"}
    more = next((name for name in sorted(config) if name not in known and config[name]), None)
    return f"sets {more[:60]!a}, which is not read here" if more else ""


def _fault_of_names(config: Mapping[str, Any]) -> str:
    """Return what is wrong with the names of layers: peft takes some of them for patterns."""
    targets = config.get("target_modules")
    named = [targets] if isinstance(targets, str) else targets
    patterns = [config.get(name) or {} for name in ("rank_pattern", "alpha_pattern")]
    if not isinstance(named, list) or not all(isinstance(each, dict) for each in patterns):
        return "names no layers (target_modules)"
    names = [*named, *(name for each in patterns for name in each)]
    if len(names) > _NAMES:
        return f"names more than {_NAMES:,} layers"
    odd = next((n for n in names if not isinstance(n, str) or not _NAME.fullmatch(n)), None)
    return "" if odd is None else f"names a layer {str(odd)[:60]!a}, which is no plain name"


def _fault_of_ranks(config: Mapping[str, Any], shapes: Mapping[str, Shape]) -> str:
    """Return what is wrong with the ranks: memory is taken by what the configuration says."""
    stated = [config.get("r"), *(config.get("rank_pattern") or {}).values()]
    if any(type(rank) is not int or not 1 <= rank <= _HIGHEST_RANK for rank in stated):
        return f"has a rank that is no whole number from 1 to {_HIGHEST_RANK:,}"
    stored = {shape[0] for name, shape in shapes.items() if ".lora_A." in name and len(shape) == 2}
    foreign = sorted({*stated} - stored) if stored else stated
    return f"states the rank {foreign[0]}, which none of its weights has" if foreign else ""
