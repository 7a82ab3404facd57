"""Backward passes in little memory, whose gradients are the same to the last bit.

Each layer keeps what went into it and is computed again when its turn comes (Chen et al. 2016,
arXiv 1604.06174). transformers does so in training mode only; here dropout stays off. And of an
embedding that is also the output layer, only the rows that were read get a second gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


class Backward:
    """Runs backward passes of losses: `backward(loss)` for `loss.backward()`.

    Attributes:
        late: the parameter whose gradient is whole only when a pass is over, and not yet when
            autograd calls its hooks; None = there is none.
    """

    def __init__(self, late: nn.Parameter | None = None) -> None:
        self.late = late
        self._read: list[tuple[Tensor, Tensor]] = []

    def __call__(self, loss: Tensor) -> None:
        if self.late is None:
            loss.backward()
            return
        before, self.late.grad = self.late.grad, None
        loss.backward()
        self._add_rows(self.late)
        if before is not None:
            # As autograd would: this pass is summed before it is added.
            self.late.grad = before.add_(self.late.grad)

    def _add_rows(self, weight: Any) -> None:
        import torch

        for read, states in self._read:
            (rows,) = torch.autograd.grad(read, weight, states.grad)
            tokens, places = rows._indices()[0].unique(return_inverse=True)
            sums = weight.new_zeros(len(tokens), weight.shape[1])
            # Each token's rows first, in their order, since the order decides the last bit.
            sums.index_add_(0, places, rows._values())
            weight.grad.index_add_(0, tokens, sums)
        self._read.clear()

    def cut(self, _embedding: Any, _inputs: Any, read: Tensor) -> Tensor:
        """Let a pass end at what the embedding gave: a hook of its forward pass."""
        if not read.requires_grad:
            return read
        states = read.detach().requires_grad_()
        self._read.append((read, states))
        return states


@contextmanager
def backward_passes(model: Any, *, recompute: bool) -> Iterator[Backward]:
    """Yield what runs backward passes of the losses that `model` gives inside the block.

    Args:
        model: in evaluation mode; what is to have a gradient is set already.
        recompute: take little memory and up to a third more time. Layers of an architecture that
            transformers cannot compute again are held as ever.
    """
    if not recompute:
        yield Backward()
        return
    with ExitStack() as open:
        for layer in _layers(model):
            open.enter_context(_recomputed(layer))
        embedding = model.get_input_embeddings()
        if not _is_tied(embedding, model.get_output_embeddings()):
            yield Backward()
            return
        backward = Backward(embedding.weight)
        open.callback(embedding.register_forward_hook(backward.cut).remove)
        open.callback(setattr, embedding, "sparse", embedding.sparse)
        embedding.sparse = True
        yield backward


def _layers(model: Any) -> list[Any]:
    from transformers.modeling_layers import GradientCheckpointingLayer

    return [each for each in model.modules() if isinstance(each, GradientCheckpointingLayer)]


def _is_tied(embedding: Any, head: Any) -> bool:
    import torch

    return (
        isinstance(embedding, torch.nn.Embedding)
        and embedding.weight.requires_grad
        and getattr(head, "weight", None) is embedding.weight
    )


@contextmanager
def _recomputed(layer: Any) -> Iterator[None]:
    from torch.utils.checkpoint import checkpoint

    compute = layer.forward

    def forward(*inputs: Any, **more: Any) -> Any:
        work = partial(compute, **more)
        return checkpoint(work, *inputs, use_reentrant=False, preserve_rng_state=False)

    layer.forward = forward
    try:
        yield
    finally:
        del layer.forward
