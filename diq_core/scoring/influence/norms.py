"""Lengths of per-sample gradients, without making the gradients.

The gradient of a linear layer is Σ_t δ_t a_tᵀ over the tokens of a sample (δ: what comes back to
its output, a: its input), so the square of its length is Σ_{t,t'} (δ_t·δ_t')(a_t·a_t'): two small
matrices of tokens by tokens. The output layer and the embedding, tied or not, have closed forms
of the same kind. What is left (norm gains, biases) is small and is taken from autograd. No weight
is copied, and no gradient as large as the model is ever made.

Source: the identity is used by Goodfellow (2015, arXiv 1510.01799) for linear layers; for tied
embeddings [D]. The slow loop it is checked against is `oracle.naive_norms`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.models.batching import collate
from diq_core.models.kernels import fast_linears, full_precision
from diq_core.models.load import freeze
from diq_core.models.losses import HEAD_ROWS, with_gradients
from diq_core.models.output_logits import output_change
from diq_core.models.tokens import Tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn


def gradient_norms(
    model: Any, tokens: Sequence[Tokens], names: Collection[str]
) -> NDArray[np.float64]:
    """Return the Euclidean length of each sample's own gradient, as `oracle.naive_norms` does.

    Samples go through the model one by one, so a result does not depend on its neighbours.

    Args:
        names: the parameters that count, as in `Direction.gradient`.

    Returns:
        float64, shape (len(tokens),), in nats per unit of weight; at least 0.
    """
    freeze(model)
    parts = _Parts(model, names)
    with full_precision(), fast_linears(model), with_gradients(parts.rest):
        return np.array([sqrt(max(parts.square(each), 0.0)) for each in tokens])


class _Parts:
    """A model's parameters by the way in which their gradients are measured."""

    def __init__(self, model: Any, names: Collection[str]) -> None:
        import torch

        self.model = model
        self.head, self.embedding = model.get_output_embeddings(), model.get_input_embeddings()
        self.change = output_change(model)
        every = dict(model.named_parameters())
        counted = {id(every[name]) for name in names}
        self.counts_head = id(self.head.weight) in counted
        self.counts_embedding = id(self.embedding.weight) in counted
        self.counts_bias = id(getattr(self.head, "bias", None)) in counted
        self.linears = [
            layer
            for layer in model.modules()
            if type(layer) is torch.nn.Linear
            and layer is not self.head
            and id(layer.weight) in counted
        ]
        closed = {id(layer.weight) for layer in (self.head, self.embedding, *self.linears)}
        closed.add(id(getattr(self.head, "bias", None)))
        self.rest: dict[str, nn.Parameter] = {
            name: every[name] for name in names if id(every[name]) not in closed
        }

    def square(self, sample: Tokens) -> float:
        """Return the squared length of the gradient of one sample."""
        import torch

        inputs = collate([sample]).inputs(self.head.weight.device)
        ids = inputs["input_ids"][0]
        read, places = ids.unique(return_inverse=True)
        found: list[Tensor] = []
        with self._watched(found) as embedded:
            hidden = self.model.base_model(**inputs, use_cache=False)
            states = hidden.last_hidden_state[0, sample.start - 1 : -1]
            back, head = self._head(states.detach(), ids[sample.start :], read, found)
            states.backward(back)
        slope = embedded[0].grad[0]
        rows = slope.new_zeros(len(read), slope.shape[1]).index_add_(0, places, slope)
        if self.counts_embedding:
            found.append(_square(rows))
            if self.embedding.weight is self.head.weight:
                found.append(2 * (rows * head).sum(dtype=torch.float64))
        for value in self.rest.values():
            if value.grad is not None:
                found.append(_square(value.grad))
                value.grad = None
        return float(sum(found))

    def _head(
        self, states: Tensor, wanted: Tensor, read: Tensor, found: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return what comes back to `states`, and the rows of the output layer's gradient that
        belong to the tokens in `read`."""
        import torch

        parts = zip(states.split(HEAD_ROWS), wanted.split(HEAD_ROWS), strict=True)
        back, bias = [], 0.0
        whole = torch.zeros_like(self.head.weight) if len(states) > HEAD_ROWS else None
        for rows, targets in parts:
            leaf = rows.detach().requires_grad_()
            raw = self.head(leaf).float()
            losses = torch.nn.functional.cross_entropy(self.change(raw), targets, reduction="sum")
            slope, said = torch.autograd.grad(losses / len(wanted), (leaf, raw))
            back.append(slope)
            bias = bias + said.sum(0)
            if whole is not None:
                whole.addmm_(said.t(), rows)
        if self.counts_head:
            found.append(_outer(said, rows) if whole is None else _square(whole))
        if self.counts_bias:
            found.append(_square(bias))
        head = said[:, read].t() @ rows if whole is None else whole[read]
        return torch.cat(back), head

    @contextmanager
    def _watched(self, found: list[Tensor]) -> Iterator[list[Tensor]]:
        """Collect what every linear layer adds to the square, and yield the embedding's output."""
        embedded: list[Tensor] = []

        def at_embedding(_layer: Any, _inputs: Any, output: Tensor) -> None:
            embedded.append(output.requires_grad_())

        def at_linear(_layer: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            rows = inputs[0].detach().reshape(-1, inputs[0].shape[-1])
            if output.requires_grad:
                output.register_hook(
                    lambda slope: found.append(_outer(slope.reshape(len(rows), -1), rows))
                )

        hooks = [layer.register_forward_hook(at_linear) for layer in self.linears]
        hooks.append(self.embedding.register_forward_hook(at_embedding))
        try:
            yield embedded
        finally:
            for hook in hooks:
                hook.remove()


def _outer(slopes: Tensor, rows: Tensor) -> Tensor:
    """Return the squared length of slopesᵀ·rows, by whichever product is smaller."""
    import torch

    count, wide, narrow = len(rows), slopes.shape[1], rows.shape[1]
    if count * (wide + narrow) > wide * narrow:
        return _square(slopes.t() @ rows)
    return (slopes @ slopes.t()).mul_(rows @ rows.t()).sum(dtype=torch.float64)


def _square(values: Tensor) -> Tensor:
    import torch

    return torch.linalg.vector_norm(values, dtype=torch.float64).square()
