"""The validation loss of a run: that of samples which are never trained on, along the way.

It is the trainer's own loss on the trainer's own batches, so it has the unit and the scale of the
training loss beside it. `Trainer.evaluate` would average the means of batches, in which a token of
a short response counts for more, and would draw random numbers: a run that is watched would end
with other weights than one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from diq_core.config import FinetuneSettings
from diq_core.training.held_out import T
from diq_core.training.pairs import PairTokens

TIMES = 10
"""How often the loss is measured after the start where nothing else is asked for: our decision."""


@dataclass(frozen=True, slots=True)
class Validated:
    """The loss of the samples that are never trained on, after `step` steps; 0 = before the first.

    Attributes:
        loss: mean over their response tokens, in nats; of preference training over the pairs.
    """

    step: int
    loss: float


@dataclass(frozen=True, eq=False)
class Held:
    """What the loss is measured on.

    Attributes:
        rows: a dataset as the trainer reads it.
        weights: of each row: its response tokens, or 1 for a pair.
        batch_size: rows at once.
        every: steps between two measurements.
    """

    rows: Any
    weights: Sequence[int]
    batch_size: int
    every: int

    def is_due(self, step: int, last: int) -> bool:
        """Tell whether the loss is measured after `step` of `last` steps."""
        return step % self.every == 0 or step == last


def held_of(
    items: Sequence[T], rows: Callable[[Sequence[T]], Any], settings: FinetuneSettings, steps: int
) -> Held | None:
    """Return what to measure in a run of so many steps; None = nothing is held out.

    Args:
        rows: makes the dataset that the trainer reads.
    """
    if not items:
        return None
    weights = [1 if isinstance(each, PairTokens) else each.response_tokens for each in items]
    every = settings.eval_steps or max(1, -(-steps // TIMES))
    return Held(rows(items), weights, settings.micro_batch, every)


def measure(trainer: Any, held: Held) -> float:
    """Return the mean loss of `held` under the trainer's model as it is, without dropout.

    The model and every random state are left as they were.
    """
    import torch

    model = trainer.model
    was_training, total = model.training, 0.0
    model.eval()
    try:
        with torch.no_grad():
            for first in range(0, len(held.weights), held.batch_size):
                at = range(first, min(first + held.batch_size, len(held.weights)))
                batch = trainer.data_collator([held.rows[each] for each in at])
                loss = trainer.compute_loss(model, trainer._prepare_inputs(batch))
                total += float(loss) * sum(held.weights[each] for each in at)
    finally:
        model.train(was_training)
    return total / sum(held.weights)
