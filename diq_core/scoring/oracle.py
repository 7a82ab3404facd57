"""Influence the slow and obvious way: one sample at a time, by autograd, from full logits.

It shares no computation with the engines, so it can judge them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.models import freeze
from diq_core.scoring.gradients import Direction, with_gradients
from diq_core.scoring.tokens import Tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray


def naive_influence(
    model: Any, direction: Direction, tokens: Sequence[Tokens]
) -> NDArray[np.float64]:
    """Return the dot product of each sample's own gradient with the validation gradient.

    Returns:
        float64, shape (len(tokens),), in their order; sign and unit as in `influence`.
    """
    import torch

    freeze(model)
    parameters = {
        name: value for name, value in model.named_parameters() if name in direction.gradient
    }
    result = np.zeros(len(tokens))
    with with_gradients(parameters):
        for row, sample in enumerate(tokens):
            ids = torch.from_numpy(sample.ids.astype(np.int64)).to(model.device)
            logits = model(input_ids=ids[None], use_cache=False).logits[0].float()
            said = logits[sample.start - 1 : -1]
            torch.nn.functional.cross_entropy(said, ids[sample.start :]).backward()
            for name, value in parameters.items():
                if value.grad is not None:
                    product = value.grad.double() * direction.gradient[name].double()
                    result[row] += float(product.sum())
                    value.grad = None
    return result
