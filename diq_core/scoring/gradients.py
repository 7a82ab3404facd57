"""Per-sample response losses, and the validation direction: the gradient we hope to follow.

The loss of a sample is the mean negative log-likelihood of its response tokens, in nats. The
validation direction is the gradient of the mean of these losses over the validation set.

Source: mean validation gradient as in DIQ [N]; response tokens only, all parameters of the
language backbone, mean over tokens [D]; see docs/method.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal

from diq_core.errors import BadSetting
from diq_core.kernels import fast_linears, full_precision
from diq_core.models import freeze
from diq_core.scoring.batching import BATCH_TOKENS, Batch, batches_of
from diq_core.scoring.output_logits import output_change
from diq_core.scoring.tokens import Tokens

if TYPE_CHECKING:
    from torch import Tensor, nn

Which = Literal["all", "linear"]
HEAD_ROWS = 512


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


def scored_parameters(model: nn.Module, which: Which = "all") -> dict[str, nn.Parameter]:
    """Return the parameters that influence is measured on; tied weights occur once.

    Args:
        which: "all" (norm gains and embeddings too: leaving them out changes the ranking), or
            "linear" = weights of the linear layers inside the blocks.
    """
    import torch

    everything = dict(model.named_parameters())
    if which == "all":
        return everything
    head: Any = getattr(model, "get_output_embeddings", lambda: None)()
    names = {
        f"{name}.weight"
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear) and layer is not head
    }
    return {name: value for name, value in everything.items() if name in names}


@contextmanager
def with_gradients(parameters: Mapping[str, nn.Parameter]) -> Iterator[None]:
    """Let autograd see `parameters` inside the block; afterwards they are frozen and clean."""
    for value in parameters.values():
        value.requires_grad_(True)
        value.grad = None
    try:
        yield
    finally:
        for value in parameters.values():
            value.requires_grad_(False)
            value.grad = None


def token_losses(model: Any, batch: Batch) -> Tensor:
    """Return the loss of every response token of `batch`, one sample after the other.

    Logits are made for response positions only, a few hundred rows at a time, and forgotten:
    with 49,000 words in the vocabulary they would otherwise be the largest thing in memory.

    Returns:
        float32, shape (sum of response tokens,), in nats.

    Raises:
        BadSetting: see `output_change`.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    device = next(model.parameters()).device
    ids = torch.from_numpy(batch.input_ids).to(device)
    hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state
    spans = list(zip(batch.starts.tolist(), batch.lengths.tolist(), strict=True))
    states = torch.cat([hidden[row, a - 1 : b - 1] for row, (a, b) in enumerate(spans)])
    wanted = torch.cat([ids[row, a:b] for row, (a, b) in enumerate(spans)])
    head, change = model.get_output_embeddings(), output_change(model)

    def loss(rows: Tensor, targets: Tensor) -> Tensor:
        logits = change(head(rows).float())
        return torch.nn.functional.cross_entropy(logits, targets, reduction="none")

    parts = zip(states.split(HEAD_ROWS), wanted.split(HEAD_ROWS), strict=True)
    if torch.is_grad_enabled():
        return torch.cat([checkpoint(loss, *part, use_reentrant=False) for part in parts])
    return torch.cat([loss(*part) for part in parts])


def sample_losses(losses: Tensor, batch: Batch) -> Tensor:
    """Return the mean of `losses` over each sample's response: float64, shape (samples,)."""
    import torch

    counts = (batch.lengths - batch.starts).tolist()
    return torch.stack([each.double().mean() for each in losses.split(counts)])


def validation_direction(
    model: Any,
    tokens: Sequence[Tokens],
    *,
    which: Which = "all",
    batch_tokens: int = BATCH_TOKENS,
    progress: Callable[[int], None] | None = None,
) -> Direction:
    """Return the gradient of the mean loss of `tokens`; the model is frozen again afterwards.

    Args:
        tokens: the validation set; call once per task for one direction each, and
            `mean_direction` for all together.
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
    with full_precision(), fast_linears(model), with_gradients(parameters):
        for batch in batches_of(tokens, batch_tokens=batch_tokens):
            loss = sample_losses(token_losses(model, batch), batch).sum() / len(tokens)
            loss.backward()
            total += float(loss.detach())
            if progress:
                progress(len(batch.ids))
        gradient = {
            name: value.grad for name, value in parameters.items() if value.grad is not None
        }
    return _direction(gradient, total, len(tokens), which)


def mean_direction(directions: Sequence[Direction]) -> Direction:
    """Return the direction of all validation sets together: their mean, weighted by samples."""
    count = sum(each.samples for each in directions)
    share = [each.samples / count for each in directions]
    names = directions[0].gradient.keys()
    gradient = {
        name: sum(part * each.gradient[name] for part, each in zip(share, directions, strict=True))
        for name in names
    }
    loss = sum(part * each.loss for part, each in zip(share, directions, strict=True))
    return _direction(gradient, loss, count, directions[0].which)


def _direction(gradient: Mapping[str, Any], loss: float, samples: int, which: Which) -> Direction:
    norm = sqrt(sum(float(value.double().square().sum()) for value in gradient.values()))
    if not 0.0 < norm < float("inf"):
        raise BadSetting(
            f"The validation gradient has length {norm}, so it points nowhere",
            which="validation set",
            todo="check that the model and the validation answers are sound",
        )
    return Direction(gradient, norm, loss, samples, which)
