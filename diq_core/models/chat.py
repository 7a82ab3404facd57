"""A sample as its model's own chat template writes it: prompt and response, ready for tokens.

The template may need reasoning in a field, open the thinking itself, know no system role, or
refuse; what it does is found out once, by asking it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import Any

from diq_core.config import Thinking
from diq_core.data.answering import (
    HEADINGS,
    KEEP,
    Style,
    answered,
    asked,
    message_text,
    pictured,
)
from diq_core.data.marks import control_marks
from diq_core.data.sample import Sample
from diq_core.models.marks import SEPARATOR, Marks

NO_TEMPLATE = "the model has no chat template"
NO_PLACE = "the model's chat template has no place for reasoning"
_FIELDS = ("reasoning_content", "thinking", "reasoning")
_ASK, _CHAIN, _ANSWER, _RULE = "Which sign is it?", "Weigh them.", "This one.", "Be very brief."
_OPENED = re.compile(r"(<(think|thinking|thought|reasoning)>\s*|\[(THINK)\]\s*)$", re.IGNORECASE)
_QUESTION = [{"role": "user", "content": _ASK}]


@dataclass(frozen=True, slots=True)
class Written:
    """A sample as text. Marks inside its own texts are broken by `marks.SEPARATOR`.

    Attributes:
        alone: the prompt with its images only; empty = none are shown, or not without a text.
    """

    prompt: str
    response: str
    alone: str = ""

    @property
    def was_broken(self) -> bool:
        return SEPARATOR in self.prompt or SEPARATOR in self.response

    @property
    def plain(self) -> tuple[str, str]:
        """Prompt and response as a person would read them."""
        return self.prompt.replace(SEPARATOR, ""), self.response.replace(SEPARATOR, "")


class Chat:
    """What a tokenizer's chat template makes of samples, with their reasoning where it belongs.

    Args:
        tokenizer: with its chat template, or without one: then messages are paragraphs.
        thinking: where the reasoning is to go.
    """

    def __init__(self, tokenizer: Any, thinking: Thinking = "huatuo") -> None:
        self.tokenizer = tokenizer
        self.marks = Marks(tokenizer)
        self._thinking = thinking
        self._lone: dict[int, str] = {}

    @cached_property
    def style(self) -> Style:
        """Where this template takes the reasoning, and whether it knows a system role."""
        if not self.tokenizer.chat_template:
            why = NO_TEMPLATE if self._thinking == "native" else ""
            return replace(KEEP if self._thinking == "keep" else HEADINGS, why=why)
        found = KEEP if self._thinking == "keep" else HEADINGS
        if self._thinking == "native":
            found = self._by_field() or self._opened() or self._by_tags() or _without_place()
        return replace(found, folds_system=self._folds_system())

    @cached_property
    def first(self) -> str:
        """What the template writes first and the tokenizer itself puts before every text; a
        trainer puts it before a plain prompt, which must not hold it again."""
        put: str = self.tokenizer.decode(self.tokenizer("")["input_ids"])
        return put if self._try(_QUESTION).startswith(put) else ""

    def write(self, sample: Sample, *, images: bool = False) -> Written | str:
        """Return a sample as text, or why it cannot be written, as a clause.

        Args:
            images: the model reads them: the template writes a mark for each.
        """
        from jinja2.exceptions import TemplateError

        images = images and bool(sample.images)
        sample = self.marks.broken(sample)
        message = answered(sample, self.style)
        if not message_text(message).strip():
            return "it has neither reasoning nor an answer, so there is no response to learn"
        if not self.tokenizer.chat_template:
            if images:
                return "the model has no chat template, which would say where its images go"
            return self._as_paragraphs(sample, message)
        try:
            written = self._as_template(sample, message, images)
            if not images or isinstance(written, str):
                return written
            return replace(written, alone=self._alone(len(sample.images)))
        except TemplateError as error:
            return f"the model's chat template refuses the conversation: {error}"

    def _as_paragraphs(self, sample: Sample, message: dict[str, str]) -> Written:
        prompt = "\n\n".join(each["content"] for each in asked(sample, self.style))
        start, end = self.tokenizer.bos_token or "", self.tokenizer.eos_token or ""
        return Written(f"{start}{prompt}\n\n", message["content"] + end)

    def _as_template(self, sample: Sample, message: dict[str, str], images: bool) -> Written | str:
        messages = asked(sample, self.style)
        if images:
            messages = pictured(sample, messages)
        prompt = self._render(messages, ready=True)
        if any(not _holds(prompt, turn.content) for turn in sample.tool_turns):
            return "the model's chat template leaves out what a tool said before the answer"
        lost = next((turn for turn in sample.history if not _holds(prompt, turn.content)), None)
        if lost:
            return f"the model's chat template leaves out what the {lost.role} says before"
        if self.style.place == "opened" and sample.reasoning:
            return self._after_opening(prompt, message)
        whole = self._render([*messages, message], ready=False)
        if whole.startswith(prompt):
            rest = whole[len(prompt) :]
        else:  # the prompt ends in what the template writes only before a missing answer
            body = whole.removesuffix(self._tail)
            at = min(common_length(prompt, body), _begins(body, message, self.style))
            prompt, rest = whole[:at], whole[at:]
        if sample.reasoning and _letters(sample.reasoning) not in _letters(rest):
            return "the model's chat template leaves the reasoning out; use native thinking"
        return Written(prompt, self._until_end_of_turn(rest))

    def _after_opening(self, prompt: str, message: dict[str, str]) -> Written:
        """Return the response in the thinking that the template has opened.

        The template itself would leave the reasoning out. After the result of a tool some open no
        thinking: then the response does, and nothing closes what was never opened. TRL ends a
        plain completion with the end of text where the template writes no end of turn.
        """
        closing = self._end_of_turn or self.tokenizer.eos_token or ""
        opened = self.style.opens if prompt.endswith(self.style.opens) else ""
        return Written(prompt, message["content"].removeprefix(opened) + closing)

    def _until_end_of_turn(self, rest: str) -> str:
        """Return the template's text of a response up to the last token that ends it, included.

        A template that writes none gets none: what is learned ends as the template ends it.
        """
        if not rest.endswith(self._tail):
            return rest.rstrip()
        return rest.removesuffix(self._tail) + self._end_of_turn

    @cached_property
    def _tail(self) -> str:
        """What the template writes after the last answer."""
        text = self._try([*_QUESTION, {"role": "assistant", "content": _ANSWER}])
        return text[text.rfind(_ANSWER) + len(_ANSWER) :] if _ANSWER in text else ""

    @cached_property
    def _end_of_turn(self) -> str:
        return self._tail[: self.marks.last_end(self._tail)]

    def _alone(self, images: int) -> str:
        """Return the prompt that shows so many images and says nothing; empty = it cannot."""
        if images not in self._lone:
            shown = {"role": "user", "content": [{"type": "image"}] * images}
            self._lone[images] = self._try([shown], ready=True)
        return self._lone[images]

    def _render(self, messages: list[dict[str, Any]], *, ready: bool) -> str:
        options = {"add_generation_prompt": True} if ready else {}
        text: str = self.tokenizer.apply_chat_template(messages, tokenize=False, **options)
        return text

    def _try(self, messages: list[dict[str, Any]], *, ready: bool = False) -> str:
        from jinja2.exceptions import TemplateError

        try:
            return self._render(messages, ready=ready)
        except TemplateError:
            return ""

    def _by_field(self) -> Style | None:
        source = str(self.tokenizer.chat_template)
        for field in sorted(_FIELDS, key=lambda name: name not in source):
            message = {"role": "assistant", "content": _ANSWER, field: _CHAIN}
            if _in_order(self._try([*_QUESTION, message])):
                return Style("field", field)
        return None

    def _opened(self) -> Style | None:
        from jinja2.exceptions import TemplateError

        try:
            found = _OPENED.search(self._render(_QUESTION, ready=True))
        except TemplateError:
            return None
        if not found:
            return None
        closes = "[/THINK]" if found[3] else f"\n</{found[2]}>\n\n"
        return Style("opened", opens=found[1], closes=closes)

    def _by_tags(self) -> Style | None:
        source = str(self.tokenizer.chat_template)
        if "<think>" not in source:
            return None
        parts = "<response>" in source
        style = Style("tags", closes="\n</think>\n<response>" if parts else "\n</think>\n\n",
                      ends="</response>" if parts else "")  # fmt: skip
        sample = Sample("probe", _ASK, answer=_ANSWER, reasoning=_CHAIN)
        return style if _in_order(self._try([*_QUESTION, answered(sample, style)])) else None

    def _folds_system(self) -> bool:
        """Return whether the template refuses a system message, or passes over it."""
        text = self._try([{"role": "system", "content": _RULE}, *_QUESTION])
        return _RULE not in text and _ASK in self._try(_QUESTION)


class Rendered(Chat):
    """Samples that a chat template has written already: question and answer are its very texts."""

    def write(self, sample: Sample, *, images: bool = False) -> Written | str:
        """Return the texts as they stand, or why this model cannot learn them, as a clause."""
        del images  # their marks stand in the text already
        known = set(self.marks.ids.values())
        other = [mark for mark in control_marks(sample.question) if mark not in known]
        if other:
            return f"it is written for another model: this one has no control token {other[0]}"
        return Written(self.first + sample.question, sample.answer)


def common_length(first: Sequence[Any], second: Sequence[Any]) -> int:
    """Return how many items two sequences, such as texts or tokens, begin with in common."""
    pairs = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _without_place() -> Style:
    return replace(HEADINGS, why=NO_PLACE)


def _in_order(text: str) -> bool:
    return 0 <= text.find(_CHAIN) < text.rfind(_ANSWER)


def _begins(whole: str, message: dict[str, str], style: Style) -> int:
    """Return where in a rendered conversation the last message begins to say something."""
    first = message.get(style.field) or message["content"]
    at = whole.rfind(first.strip())
    return at if at >= 0 else len(whole)


def _holds(prompt: str, text: str) -> bool:
    """Return whether a template has written a text, as it stands or as JSON."""
    letters = _letters(prompt)
    quoted = json.dumps(text, ensure_ascii=False)[1:-1]
    return _letters(text) in letters or _letters(quoted) in letters


def _letters(text: str) -> str:
    return "".join(text.split())
