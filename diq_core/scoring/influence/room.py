"""The memory that influence takes, from a model's configuration, before a byte of it is loaded.

Weights are held once and the direction once, in float32. What comes on top is largest in one of
three phases: finding the direction (a backward pass, whose gradient *is* the direction), checking
the engine (a backward pass from full logits, whose gradients are forgotten one by one), scoring
(two forward passes). Measured by `benchmarks/memory.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from diq_core.models.headers import Shape, weight_shapes
from diq_core.models.losses import HEAD_ROWS
from diq_core.models.reading import read_config
from diq_core.scoring.influence.shifting import SLICE

_GB = 1e9
_FLOAT = 4
_SEEING = ("vision", "visual", "projector", "connector", "patch_embed")
"""Parts of the names of weights that see, of which influence has no direction."""
_LIBRARIES = 24_000_000
"""Bytes that the kernels' own buffers take, whatever the model."""
_TIED_GRADIENTS, _LOGITS = 3, 3
"""Copies that autograd holds at once: of the gradient of an embedding that is also the output
layer, and of logits (themselves, their logarithms, their gradient)."""


@dataclass(frozen=True, slots=True)
class Build:
    """What of a model decides over memory.

    Attributes:
        numbers: of all its weights; language: of those that influence is measured on.
        hidden, inner: width of a layer, and of its feed-forward part.
        layers, words: how many.
        tied: whether the embedding is the output layer, too.
    """

    numbers: int
    language: int
    hidden: int
    inner: int
    layers: int
    words: int
    tied: bool

    @classmethod
    def of(cls, folder: Path) -> Build:
        """Return that of the model in `folder`; only headers and configuration are read.

        Raises:
            BadSetting: a file of the model is damaged.
        """
        config = read_config(folder, "config.json")
        text = {**config, **config.get("text_config", {})}
        shapes = weight_shapes(folder)
        tied = bool(text.get("tie_word_embeddings", config.get("tie_word_embeddings", False)))
        if tied:
            shapes = {name: shape for name, shape in shapes.items() if name != "lm_head.weight"}
        sees = {name for name in shapes if any(part in name for part in _SEEING)}
        hidden = _number(text, ("hidden_size", "n_embd", "d_model"), 1024)
        return cls(
            _numbers(shapes),
            _numbers({name: shape for name, shape in shapes.items() if name not in sees}),
            hidden,
            _number(text, ("intermediate_size", "n_inner", "ffn_dim"), 4 * hidden),
            _number(text, ("num_hidden_layers", "n_layer"), 24),
            _number(text, ("vocab_size",), 32_000),
            tied,
        )


SMOLLM2 = Build(134_515_008, 134_515_008, 576, 1536, 30, 49_152, True)
"""That of the embedded model, which may not have been unpacked yet."""


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that influence takes at most, by purpose.

    Attributes:
        weights, direction: held throughout.
        finding, checking, scoring: what each phase takes beside them.
    """

    weights: int
    direction: int
    finding: int
    checking: int
    scoring: int

    @property
    def passing(self) -> int:
        """What the largest phase takes for activations and gradients on their way."""
        return max(self.finding, self.checking, self.scoring)

    @property
    def least(self) -> int:
        """What is needed however small the batches are."""
        return self.weights + self.direction

    @property
    def total(self) -> int:
        return self.least + self.passing

    def text(self) -> str:
        """Return the estimate as one sentence, without its full stop."""
        return (
            f"Up to about {self.total / _GB:,.1f} GB of memory: {self.weights / _GB:,.1f} weights, "
            f"{self.direction / _GB:,.1f} direction, {self.passing / _GB:,.1f} activations of a "
            "batch and gradients on their way"
        )


def room_for(model: Build, *, tokens: int) -> Room:
    """Return what influence takes with a model.

    Args:
        tokens: most in a batch, images included; a sample that is longer is a batch of its own.
    """
    embedding = model.words * model.hidden * _FLOAT
    # As measured: what autograd keeps of norms, attention and the feed-forward part.
    layer = (14 * model.hidden + 15 * model.inner // 2) * _FLOAT
    kept = _LIBRARIES + tokens * layer * model.layers
    gradients = embedding * (_TIED_GRADIENTS if model.tied else 1)
    rows = min(tokens, HEAD_ROWS) * model.words * _FLOAT
    finding = kept + gradients + _LOGITS * rows
    checking = kept + gradients + _LOGITS * tokens * model.words * _FLOAT
    shifted = max(2 * SLICE, model.hidden * model.inner) * _FLOAT
    scoring = _LIBRARIES + tokens * layer + 2 * rows + shifted
    return Room(model.numbers * _FLOAT, model.language * _FLOAT, finding, checking, scoring)


def _numbers(shapes: Mapping[str, Shape]) -> int:
    return sum(map(prod, shapes.values()))


def _number(config: Mapping[str, Any], names: tuple[str, ...], otherwise: int) -> int:
    found = next((config[name] for name in names if config.get(name)), otherwise)
    return found if isinstance(found, int) and found > 0 else otherwise
