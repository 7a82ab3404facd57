"""The loss of the right answers: how surprised a model is by what it should have said.

It is the very quantity that influence promises to lower: mean negative log-likelihood of the
response tokens, in nats, under the model's chat template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diq_core.evaluation.questions import Question
from diq_core.models.batching import BATCH_TOKENS, batches_of
from diq_core.models.kernels import fast_linears, full_precision
from diq_core.models.load import CausalModel
from diq_core.models.losses import sample_losses, token_losses
from diq_core.models.sight import Sight
from diq_core.models.tokens import tokenise


@dataclass(frozen=True, slots=True)
class AnswerLoss:
    """The loss of one right answer.

    Attributes:
        loss: mean over its tokens, in nats; None = it could not be measured.
        tokens: how many tokens it has; None likewise.
        reason: why it could not be measured.
    """

    id: str
    loss: float | None
    tokens: int | None = None
    reason: str | None = None


def answer_losses(
    model: CausalModel,
    questions: Sequence[Question],
    *,
    max_tokens: int,
    batch_tokens: int = BATCH_TOKENS,
    sight: Sight | None = None,
) -> list[AnswerLoss]:
    """Return the loss of each question's response text, in the order of `questions`.

    The response is the text that a sample would be trained with: the reasoning, where the file
    gives one, and the right answer.

    Args:
        max_tokens: a longer question with its answer loses its end.
        batch_tokens: padded tokens in one forward pass.
        sight: shows the model the images of questions; None = they are passed over.
    """
    import torch

    asked = [each.sample for each in questions]
    work = tokenise(asked, model.tokenizer, max_tokens=max_tokens, sight=sight)
    found = {each.id: AnswerLoss(each.id, None, reason=each.reason) for each in work.unscored}
    lengths = {each.id: each.response_tokens for each in work.tokens}
    with torch.inference_mode(), full_precision(), fast_linears(model.model):
        for batch in batches_of(work.tokens, batch_tokens=batch_tokens) if work.tokens else ():
            losses = sample_losses(token_losses(model.model, batch), batch).tolist()
            for id, loss in zip(batch.ids, losses, strict=True):
                found[id] = AnswerLoss(id, loss, lengths[id])
    return [found[each.id] for each in questions]
