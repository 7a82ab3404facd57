"""Influence and lengths of gradients the slow and obvious way: one sample at a time, by autograd,
from full logits.

It shares no computation with the engines, so it can judge them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.models.batching import collate
from diq_core.models.load import freeze
from diq_core.models.losses import with_gradients
from diq_core.models.recompute import backward_passes
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence.direction import Direction, inner

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn


def naive_influence(
    model: Any, direction: Direction, tokens: Sequence[Tokens], *, recompute: bool = False
) -> NDArray[np.float64]:
    """Return the dot product of each sample's own gradient with the validation gradient.

    Args:
        recompute: see `models.recompute`; the result is the same.

    Returns:
        float64, shape (len(tokens),), in their order; sign and unit as in `influence`.
    """

    def along(name: str, gradient: Tensor) -> float:
        return inner(gradient, direction.gradient[name].to(gradient.device))

    return np.array(_sums(model, tokens, direction.gradient.keys(), along, recompute=recompute))


def naive_norms(
    model: Any, tokens: Sequence[Tokens], names: Collection[str]
) -> NDArray[np.float64]:
    """Return the Euclidean length of each sample's own gradient with respect to `names`.

    Returns:
        float64, shape (len(tokens),), in their order, in nats per unit of weight.
    """

    def square(_name: str, gradient: Tensor) -> float:
        return inner(gradient, gradient)

    return np.sqrt(_sums(model, tokens, names, square))


def _sums(
    model: Any,
    tokens: Sequence[Tokens],
    names: Collection[str],
    term: Callable[[str, Tensor], float],
    *,
    recompute: bool = False,
) -> list[float]:
    """Return for each sample the sum of `term` over the gradients of its loss, by parameter.

    A gradient is forgotten as soon as it has been added: all of them together are as large as the
    model.
    """
    import torch

    freeze(model)
    parameters = {name: value for name, value in model.named_parameters() if name in names}
    found: list[float] = []

    def add(name: str, parameter: nn.Parameter) -> None:
        assert parameter.grad is not None, "autograd has just written it"
        found[-1] += term(name, parameter.grad)
        parameter.grad = None

    with (
        with_gradients(parameters),
        backward_passes(model, recompute=recompute) as backward,
        ExitStack() as hooks,
    ):
        late = [name for name, value in parameters.items() if value is backward.late]
        for name, value in parameters.items():
            if name not in late:
                hook = value.register_post_accumulate_grad_hook(partial(add, name))
                hooks.callback(hook.remove)
        for sample in tokens:
            found.append(0.0)
            inputs = collate([sample]).inputs(model.device)
            logits = model(**inputs, use_cache=False).logits[0].float()
            said, wanted = logits[sample.start - 1 : -1], inputs["input_ids"][0, sample.start :]
            backward(torch.nn.functional.cross_entropy(said, wanted))
            for name in late:
                add(name, parameters[name])
    return found
