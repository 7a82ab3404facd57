"""What a run will cost, before it starts: memory by arithmetic, time by one or two real steps.

The memory estimate needs only the headers of the model's files, so a model that does not fit is
refused before a byte of it is loaded. It counts weights, gradients, AdamW's two moments, and the
activations of the longest micro-batch; allocators and libraries add to that, hence the reserve.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from warnings import catch_warnings

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.files import read_json
from diq_core.models.headers import numbers_in, weight_shapes
from diq_core.models.tokens import Tokens
from diq_core.models.vision import language_parameters
from diq_core.training.adapter import ALL_LINEAR
from diq_core.training.plan import Plan
from diq_core.training.validation import held_of

RESERVE = 1.2
"""Our decision: an estimate is taken to be short by so much."""
FORWARD = 1 / 3
"""What a token that only passes forward costs beside one that is learned from, about."""
PROCESS = 600_000_000
"""Bytes of Python, PyTorch and the trainer themselves, as seen on Linux."""
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a run needs, by purpose.

    Attributes:
        weights: of the model, in the precision they are kept in.
        training: gradients and the optimiser's two moments of what is trained.
        activations: of the longest micro-batch, kept for the backward pass.
        trained, parameters: how many numbers are trained, of how many.
    """

    weights: int
    training: int
    activations: int
    trained: int
    parameters: int

    @property
    def total(self) -> int:
        return int((self.weights + self.training + self.activations) * RESERVE) + PROCESS

    def text(self) -> str:
        return (
            f"about {self.total / _GB:.1f} GB of memory: {self.weights / _GB:.2f} weights, "
            f"{self.training / _GB:.2f} gradients and optimiser, {self.activations / _GB:.2f} "
            f"activations; {self.trained:,} of {self.parameters:,} parameters are trained"
        )


def estimate_memory(folder: Path, settings: FinetuneSettings, *, longest: int) -> Memory:
    """Return what a run needs, from the headers of the files in `folder`.

    Args:
        folder: of the base model, with safetensors weights.
        longest: tokens of the longest sample, cut to the limit.
    """
    shapes = weight_shapes(folder)
    parameters = numbers_in(shapes)
    full = settings.method == "full"
    trained = parameters if full else _adapter_parameters(shapes, settings)
    bytes_each = 4 if full or settings.dtype == "float32" else 2
    weights = parameters * bytes_each if settings.method != "qlora" else int(parameters * 0.6)
    rows = settings.micro_batch * {"dpo": 2, "grpo": settings.rollouts}.get(settings.objective, 1)
    return Memory(
        weights=weights,
        training=trained * 12,
        activations=rows * longest * _activations_a_token(folder, settings),
        trained=trained,
        parameters=parameters,
    )


def check_memory(memory: Memory, free: int, name: str) -> None:
    """Refuse a run that does not fit.

    Raises:
        BadSetting: it needs more than `free` bytes; says the estimate and what helps.
    """
    if memory.total <= free:
        return
    raise BadSetting(
        f"The run does not fit into memory: it needs {memory.text()}; {free / _GB:.1f} GB are free",
        which=name,
        todo="use a smaller model, --method lora, --dtype bfloat16, a smaller --micro-batch or "
        "--max-tokens, or --recompute; --force tries it all the same",
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """What one or two real steps showed.

    Attributes:
        seconds: how long the whole run will take.
        seconds_a_token: time for one token forward and backward.
        tokens: that pass through the model in the whole run, padding left out.
        steps: of the whole run.
        memory: the arithmetic beside it.
        measured: tokens that pass forward only, for the validation loss of the whole run.
    """

    seconds: float
    seconds_a_token: float
    tokens: int
    steps: int
    memory: Memory
    measured: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the estimate for ``--json`` and for a page."""
        return {**asdict(self), "memory": {**asdict(self.memory), "total": self.memory.total}}

    def text(self) -> str:
        """Return the estimate as one sentence."""
        measured = f" and {self.measured:,} of validation" if self.measured else ""
        return (
            f"{self.steps} steps over {self.tokens:,} tokens{measured}: about "
            f"{_time(self.seconds)} at {1 / self.seconds_a_token:,.0f} tokens a second, and "
            f"{self.memory.text()}"
        )


def probe(
    model: Any, tokens: Sequence[Tokens], plan: Plan, settings: FinetuneSettings, memory: Memory,
    *, validation: Sequence[Tokens] = (),
) -> Probe:  # fmt: skip
    """Time a forward and backward pass of the longest and of a median sample.

    The model's weights stay as they are; nothing is written.

    Args:
        model: the base model, frozen, as loaded.
        validation: what the validation loss is measured on.
    """
    from peft import get_peft_model

    from diq_core.training.adapter import lora_config

    by_length = sorted(tokens, key=lambda each: (len(each.ids), each.id))
    chosen = [by_length[len(by_length) // 2], by_length[-1]]
    full = settings.method == "full"
    with catch_warnings(action="ignore", category=FutureWarning):
        trained = _whole(model) if full else get_peft_model(model, lora_config(settings, model))
    try:
        with catch_warnings(action="ignore", category=FutureWarning):
            # The first pass pays for what is set up once.
            _pass(trained, chosen[0], model.device)
            seconds = sum(_pass(trained, each, model.device) for each in chosen)
    finally:
        trained.zero_grad(set_to_none=True)
        if full:
            model.requires_grad_(False)
        else:
            trained.unload()
    a_token = seconds / sum(len(each.ids) for each in chosen)
    total = sum(len(tokens[each].ids) for each in plan.order)
    held = held_of(validation, list, settings, plan.steps)
    times = sum(held.is_due(step, plan.steps) for step in range(plan.steps + 1)) if held else 0
    measured = times * sum(len(each.ids) for each in validation)
    seconds = (total + measured * FORWARD) * a_token
    return Probe(seconds, a_token, total, plan.steps, memory, measured)


def _whole(model: Any) -> Any:
    """Return `model` with the gradients of all that is trained: what sees in it is not."""
    for value in language_parameters(model).values():
        value.requires_grad_(True)
    return model


def _pass(model: Any, sample: Tokens, device: Any) -> float:
    import torch

    from diq_core.training.showing import labelled
    from diq_core.training.trainers import IGNORED, response_loss

    batch = {name: value.to(device) for name, value in labelled([sample], IGNORED).items()}
    begun = time.perf_counter()
    response_loss(model, batch).backward()
    if batch["input_ids"].is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - begun


def _adapter_parameters(shapes: Mapping[str, Sequence[int]], settings: FinetuneSettings) -> int:
    every = settings.targets == (ALL_LINEAR,)
    total = 0
    for name, shape in shapes.items():
        layer = name.removesuffix(".weight").rpartition(".")[2]
        inner = ".layers." in name and "norm" not in layer
        if len(shape) == 2 and ((every and inner) or layer in settings.targets):
            total += settings.rank * sum(shape)
    return total


def _activations_a_token(folder: Path, settings: FinetuneSettings) -> int:
    """Return the bytes that one token leaves behind for the backward pass, about.

    In a layer: the two norms' inputs and outputs, q, k, v, the attention's result and the three
    products of the gated feed-forward part, some of them twice; and once the logits with their
    gradient, taken for all tokens.
    """
    config = read_json(folder / "config.json")
    config = config.get("text_config", config)
    hidden = int(config.get("hidden_size") or config.get("n_embd") or 1024)
    inner = int(config.get("intermediate_size") or 4 * hidden)
    layers = int(config.get("num_hidden_layers") or config.get("n_layer") or 24)
    each = 4 if settings.dtype == "float32" else 2
    layer = (12 * hidden + 5 * inner) * each
    kept = hidden * each * layers + layer if settings.recompute else layer * layers
    return kept + 3 * 4 * int(config.get("vocab_size") or 32_000)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
