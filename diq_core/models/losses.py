"""The losses of samples: mean negative log-likelihood of the response tokens, in nats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from diq_core.models.batching import Batch
from diq_core.models.output_logits import output_change

if TYPE_CHECKING:
    from torch import Tensor, nn

HEAD_ROWS = 512


@contextmanager
def with_gradients(parameters: Mapping[str, nn.Parameter]) -> Iterator[None]:
    """Let autograd see `parameters` inside the block; afterwards they are frozen and clean."""
    for value in parameters.values():
        value.requires_grad_(True)
        value.grad = None
    try:
        yield
    finally:
        for value in parameters.values():
            value.requires_grad_(False)
            value.grad = None


def token_losses(model: Any, batch: Batch) -> Tensor:
    """Return the loss of every response token of `batch`, one sample after the other.

    Logits are made for response positions only, a few hundred rows at a time, and forgotten:
    with 49,000 words in the vocabulary they would otherwise be the largest thing in memory.

    Returns:
        float32, shape (sum of response tokens,), in nats.

    Raises:
        BadSetting: see `output_change`.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    device = next(model.parameters()).device
    inputs = batch.inputs(device)
    hidden = model.base_model(**inputs, use_cache=False).last_hidden_state
    spans = list(zip(batch.starts.tolist(), batch.lengths.tolist(), strict=True))
    states = torch.cat([hidden[row, a - 1 : b - 1] for row, (a, b) in enumerate(spans)])
    ids = inputs["input_ids"]
    wanted = torch.cat([ids[row, a:b] for row, (a, b) in enumerate(spans)])
    head, change = model.get_output_embeddings(), output_change(model)

    def loss(rows: Tensor, targets: Tensor) -> Tensor:
        logits = change(head(rows).float())
        return torch.nn.functional.cross_entropy(logits, targets, reduction="none")

    parts = zip(states.split(HEAD_ROWS), wanted.split(HEAD_ROWS), strict=True)
    if torch.is_grad_enabled():
        return torch.cat([checkpoint(loss, *part, use_reentrant=False) for part in parts])
    return torch.cat([loss(*part) for part in parts])


def sample_losses(losses: Tensor, batch: Batch) -> Tensor:
    """Return the mean of `losses` over each sample's response: float64, shape (samples,)."""
    import torch

    counts = (batch.lengths - batch.starts).tolist()
    return torch.stack([each.double().mean() for each in losses.split(counts)])
