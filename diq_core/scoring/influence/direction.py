"""The validation direction: the gradient of the mean validation loss, which we hope to follow.

Source: mean validation gradient as in DIQ [N]; response tokens only, all parameters of the
language backbone, mean over tokens [D]; see docs/method.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal

from diq_core.errors import BadSetting
from diq_core.models.batching import BATCH_TOKENS, batches_of
from diq_core.models.kernels import fast_linears, full_precision
from diq_core.models.load import freeze
from diq_core.models.losses import sample_losses, token_losses, with_gradients
from diq_core.models.recompute import backward_passes
from diq_core.models.tokens import Tokens
from diq_core.models.vision import language_parameters

if TYPE_CHECKING:
    from torch import Tensor, nn

Which = Literal["all", "linear"]
_PART = 1 << 20
"""Numbers that are turned to float64 at once."""


@dataclass(frozen=True, eq=False)
class Direction:
    """The gradient of the mean validation loss.

    Attributes:
        gradient: parameter name → gradient, in nats per unit of weight; not normalised.
        norm: its Euclidean length.
        loss: mean validation loss, in nats.
        samples: how many samples it is the mean of.
        which: "all" parameters, or only the "linear" layers inside the blocks.
    """

    gradient: Mapping[str, Tensor]
    norm: float
    loss: float
    samples: int
    which: Which = "all"

    def tensors(self) -> dict[str, Tensor]:
        """Return what `safetensors.torch.save_file` takes, on the CPU."""
        return {name: value.cpu().contiguous() for name, value in self.gradient.items()}

    def metadata(self) -> dict[str, str]:
        """Return the rest as text, exact to the last bit."""
        return {
            "norm": repr(self.norm),
            "loss": repr(self.loss),
            "samples": str(self.samples),
            "which": self.which,
        }

    @classmethod
    def restore(cls, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Direction:
        """Return the direction that `tensors` and `metadata` came from."""
        which: Which = "linear" if metadata["which"] == "linear" else "all"
        norm, loss = float(metadata["norm"]), float(metadata["loss"])
        return cls(dict(tensors), norm, loss, int(metadata["samples"]), which)


def inner(left: Tensor, right: Tensor) -> float:
    """Return the inner product of two tensors of one shape, summed in float64.

    A part at a time: the larger copy that float64 takes would be the largest thing in memory.
    """
    parts = zip(left.reshape(-1).split(_PART), right.reshape(-1).split(_PART), strict=True)
    return sum(float((one.double() * other.double()).sum()) for one, other in parts)


def scored_parameters(model: nn.Module, which: Which = "all") -> dict[str, nn.Parameter]:
    """Return the parameters that influence is measured on; tied weights occur once.

    What sees in a model (tower and projector) is never among them.

    Args:
        which: "all" (norm gains and embeddings too: leaving them out changes the ranking), or
            "linear" = weights of the linear layers inside the blocks.
    """
    import torch

    everything = language_parameters(model)
    if which == "all":
        return everything
    head: Any = getattr(model, "get_output_embeddings", lambda: None)()
    names = {
        f"{name}.weight"
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear) and layer is not head
    }
    return {name: value for name, value in everything.items() if name in names}


def validation_direction(
    model: Any,
    tokens: Sequence[Tokens],
    *,
    which: Which = "all",
    batch_tokens: int = BATCH_TOKENS,
    recompute: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Direction:
    """Return the gradient of the mean loss of `tokens`; the model is frozen again afterwards.

    Args:
        tokens: the validation set.
        recompute: see `models.recompute`; the gradient is the same.
        progress: called with the number of samples done in each batch.

    Raises:
        BadSetting: the validation set is empty, or its gradient is zero or not finite.
    """
    if not tokens:
        raise BadSetting(
            "The validation set has no sample that can be scored",
            which="validation set",
            todo="give validation questions with answers that fit into the token limit",
        )
    freeze(model)
    parameters = scored_parameters(model, which)
    total = 0.0
    with (
        full_precision(),
        fast_linears(model),
        with_gradients(parameters),
        backward_passes(model, recompute=recompute) as backward,
    ):
        for batch in batches_of(tokens, batch_tokens=batch_tokens):
            loss = sample_losses(token_losses(model, batch), batch).sum() / len(tokens)
            backward(loss)
            total += float(loss.detach())
            if progress:
                progress(len(batch.ids))
        gradient = {
            name: value.grad for name, value in parameters.items() if value.grad is not None
        }
    return _direction(gradient, total, len(tokens), which)


def _direction(gradient: Mapping[str, Any], loss: float, samples: int, which: Which) -> Direction:
    norm = sqrt(sum(inner(value, value) for value in gradient.values()))
    if not 0.0 < norm < float("inf"):
        raise BadSetting(
            f"The validation gradient has length {norm}, so it points nowhere",
            which="validation set",
            todo="check that the model and the validation answers are sound",
        )
    return Direction(gradient, norm, loss, samples, which)
