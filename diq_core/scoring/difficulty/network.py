"""The classifier's network: a sentence encoder with low-rank changes, and three linear heads.

A text becomes the mean over its tokens of every layer's output; those means, standardised, give
five logits for each of the three aspects.

Source: three aspects on five levels after DIQ [N]; the encoder and the heads are ours [D].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from diq_core.data.text import mend
from diq_core.models.load import Encoder
from diq_core.scoring.difficulty.rubric import ASPECTS
from diq_core.statistics.levels import LEVELS

if TYPE_CHECKING:
    from torch import Tensor

Weights = dict[str, "Tensor"]

HEAD_SHARE = 0.25
SMALLEST_SPREAD = 1e-3


def token_ids(
    encoder: Encoder, texts: Sequence[str], max_length: int
) -> tuple[list[list[int]], list[bool]]:
    """Return the token ids of each text, and whether the text was too long and lost its middle.

    A vignette asks its question, and lists the options, at the end; so a long text keeps its
    first quarter and its last three quarters of `max_length`.
    """
    if not texts:
        return [], []
    tokenizer = encoder.tokenizer
    clean = [mend(text)[0] for text in texts]
    ids = tokenizer(
        clean, add_special_tokens=False, split_special_tokens=True, verbose=False
    )["input_ids"]  # fmt: skip
    room = max_length - 2
    head = int(room * HEAD_SHARE)
    start, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    cut = [len(each) > room for each in ids]
    kept = [
        each[:head] + each[head - room :] if long else each
        for each, long in zip(ids, cut, strict=True)
    ]
    return [[start, *each, end] for each in kept], cut


def batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Yield rows of similar length whose padded tokens do not exceed `batch_tokens`."""
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: (lengths[row], row)):
        if rows and (len(rows) + 1) * lengths[row] > batch_tokens:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def features(encoder: Encoder, ids: Sequence[Sequence[int]]) -> Tensor:
    """Return the mean over tokens of every layer, shape (len(ids), layers · width)."""
    import torch

    longest = max(map(len, ids))
    tokens = torch.zeros(len(ids), longest, dtype=torch.long)
    mask = torch.zeros(len(ids), longest)
    for row, each in enumerate(ids):
        tokens[row, : len(each)] = torch.tensor(each)
        mask[row, : len(each)] = 1
    tokens, mask = tokens.to(encoder.device), mask.to(encoder.device)
    found = encoder.model(
        input_ids=tokens, attention_mask=mask.long(), output_hidden_states=True
    ).hidden_states
    share = (mask / mask.sum(1, keepdim=True)).unsqueeze(1)
    return torch.cat([torch.bmm(share, layer).squeeze(1) for layer in found[1:]], dim=1)


def logits(head: Mapping[str, Tensor], feature: Tensor, drop: float = 0.0) -> Tensor:
    """Return logits, shape (questions, 3, 5), of the features of `features`.

    Args:
        drop: share of features that is set to zero, in training.
    """
    from torch.nn.functional import dropout, linear

    standard = (feature - head["mean"]) / head["spread"]
    flat = linear(dropout(standard, drop), head["weight"], head["bias"])
    return flat.view(-1, len(ASPECTS), len(LEVELS))


def adapted_layers(encoder: Encoder) -> dict[str, Any]:
    """Return the linear layers inside the encoder's blocks, by name."""
    import torch

    return {
        name: layer
        for name, layer in encoder.model.named_modules()
        if type(layer) is torch.nn.Linear and name.startswith("encoder.")
    }


def new_adapter(encoder: Encoder, rank: int, seed: int) -> Weights:
    """Return ``<layer>.down`` (rank, in) and ``<layer>.up`` (out, rank) that change nothing yet."""
    import torch

    random = torch.Generator().manual_seed(seed)
    adapter: Weights = {}
    for name, layer in adapted_layers(encoder).items():
        down = torch.randn(rank, layer.in_features, generator=random)
        adapter[f"{name}.down"] = down / math.sqrt(layer.in_features)
        adapter[f"{name}.up"] = torch.zeros(layer.out_features, rank)
    return adapter


def new_head(feature: Tensor) -> Weights:
    """Return a head that says "every level is equally likely" and standardises like `feature`.

    Args:
        feature: of the training questions, from the unchanged encoder.
    """
    import torch

    width, out = feature.shape[1], len(ASPECTS) * len(LEVELS)
    return {
        "weight": torch.zeros(out, width),
        "bias": torch.zeros(out),
        "mean": feature.mean(0),
        "spread": feature.std(0).clamp(min=SMALLEST_SPREAD),
    }


@contextmanager
def adapted(encoder: Encoder, adapter: Mapping[str, Tensor], scale: float) -> Iterator[None]:
    """Add ``scale · up · down`` to each layer's map inside the block, without touching weights."""
    layers = adapted_layers(encoder)
    before = {name: vars(layer).get("forward") for name, layer in layers.items()}
    for name, layer in layers.items():
        down, up = adapter[f"{name}.down"], adapter[f"{name}.up"]
        layer.forward = _with_change(layer.forward, down, up, scale)
    try:
        yield
    finally:
        for name, layer in layers.items():
            if before[name] is None:
                del layer.forward
            else:
                layer.forward = before[name]


def merge(encoder: Encoder, adapter: Mapping[str, Tensor], scale: float) -> None:
    """Add ``scale · up · down`` to the encoder's weights for good: prediction costs no more."""
    for name, layer in adapted_layers(encoder).items():
        change = scale * adapter[f"{name}.up"] @ adapter[f"{name}.down"]
        layer.weight.data += change.to(layer.weight)


def _with_change(
    forward: Callable[[Tensor], Tensor], down: Tensor, up: Tensor, scale: float
) -> Callable[[Tensor], Tensor]:
    from torch.nn.functional import linear

    def changed(inputs: Tensor) -> Tensor:
        return forward(inputs) + scale * linear(linear(inputs, down), up)

    return changed
