"""Influence of samples on the validation loss, as a directional derivative of their own loss.

    influence(z) = ∇L(z) · ∇L_val,   L_val = mean loss of the validation set

Sign: positive = a training step on z lowers the validation loss. One step of gradient descent
on z with learning rate η changes the validation loss by −η · influence(z), to first order.
Range: any real number, both signs. Unit: nats² per squared unit of weight (a learning rate has
the unit weight² per nat, so η · influence is in nats).

For a fixed validation gradient this needs no gradient of z at all: it is the slope of L(z) along
that one direction, which two forward passes measure for a whole batch.

Source: the dot product is DIQ's [N]; measuring it as a slope is our own [D]; see docs/method.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from diq_core.errors import BadSetting
from diq_core.models.batching import BATCH_TOKENS, Batch, batches_of, collate
from diq_core.models.features import features_once
from diq_core.models.kernels import fast_linears, full_precision
from diq_core.models.load import freeze
from diq_core.models.losses import sample_losses, token_losses
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence.direction import Direction
from diq_core.scoring.influence.oracle import naive_influence
from diq_core.scoring.influence.shifting import Shift

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

STEP = 2e-3
OTHER_STEPS = (1e-3, 3e-4, 1e-4, 3e-5, 5e-3, 1e-2, 3e-2)
GOOD_ERROR = 1e-3
LARGEST_ERROR = 1e-2


@dataclass(frozen=True, eq=False, slots=True)
class BatchScores:
    """Scores of one batch, in its order.

    Attributes:
        influence: float64, see this module.
        loss: float64, mean loss of the response tokens, in nats.
        response_tokens: int32.
    """

    ids: tuple[str, ...]
    influence: NDArray[np.float64]
    loss: NDArray[np.float64]
    response_tokens: NDArray[np.int32]


class InfluenceEngine(Protocol):
    """What scores batches along one fixed validation direction. The same batch scored twice on
    one machine gives the same bits."""

    name: str

    def score(self, batch: Batch) -> BatchScores:
        """Return influence, loss and number of response tokens of every sample in `batch`."""
        ...


class FiniteDifference:
    """Central finite difference in float32: two forward passes, no backward pass.

    With u the unit vector along the validation gradient,

        influence = |∇L_val| · (L(θ + step·u) − L(θ − step·u)) / (2·step) + O(step²)
        loss      = (L(θ + step·u) + L(θ − step·u)) / 2                   + O(step²)

    Weights are held once and the direction once; the model's own weights are never changed (see
    `shifting`), so the model is bit for bit the same afterwards. Use it in a ``with`` block.

    Args:
        model: a causal language model in float32.
        direction: the validation gradient.
        step: length of the shift in weight space.

    Raises:
        BadSetting: the weights are not float32; a small shift would be lost in rounding.
    """

    name = "finite-difference"

    def __init__(self, model: Any, direction: Direction, *, step: float = STEP) -> None:
        import torch

        if any(value.dtype != torch.float32 for value in model.parameters()):
            raise BadSetting(
                "Finite differences need float32 weights: the step is lost in lower precision",
                which=f"dtype {next(model.parameters()).dtype}",
                todo="load the model in float32",
            )
        self.step = step
        self.linear = "torch"
        self._model = freeze(model)
        self._norm = direction.norm
        self._scale = step / direction.norm
        self._shift = Shift(self._model, direction.gradient, self._smallest)
        self._open = ExitStack()

    def __enter__(self) -> FiniteDifference:
        self._open.enter_context(full_precision())
        self._open.enter_context(features_once(self._model))
        self.linear = self._open.enter_context(fast_linears(self._model))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @contextmanager
    def along(self, direction: Direction) -> Iterator[None]:
        """Measure along another direction inside the block, by a step of the same length."""
        kept = self._norm, self._scale, self._shift
        self._norm, self._scale = direction.norm, self.step / direction.norm
        self._shift = Shift(self._model, direction.gradient, self._smallest)
        try:
            yield
        finally:
            self._norm, self._scale, self._shift = kept

    @property
    def slope(self) -> float:
        """What makes influence of a difference of losses: |∇L_val| over both steps."""
        return self._norm / (2 * self.step)

    def score(self, batch: Batch) -> BatchScores:
        """See `InfluenceEngine.score`."""
        upper, lower = (
            sample_losses(losses, batch).cpu().numpy() for losses in self.both_losses(batch)
        )
        return BatchScores(
            batch.ids,
            (upper - lower) * self.slope,
            (upper + lower) / 2,
            (batch.lengths - batch.starts).astype(np.int32),
        )

    def both_losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return `token_losses` of `batch` a step along the validation gradient, and one back."""
        return self._losses(batch, self._scale), self._losses(batch, -self._scale)

    def _losses(self, batch: Batch, distance: float) -> Tensor:
        import torch

        with torch.no_grad(), self._shift.by(distance):
            return token_losses(self._model, batch)

    def _smallest(self) -> None:
        import torch

        with torch.no_grad():
            token_losses(self._model, collate([Tokens("", np.zeros(2, np.int32), 1)]))


@dataclass(frozen=True, slots=True)
class EngineCheck:
    """What finite differences got wrong on a few samples, against autograd; goes with the scores.

    Attributes:
        step: the step chosen.
        relative_error: sum of |difference to autograd| over sum of |autograd|.
        worst_error: the largest difference, over the mean |autograd|.
        doubled_step: the same ratio between this step and twice it (Richardson): where it is
            small, curvature plays no part.
        samples: ids it was measured on.
    """

    step: float
    relative_error: float
    worst_error: float
    doubled_step: float
    samples: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "samples": list(self.samples)}


def relative_error(estimate: NDArray[np.float64], exact: NDArray[np.float64]) -> float:
    """Return the sum of absolute differences over the sum of absolute exact values."""
    return float(np.abs(estimate - exact).sum() / np.abs(exact).sum())


def check_samples(tokens: Sequence[Tokens], count: int = 4) -> list[Tokens]:
    """Return up to `count` samples for `choose_step`: spread over the shorter half by length."""
    ordered = sorted(tokens, key=lambda item: (len(item.ids), item.id))
    half = ordered[: max(count, (len(ordered) + 1) // 2)]
    picked = {round(i * (len(half) - 1) / max(count - 1, 1)) for i in range(count)} if half else ()
    return [half[i] for i in sorted(picked)]


def choose_step(
    model: Any,
    direction: Direction,
    tokens: Sequence[Tokens],
    *,
    steps: Sequence[float] = (STEP, *OTHER_STEPS),
    batch_tokens: int = BATCH_TOKENS,
    recompute: bool = False,
) -> EngineCheck:
    """Measure finite differences against autograd and return the step to use.

    The first step that is good enough (relative error at most 1e-3) is taken, else the best.

    Args:
        tokens: a few samples, see `check_samples`; at least one.
        recompute: for autograd, see `models.recompute`; the result is the same.

    Raises:
        BadSetting: every step is off by more than 1 %: this engine does not fit the model.
    """
    exact = naive_influence(model, direction, tokens, recompute=recompute)
    best: EngineCheck | None = None
    for step in steps:
        found = _check(model, direction, tokens, exact, step, batch_tokens)
        if best is None or found.relative_error < best.relative_error:
            best = found
        if best.relative_error <= GOOD_ERROR:
            break
    if best is None or not best.relative_error <= LARGEST_ERROR:
        error = "nothing" if best is None else f"{best.relative_error:.1%}"
        raise BadSetting(
            f"Finite differences differ from autograd by {error} on this model",
            which=f"{len(tokens)} samples, steps {', '.join(map(str, steps))}",
            todo="use another model",
        )
    return best


def _check(
    model: Any,
    direction: Direction,
    tokens: Sequence[Tokens],
    exact: NDArray[np.float64],
    step: float,
    batch_tokens: int,
) -> EngineCheck:
    once = score_all(model, direction, tokens, step=step, batch_tokens=batch_tokens)
    twice = score_all(model, direction, tokens, step=2 * step, batch_tokens=batch_tokens)
    return EngineCheck(
        step,
        relative_error(once, exact),
        float(np.abs(once - exact).max() / np.abs(exact).mean()),
        relative_error(twice, once),
        tuple(each.id for each in tokens),
    )


def score_all(
    model: Any,
    direction: Direction,
    tokens: Sequence[Tokens],
    *,
    step: float = STEP,
    batch_tokens: int = BATCH_TOKENS,
) -> NDArray[np.float64]:
    """Return the influence of `tokens` by finite differences, in their order."""
    found: dict[str, float] = {}
    with FiniteDifference(model, direction, step=step) as engine:
        for batch in batches_of(tokens, batch_tokens=batch_tokens):
            scores = engine.score(batch)
            found.update(zip(scores.ids, scores.influence.tolist(), strict=True))
    return np.array([found[each.id] for each in tokens])
