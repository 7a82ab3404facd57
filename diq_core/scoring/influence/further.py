"""What can be measured beside influence, on request: cosine and IFD; missing where undefined.

cosine = influence / (|∇L(z)| · |∇L_val|), −1 to 1: influence without the length of the
         sample's own gradient, which is large for short responses
ifd    = see `ifd`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.config import Also
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence.direction import Direction
from diq_core.scoring.influence.engine import BatchScores, relative_error
from diq_core.scoring.influence.ifd import answer_opening, lone_losses
from diq_core.scoring.influence.norms import gradient_norms
from diq_core.scoring.influence.oracle import naive_norms

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_ERROR = 1e-4


@dataclass(frozen=True, eq=False)
class Further:
    """Measures what was asked for, batch by batch, with the model's own weights.

    Attributes:
        also: what is measured, in the order of the columns.
        closed: whether lengths of gradients come from `norms`; else from the slow loop.
        opening: see `ifd.answer_opening`; empty where IFD is not measured.
    """

    also: tuple[Also, ...]
    model: Any
    direction: Direction
    closed: bool = True
    opening: tuple[int, ...] = ()

    def of(self, scores: BatchScores, tokens: Sequence[Tokens]) -> dict[Also, NDArray[np.float64]]:
        """Return a column for each, float64, NaN where it is undefined.

        Args:
            scores: of the batch that `tokens` are, in this order.
        """
        found: dict[Also, NDArray[np.float64]] = {}
        if "cosine" in self.also:
            norms = (gradient_norms if self.closed else naive_norms)(
                self.model, tokens, list(self.direction.gradient)
            )
            found["cosine"] = cosines(scores.influence, norms, self.direction.norm)
        if "ifd" in self.also:
            found["ifd"] = _ratio(scores.loss, lone_losses(self.model, tokens, self.opening))
        return found


def cosines(
    influence: NDArray[np.float64], norms: NDArray[np.float64], norm: float
) -> NDArray[np.float64]:
    """Return influence over both lengths, −1 to 1; NaN where a sample's gradient is zero.

    Influence is measured to about a thousandth, which can reach past the ends; the ends hold.
    """
    found: NDArray[np.float64] = np.clip(_ratio(influence, norms * norm), -1.0, 1.0)
    return found


def norms_error(model: Any, direction: Direction, tokens: Sequence[Tokens]) -> float:
    """Return the relative error of the closed forms against autograd on a few samples.

    Above `LARGEST_ERROR` the model has layers that the closed forms do not describe.
    """
    names = list(direction.gradient)
    exact = naive_norms(model, tokens, names)
    return relative_error(gradient_norms(model, tokens, names), exact)


def opening_for(also: Sequence[Also], tokenizer: Any) -> tuple[int, ...]:
    """Return `ifd.answer_opening` where IFD is asked for, else nothing."""
    return answer_opening(tokenizer) if "ifd" in also else ()


def _ratio(over: NDArray[np.float64], under: NDArray[np.float64]) -> NDArray[np.float64]:
    missing: NDArray[np.float64] = np.full(len(over), np.nan)
    return np.divide(over, under, out=missing, where=under > 0)
