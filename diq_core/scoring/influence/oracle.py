"""Influence and lengths of gradients the slow and obvious way: one sample at a time, by autograd,
from full logits.

It shares no computation with the engines, so it can judge them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.models.batching import collate
from diq_core.models.load import freeze
from diq_core.models.losses import with_gradients
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence.direction import Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


def naive_influence(
    model: Any, direction: Direction, tokens: Sequence[Tokens]
) -> NDArray[np.float64]:
    """Return the dot product of each sample's own gradient with the validation gradient.

    Returns:
        float64, shape (len(tokens),), in their order; sign and unit as in `influence`.
    """
    result = np.zeros(len(tokens))
    for row, parameters in enumerate(_gradients(model, tokens, direction.gradient.keys())):
        for name, value in parameters.items():
            product = value.double() * direction.gradient[name].double()
            result[row] += float(product.sum())
    return result


def naive_norms(
    model: Any, tokens: Sequence[Tokens], names: Collection[str]
) -> NDArray[np.float64]:
    """Return the Euclidean length of each sample's own gradient with respect to `names`.

    Returns:
        float64, shape (len(tokens),), in their order, in nats per unit of weight.
    """
    result = np.zeros(len(tokens))
    for row, parameters in enumerate(_gradients(model, tokens, names)):
        result[row] = sum(float(value.double().square().sum()) for value in parameters.values())
    return np.sqrt(result)


def _gradients(
    model: Any, tokens: Sequence[Tokens], names: Collection[str]
) -> Iterator[Mapping[str, Tensor]]:
    """Yield the gradient of each sample's loss, by parameter, until the next one is asked for."""
    import torch

    freeze(model)
    parameters = {name: value for name, value in model.named_parameters() if name in names}
    with with_gradients(parameters):
        for sample in tokens:
            inputs = collate([sample]).inputs(model.device)
            logits = model(**inputs, use_cache=False).logits[0].float()
            said, wanted = logits[sample.start - 1 : -1], inputs["input_ids"][0, sample.start :]
            torch.nn.functional.cross_entropy(said, wanted).backward()
            yield {name: value.grad for name, value in parameters.items() if value.grad is not None}
            for value in parameters.values():
                value.grad = None
