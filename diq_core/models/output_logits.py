"""What a model does to the output of its last layer before it calls it logits.

Losses are made from the last layer directly, a few rows at a time. Most models use its output as
it is; some cap it (Gemma 2 and 3), some scale it (Granite, Cohere). Which one applies is not
guessed from the model's name: each candidate is tried against the model's own logits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from diq_core.errors import BadSetting

if TYPE_CHECKING:
    from torch import Tensor

Change = Callable[["Tensor"], "Tensor"]

_KNOWN: WeakKeyDictionary[Any, Change] = WeakKeyDictionary()
_TOLERANCE = 0.05
"""Largest difference from the model's own logits, as a part of their spread; rounding on a GPU may
reach a hundredth of it."""


def output_change(model: Any) -> Change:
    """Return what turns the output of `model`'s last layer into its logits.

    Asked of each model once, by a forward pass over three tokens.

    Raises:
        BadSetting: the model's logits are none of the known functions of its last layer.
    """
    if model not in _KNOWN:
        _KNOWN[model] = _find(model)
    return _KNOWN[model]


def _find(model: Any) -> Change:
    import torch

    ids = torch.tensor([[0, 1, 0]], device=next(model.parameters()).device)
    with torch.no_grad():
        wanted = model(input_ids=ids, use_cache=False).logits.float()
        hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state
        plain = model.get_output_embeddings()(hidden).float()
    if not wanted.isfinite().all():
        # Whoever uses such a model says so in words of their own.
        return _as_it_is
    gaps = {change: float((change(plain) - wanted).abs().max()) for change in _candidates(model)}
    best = min(gaps, key=gaps.__getitem__)
    if gaps[best] <= _TOLERANCE * float(wanted.std()):
        return best
    raise BadSetting(
        "This model makes its logits from its last layer in a way that is not known here",
        which=str(getattr(model.config, "model_type", type(model).__name__)),
        todo="use another model",
    )


def _candidates(model: Any) -> Iterator[Change]:
    import torch

    config = model.config.get_text_config()
    cap = getattr(config, "final_logit_softcapping", None)
    if cap:
        yield lambda raw: cap * torch.tanh(raw / cap)
    for factor in (getattr(config, "logits_scaling", None), getattr(model, "logit_scale", None)):
        if factor:
            yield _scaled(float(factor))
            yield _scaled(1.0 / float(factor))
    yield _as_it_is


def _scaled(factor: float) -> Change:
    return lambda raw: raw * factor


def _as_it_is(raw: Tensor) -> Tensor:
    return raw
