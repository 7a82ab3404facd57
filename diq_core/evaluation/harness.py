"""Questions put to a model through lm-evaluation-harness: its tasks, its requests, its scoring.

Everything is built in memory; nothing is fetched. The only part of the harness that is replaced
is the forward pass: it computes logits for the answers' tokens alone, which saves time and, with
a large vocabulary, most of the memory, and gives the same likelihoods.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.config import Scoring
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.evaluation.answers import Answer, written_answer
from diq_core.evaluation.prompts import Template, choices, prompt_text
from diq_core.evaluation.questions import Question
from diq_core.models.kernels import fast_linears, full_precision
from diq_core.models.load import CausalModel
from diq_core.models.marks import SEPARATOR, Marks

if TYPE_CHECKING:
    from torch import Tensor

STOP = ("\nQuestion:",)
"""Where a model without a chat template is stopped: it would go on to ask the next question."""


class Examiner:
    """Puts questions to one model.

    Args:
        template: see `prompts`.
        max_tokens: a longer prompt loses its beginning.
        max_new_tokens: longest written answer.
        writes: whether written answers will be asked for; only they need room for themselves.
        batch_size: questions in one forward pass.

    Raises:
        BadSetting: the model has no chat template, or no room is left for a written answer.
    """

    def __init__(
        self,
        model: CausalModel,
        *,
        template: Template = "plain",
        max_tokens: int = 2048,
        max_new_tokens: int = 256,
        writes: bool = True,
        batch_size: int = 8,
    ) -> None:
        longest = min(max_tokens, model.context_length or max_tokens)
        if template == "chat" and not model.tokenizer.chat_template:
            raise BadSetting(
                "The model has no chat template",
                which=model.name,
                todo="use the template 'plain'",
            )
        if writes and max_new_tokens >= longest:
            raise BadSetting(
                f"A written answer of {max_new_tokens} tokens leaves no room for the question",
                which=f"{longest} tokens in all",
                todo="allow fewer new tokens",
            )
        self._model = model
        self._marks = Marks(model.tokenizer)
        self._template = template
        self._max_new_tokens = max_new_tokens
        with quiet_harness():
            self._lm = _scorer()(
                pretrained=model.model,
                tokenizer=model.tokenizer,
                max_length=longest,
                batch_size=batch_size,
            )
        self._lm.marks = self._marks

    def answers(self, questions: Sequence[Question], scoring: Scoring) -> list[Answer]:
        """Return the model's answers, in the order of `questions`.

        Control tokens inside a question are read as plain signs: it cannot forge a turn.

        Raises:
            BadSetting: a question holds one, and this model's tokenizer cannot read it so.
        """
        with quiet_harness():
            asked = [replace(each, sample=self._broken(each)) for each in questions]
            task = make_task(asked, scoring, self._template, self._max_new_tokens)
            requests = [self._requests(task, doc, row) for row, doc in enumerate(task.eval_docs)]
            everything = [each for group in requests for each in group]
            ask = self._lm.generate_until if scoring == "generated" else self._lm.loglikelihood
            with full_precision(), fast_linears(self._model.model):
                replies = iter(ask(everything, disable_tqdm=True))
        grouped = [[next(replies) for _ in group] for group in requests]
        read = _written if scoring == "generated" else _likeliest
        return [read(*each, scoring) for each in zip(questions, grouped, strict=True)]

    def _broken(self, question: Question) -> Sample:
        broken = self._marks.broken(question.sample)
        if broken != question.sample and not self._marks.splits:
            raise BadSetting(
                "A question holds a control token, which this model's tokenizer cannot read as "
                "plain signs",
                which=f"question {question.id!a}",
                todo="take the token out of the question's text",
            )
        return broken

    def _requests(self, task: Any, doc: dict[str, Any], row: int) -> list[Any]:
        chat = self._template == "chat"
        template = self._lm.apply_chat_template if chat else None
        context = task.fewshot_context(
            doc, num_fewshot=0, apply_chat_template=chat, chat_template=template
        )
        made = task.construct_requests(
            doc, context, metadata=(task.config.task, row, 1), apply_chat_template=chat
        )
        return made if isinstance(made, list) else [made]


def make_task(
    questions: Sequence[Question],
    scoring: Scoring,
    template: Template = "plain",
    max_new_tokens: int = 256,
) -> Any:
    """Return the questions as a task of lm-evaluation-harness, held in memory."""
    from datasets import Dataset
    from lm_eval.api.task import ConfigurableTask

    rows = [
        {
            "id": each.id,
            "prompt": prompt_text(each.sample, scoring, template),
            "choices": choices(each.sample, scoring),
            "gold": 0 if scoring == "generated" else each.gold,
        }
        for each in questions
    ]
    config: dict[str, Any] = {
        "task": f"diq-{scoring}",
        "custom_dataset": lambda **_: {"test": Dataset.from_list(rows)},
        "test_split": "test",
        "num_fewshot": 0,
        "doc_to_text": lambda doc: doc["prompt"],
        "doc_to_target": lambda doc: doc["gold"],
    }
    if scoring == "generated":
        until = [] if template == "chat" else list(STOP)
        config |= {
            "output_type": "generate_until",
            "generation_kwargs": {
                "until": until,
                "max_gen_toks": max_new_tokens,
                "do_sample": False,
            },
            "metric_list": [{"metric": "bypass"}],
        }
    else:
        mean = {"aggregation": "mean", "higher_is_better": True}
        config |= {
            "output_type": "multiple_choice",
            "doc_to_choice": lambda doc: doc["choices"],
            "metric_list": [{"metric": name, **mean} for name in ("acc", "acc_norm")],
        }
    return ConfigurableTask(config=config)


@contextmanager
def quiet_harness() -> Iterator[None]:
    """Keep the harness's remarks about ordinary things out of the log inside the block."""
    logger = logging.getLogger("lm_eval")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _likeliest(question: Question, replies: list[tuple[float, bool]], scoring: Scoring) -> Answer:
    logliks = np.array([reply[0] for reply in replies])
    gold = question.options[question.gold].label
    values = tuple(logliks.tolist())
    if not np.isfinite(logliks).all():
        reason = "the model's likelihoods are not numbers"
        return Answer(question.id, scoring, gold, None, False, values, reason=reason)
    lengths = np.array([len(each) for each in choices(question.sample, scoring)])
    best = np.argmax(logliks / lengths if scoring == "option" else logliks)
    chosen = question.options[int(best)].label
    return Answer(question.id, scoring, gold, chosen, chosen == gold, values)


def _written(question: Question, replies: list[str], _scoring: Scoring) -> Answer:
    return written_answer(question, replies[0])


@cache
def _scorer() -> Any:
    """Return the harness's model class with a forward pass that makes only the logits it needs."""
    import torch
    from lm_eval.models.huggingface import HFLM
    from lm_eval.models.utils import has_bos_prefix

    class Scorer(HFLM):  # type: ignore[misc, no-any-unimported, unused-ignore]
        marks: Marks

        def tok_encode(
            self, string: str, add_special_tokens: bool | None = None, **further: Any
        ) -> list[int]:
            """Return the tokens of a text; marks that were broken in it stay plain signs."""
            if SEPARATOR not in string:
                ids: list[int] = super().tok_encode(string, add_special_tokens, **further)
                return ids
            if add_special_tokens is None:
                begun = has_bos_prefix(string, self.tokenizer.decode(self.prefix_token_id))
                add_special_tokens = not begun and self.add_bos_token is not False
            return self.marks.encode_broken(string, add_special_tokens=add_special_tokens)

        def tok_batch_encode(
            self, strings: Sequence[str], *args: Any, left_truncate_len: int | None = None,
            **further: Any,
        ) -> tuple[Tensor, Tensor]:  # fmt: skip
            """Return the tokens of texts, padded on the left, and which of them count."""
            if not any(SEPARATOR in each for each in strings):
                given = {"left_truncate_len": left_truncate_len, **further}
                pair: tuple[Tensor, Tensor] = super().tok_batch_encode(strings, *args, **given)
                return pair
            rows = [self.tok_encode(each) for each in strings]
            width = max(map(len, rows))
            grid = torch.full((len(rows), width), self.tokenizer.pad_token_id)
            mask = torch.zeros_like(grid)
            for row, ids in enumerate(rows):
                grid[row, width - len(ids) :] = torch.tensor(ids)
                mask[row, width - len(ids) :] = 1
            first = max(0, width - (left_truncate_len or width))
            return grid[:, first:], mask[:, first:]

        def _loglikelihood_tokens(
            self,
            requests: list[tuple[Any, list[int], list[int]]],
            disable_tqdm: bool = False,  # noqa: ARG002
            override_bs: int | None = None,  # noqa: ARG002
        ) -> list[tuple[float, bool]]:
            # Requests that differ in their last token only share one row: the option letters.
            groups: dict[tuple[int, ...], list[int]] = {}
            for number, (_, context, wanted) in enumerate(requests):
                groups.setdefault(tuple(context + wanted[:-1]), []).append(number)
            ordered = sorted(groups, key=lambda ids: (-len(ids), ids))
            found: list[Any] = [None] * len(requests)
            for start in range(0, len(ordered), self.batch_size):
                batch = ordered[start : start + self.batch_size]
                rows = [list(ids[-self.max_length :]) for ids in batch]
                widths = [max(len(requests[n][2]) for n in groups[ids]) for ids in batch]
                for ids, logits in zip(batch, self._last_logits(rows, widths), strict=True):
                    for number in groups[ids]:
                        found[number] = _loglik(logits, requests[number][2])
            return found

        @torch.no_grad()
        def _last_logits(self, rows: list[list[int]], widths: list[int]) -> list[Tensor]:
            """Return the log-probabilities at the last positions of each row."""
            grid = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
            for row, ids in enumerate(rows):
                grid[row, : len(ids)] = torch.tensor(ids)
            ends = zip(map(len, rows), widths, strict=True)
            spans = [range(max(0, end - width), end) for end, width in ends]
            keep = sorted({place for span in spans for place in span})
            logits = self._logits_at(grid.to(self.device), torch.tensor(keep, device=self.device))
            place = {position: column for column, position in enumerate(keep)}
            return [
                torch.log_softmax(logits[row, [place[each] for each in span]].float(), dim=-1)
                for row, span in enumerate(spans)
            ]

        def _logits_at(self, ids: Tensor, positions: Tensor) -> Tensor:
            if "logits_to_keep" in signature(self.model.forward).parameters:
                return self.model(ids, logits_to_keep=positions, use_cache=False).logits
            return self.model(ids, use_cache=False).logits[:, positions]

    def _loglik(logits: Tensor, wanted: list[int]) -> tuple[float, bool]:
        last = logits[-len(wanted) :]
        tokens = torch.tensor(wanted, device=last.device)
        likely = last.gather(1, tokens.unsqueeze(1)).sum()
        return float(likely), bool((last.argmax(1) == tokens).all())

    return Scorer
