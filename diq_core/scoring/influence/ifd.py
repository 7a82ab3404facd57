"""How much the question helps with the response: its loss with the question over without it.

    IFD(z) = loss(response | question) / loss(response)

Both losses are means over the same response tokens, in nats. Range: above 0. Below 1: the
question makes the response likelier; near 1: it hardly helps; above 1: it misleads.

Source: instruction-following difficulty (Li et al., arXiv 2308.12032): ratio of losses, the
opening of the answer kept before the response, as in the authors' code [P]. Superfiltering
(arXiv 2402.00530) divides perplexities instead [P], which puts long and short responses in
another order. What opens an answer is taken from the model's chat template [D].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.errors import BadSetting
from diq_core.models.batching import collate
from diq_core.models.kernels import fast_linears, full_precision
from diq_core.models.load import freeze
from diq_core.models.losses import sample_losses, token_losses
from diq_core.models.tokens import Tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ASKED = [{"role": "user", "content": "?"}]


def answer_opening(tokenizer: Any) -> tuple[int, ...]:
    """Return the tokens that stand before a response when nothing was asked.

    They are what the chat template writes between a question and its answer, after the token
    that begins every text where the template writes one; without a template that token alone.

    Raises:
        BadSetting: the model has neither, so the first token of a lone response has no loss.
    """
    start = tokenizer.bos_token or ""
    opening = _from_template(tokenizer, start) if tokenizer.chat_template else start
    ids = tokenizer(opening, add_special_tokens=False)["input_ids"] if opening else []
    if not ids:
        raise BadSetting(
            "IFD cannot be measured with this model: no token of its own begins an answer",
            which="also ifd",
            todo="leave ifd out, or use a model with a chat template",
        )
    return tuple(ids)


def _from_template(tokenizer: Any, start: str) -> str:
    from jinja2.exceptions import TemplateError

    try:
        asked, opened = (
            tokenizer.apply_chat_template(_ASKED, tokenize=False, add_generation_prompt=ready)
            for ready in (False, True)
        )
    except TemplateError:
        return start
    header = opened[len(asked) :] if opened.startswith(asked) else ""
    if not header:
        return start
    begins = bool(start) and asked.startswith(start) and not header.startswith(start)
    return (start if begins else "") + header


def without_question(sample: Tokens, opening: Sequence[int]) -> Tokens | None:
    """Return the same response tokens after `opening` instead of the prompt.

    Images stay: they are shown without a word, as the chat template shows them. None = it cannot.
    """
    seen = sample.seen and sample.seen.alone()
    if sample.seen is not None and seen is None:
        return None
    prompt = np.array(opening, np.int32) if seen is None else seen.ids
    ids = np.concatenate([prompt, sample.ids[sample.start :]])
    return Tokens(sample.id, ids, len(prompt), sample.cut, seen)


def lone_losses(
    model: Any, tokens: Sequence[Tokens], opening: Sequence[int]
) -> NDArray[np.float64]:
    """Return the mean loss of each response without its question, in nats, in their order.

    NaN where the model's chat template cannot show the images of a sample without a text.

    All go through the model in one batch: give those that shared one with their questions.
    """
    import torch

    freeze(model)
    lone = [without_question(each, opening) for each in tokens]
    found = [each for each in lone if each is not None]
    losses = np.full(len(tokens), np.nan)
    if not found:
        return losses
    batch = collate(found)
    with torch.inference_mode(), full_precision(), fast_linears(model):
        measured = sample_losses(token_losses(model, batch), batch).cpu().numpy()
    losses[[each is not None for each in lone]] = measured
    return losses
