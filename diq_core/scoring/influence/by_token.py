"""Influence of single tokens: the very two forward passes of the engine, not yet averaged.

    influence(z) = Σ_t term_t,   term_t = |∇L_val| · (ℓ_t(θ + εu) − ℓ_t(θ − εu)) / (2ε · n)

ℓ_t is the loss of response token t in nats, n the number of response tokens. Sign, unit and range
are those of influence (see `engine`): where a term is positive, learning to write this token lowers
the validation loss. What no token says, such as a prompt, has no term of its own; its part is in
the terms of what follows it.

Source: our own [D]; see docs/method.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from diq_core.models.batching import Batch
from diq_core.scoring.influence.engine import FiniteDifference

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class TokenTerms:
    """The response tokens of one sample.

    Attributes:
        terms: float64, shape (response tokens,): their sum is the sample's influence.
        losses: float64, same shape, in nats: their mean is the sample's loss.
    """

    id: str
    terms: NDArray[np.float64]
    losses: NDArray[np.float64]


def token_terms(engine: FiniteDifference, batch: Batch) -> list[TokenTerms]:
    """Return the terms of every sample of `batch`, in its order.

    A batch as it stands in the plan gives what it gave when the sample was scored, bit for bit on
    one machine.
    """
    upper, lower = (each.double().cpu().numpy() for each in engine.both_losses(batch))
    counts = batch.lengths - batch.starts
    edges = [0, *np.cumsum(counts).tolist()]
    return [
        TokenTerms(
            id,
            (upper[start:end] - lower[start:end]) * (engine.slope / (end - start)),
            (upper[start:end] + lower[start:end]) / 2,
        )
        for id, (start, end) in zip(batch.ids, pairwise(edges), strict=True)
    ]
