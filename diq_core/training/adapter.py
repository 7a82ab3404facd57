"""The low-rank adapter: on which layers, and written so that plain `peft` reads it anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.files import write_json
from diq_core.models.files import HUB_ID
from diq_core.models.vision import CAUSAL, SEEING, decoder_name

ADAPTER = "adapter"
MODEL = "model"
ALL_LINEAR = "all-linear"
_CONFIG = "adapter_config.json"


def layer_names(model: Any) -> list[str]:
    """Return the last names of the linear layers that can get an adapter, sorted.

    Of a model that reads images those of its language model: what sees is never trained. The output
    layer is not among them: TRL computes the loss from its weights directly, so an
    adapter there would never be trained.
    """
    import torch

    head, within = model.get_output_embeddings(), decoder_name(model)
    return sorted(
        {
            name.rpartition(".")[2]
            for name, layer in model.named_modules()
            if name.startswith(within) and isinstance(layer, torch.nn.Linear) and layer is not head
        }
    )


def check_targets(model: Any, targets: Sequence[str]) -> None:
    """Refuse targets that name no layer.

    Raises:
        BadSetting: a target is no linear layer of the model; says which names there are.
    """
    known = layer_names(model)
    if tuple(targets) == (ALL_LINEAR,):
        return
    unknown = [target for target in targets if target not in known]
    if unknown or not targets:
        what = ", ".join(map(repr, unknown)) or "nothing"
        raise BadSetting(
            f"The model has no layer called {what} that can get an adapter",
            which="targets",
            todo=f"use some of: {', '.join(known)}; or {ALL_LINEAR}",
        )


def lora_config(settings: FinetuneSettings, model: Any) -> Any:
    """Return PEFT's configuration of the adapter of `model`."""
    from peft import LoraConfig

    return LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=_targets(settings, model),
        bias="none",
        task_type="CAUSAL_LM",
    )


def _targets(settings: FinetuneSettings, model: Any) -> str | list[str]:
    """Return the layers as PEFT takes them: names or, of a model that reads images, a pattern of
    whole paths, since layers of its tower have the same names as those of its language model."""
    every = settings.targets == (ALL_LINEAR,)
    within = decoder_name(model)
    if not within:
        return ALL_LINEAR if every else sorted(settings.targets)
    names = layer_names(model) if every else sorted(settings.targets)
    return rf"{re.escape(within)}\..*\.({'|'.join(map(re.escape, names))})"


def save_adapter(model: Any, folder: Path, *, base: str, base_name: str) -> None:
    """Write `model`'s adapter as a folder that `peft` loads, the same bytes on any machine.

    ``base_model_name_or_path`` is the hub id where the base has one, else empty: a path on this
    machine would be wrong on every other one. ``README.md`` says how to load it.

    Args:
        base: as in the settings: "embedded", a folder or a hub id.
        base_name: the base model's name for reading.
    """
    model.save_pretrained(folder)
    config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    hub = base if HUB_ID.fullmatch(base) and not Path(base).exists() else None
    config["base_model_name_or_path"] = hub
    # PEFT keeps the names in a set, whose order differs from process to process.
    for name, value in config.items():
        if name == "target_modules" and isinstance(value, list):
            config[name] = sorted(value)
    write_json(folder / _CONFIG, config)
    kind = causal_kind(model)
    (folder / "README.md").write_text(_readme(hub, base_name, kind), "utf-8", newline="\n")


def save_whole(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a whole model and its tokenizer as a folder that `transformers` loads."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def causal_kind(model: Any) -> str:
    """Return the class of transformers by which a model is loaded."""
    return SEEING if decoder_name(model) else CAUSAL


def _readme(hub: str | None, base_name: str, kind: str) -> str:
    place = f'"{hub}"' if hub else '"FOLDER OF THE BASE MODEL"'
    return f"""---
library_name: peft
---

A LoRA adapter for {base_name}.

```python
from peft import PeftModel
from transformers import {kind}

base = {kind}.from_pretrained({place}, dtype="float32")
model = PeftModel.from_pretrained(base, "THIS FOLDER")
```
"""
