"""Questions with images put to a model that reads them; the harness can only ask for text.

They are asked through the model's own chat template, one at a time, and answered in writing, each
token the likeliest one.
"""

from __future__ import annotations

from collections.abc import Sequence

from diq_core.evaluation.answers import Answer, not_asked, written_answer
from diq_core.evaluation.questions import Question
from diq_core.models.generating import likeliest_answer
from diq_core.models.kernels import full_precision
from diq_core.models.load import CausalModel
from diq_core.models.sight import Sight
from diq_core.models.tokens import tokenise


def answers_with_images(
    model: CausalModel,
    sight: Sight,
    questions: Sequence[Question],
    *,
    max_tokens: int,
    max_new_tokens: int,
) -> list[Answer]:
    """Return what the model writes to each question, in their order.

    Args:
        sight: shows the model the images.
        max_tokens: of question and answer; a longer question is never cut, and not asked.
    """
    room = min(max_tokens, model.context_length or max_tokens) - max_new_tokens
    found = []
    for question in questions:
        read = tokenise([question.sample], model.tokenizer, max_tokens=max(room, 2), sight=sight)
        if not read.tokens:
            found.append(not_asked(question, read.unscored[0].reason))
            continue
        (tokens,) = read.tokens
        with full_precision():
            text = likeliest_answer(model, tokens, max_new_tokens=max_new_tokens)
        found.append(written_answer(question, text))
    return found
