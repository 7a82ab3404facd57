"""How a response is written down: where its reasoning goes, for any chat template.

One style holds for influence, for an export and for a fine-tune, so that what is scored, what is
written and what is learned are the same text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from diq_core.data.sample import (
    Sample,
    Turn,
    answer_text,
    images_shown,
    prompt_messages,
    response_text,
)

Place = Literal["headings", "frame", "field", "tags", "opened"]


@dataclass(frozen=True, slots=True)
class Style:
    """How the reasoning of a response is given to a chat template.

    Attributes:
        place: ``headings`` = ``## Thinking`` and ``## Final Response`` in the text; ``frame`` = as
            the file had it; ``field`` = in a field of the message; ``tags`` = between marks in the
            text; ``opened`` = after a mark that the template itself writes before an answer.
        field: the message's field of reasoning, with the place ``field``.
        opens, closes, ends: marks before the reasoning, before the answer and after it.
        folds_system: the template has no system role: the message leads the first question.
        why: why it is not the model's own place although that was asked for; else "".
    """

    place: Place = "headings"
    field: str = ""
    opens: str = "<think>\n"
    closes: str = "\n</think>\n\n"
    ends: str = ""
    folds_system: bool = False
    why: str = ""

    @property
    def facts(self) -> dict[str, str | bool]:
        """What an artefact says of it."""
        told = {"place": self.place, "field": self.field, "why": self.why}
        found: dict[str, str | bool] = {name: value for name, value in told.items() if value}
        return {**found, **({"system": "folded into the question"} if self.folds_system else {})}


HEADINGS = Style()
KEEP = Style("frame")


def asked(sample: Sample, style: Style = HEADINGS) -> list[dict[str, str]]:
    """Return the messages before the response, as chat templates and TRL expect them."""
    if not (style.folds_system and sample.system):
        return prompt_messages(sample)
    if not sample.history or sample.history[0].role != "user":
        return prompt_messages(
            replace(sample, system="", context=_folded(sample.system, sample.context))
        )
    first, *rest = sample.history
    led = Turn(first.role, _folded(sample.system, first.content))
    return prompt_messages(replace(sample, system="", history=(led, *rest)))


def pictured(
    sample: Sample, prompt: Sequence[Mapping[str, str]], *after: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return messages whose content is a list of parts, its pictures leading each turn.

    Args:
        prompt: those before the response.
        after: those that follow.
    """
    parts: list[dict[str, Any]] = [
        {**message, "content": [{"type": "text", "text": message["content"]}]}
        for message in (*prompt, *after)
    ]
    for message, images in zip(parts, pictures_before(sample, prompt), strict=False):
        message["content"][:0] = [{"type": "image"}] * images
    return parts


def pictures_before(sample: Sample, prompt: Sequence[Mapping[str, str]]) -> list[int]:
    """Return how many pictures each message before the response shows, a system message none."""
    turns = images_shown(sample) + [0] * len(sample.tool_turns)
    return [0] * (len(prompt) - len(turns)) + turns


def answered(sample: Sample, style: Style = HEADINGS) -> dict[str, str]:
    """Return the assistant's message; its chain is in ``style.field`` where that is the place."""
    message = {"role": "assistant", "content": said(sample, style)}
    if style.place == "field":  # also an empty one: loaders fill a missing field with null
        message[style.field] = sample.reasoning
    return message


def said(sample: Sample, style: Style = HEADINGS) -> str:
    """Return the text of the assistant's message, without what stands in a field beside it."""
    if not sample.reasoning or style.place == "field":
        return answer_text(sample)
    if style.place in ("tags", "opened"):
        return in_tags(sample, style)
    if style.place == "frame" and sample.frame:
        before, between, after = sample.frame
        return f"{before}{sample.reasoning}{between}{answer_text(sample)}{after}"
    return response_text(sample)


def in_tags(sample: Sample, style: Style = HEADINGS) -> str:
    """Return the response with its chain between marks in the text, as LLaMA-Factory reads it."""
    if not sample.reasoning:
        return answer_text(sample)
    return f"{style.opens}{sample.reasoning}{style.closes}{answer_text(sample)}{style.ends}"


def message_text(message: Mapping[str, str]) -> str:
    """Return everything that a message says, for a search in it."""
    return "\n".join(value for name, value in message.items() if name != "role")


def _folded(system: str, text: str) -> str:
    return f"{system}\n\n{text}" if text else system
