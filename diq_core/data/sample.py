"""One training item, and the one definition of its prompt and response text.

Influence is measured on, and exports contain, exactly the text built here; so a score always
belongs to the text that is trained on.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

THINKING_HEADING = "## Thinking"
FINAL_HEADING = "## Final Response"


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a conversation: before the question, or between it and its answer."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a multiple-choice question."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One training item. Empty text means "not given"; nothing is ever invented.

    Attributes:
        id: given by the user, or `content_id` of the rest; unique within a dataset.
        question: the question or instruction that is answered.
        answer: the final answer, without the reasoning.
        reasoning: the chain of thought that precedes the answer.
        options: the choices, in their order, when the question is multiple choice.
        answer_label: label of the right option, e.g. ``"B"``.
        context: a passage that the question refers to (an abstract, a vignette).
        system: the system message, when the file gives one.
        history: earlier turns of the conversation, oldest first.
        tool_turns: the calls of tools that follow the question, and their results; the answer comes
            after them, and only it is learned.
        images: paths relative to the dataset's ``images`` folder.
        image_places: for each image the turn that shows it: a position in `history`, their number
            for the question, or one more and on for the options in their order; empty where all
            belong to the question.
        frame: what stood in the file's response before the reasoning, between it and the answer,
            and after the answer, such as ``("<think>", "</think>", "")``; empty where the file
            gave the reasoning apart.
        source: where the item comes from, e.g. ``"medmcqa"``.
        subject: medical specialty or topic, for composition and quotas.
        licence: as the file states it.
        meta: everything else the file said about the item (JSON-able).
        file: name of the file it was read from.
        line: 1-based line or row of that file; 0 when unknown.
    """

    id: str
    question: str
    answer: str = ""
    reasoning: str = ""
    options: tuple[Option, ...] = ()
    answer_label: str = ""
    context: str = ""
    system: str = ""
    history: tuple[Turn, ...] = ()
    tool_turns: tuple[Turn, ...] = ()
    images: tuple[str, ...] = ()
    image_places: tuple[int, ...] = ()
    frame: tuple[str, ...] = ()
    source: str = ""
    subject: str = ""
    licence: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    line: int = 0


def content_id(sample: Sample) -> str:
    """Return an id made of what the sample says: same content, same id, on any machine."""
    parts = asdict(sample)
    for name in ("id", "meta", "file", "line", "frame"):
        del parts[name]
    for name in ("image_places", "tool_turns"):
        if not parts[name]:  # as older versions made ids
            del parts[name]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return "s" + hashlib.sha256(text.encode()).hexdigest()[:16]


def question_text(sample: Sample) -> str:
    """Return context, question and options as one text: what is asked, never the answer."""
    parts = [sample.context, sample.question]
    shown = option_images(sample)
    parts.append(
        "\n".join(
            f"{each.label}. {each.text}{shown.get(each.label, '')}" for each in sample.options
        )
    )
    return "\n\n".join(part for part in parts if part)


def option_images(sample: Sample) -> dict[str, str]:
    """Return the label of each option with images → which of the question's images these are."""
    question = len(sample.history)
    asked = [place for place in sample.image_places if place >= question]
    found: dict[str, str] = {}
    for number, place in enumerate(asked, 1):
        if place > question:
            label = sample.options[place - question - 1].label
            found[label] = f"{found.get(label, '')} [image {number}]".lstrip()
    texts = {option.label: option.text for option in sample.options}
    return {label: f" {said}" if texts[label] else said for label, said in found.items()}


def answer_text(sample: Sample) -> str:
    """Return the final answer, led by its option's label where there is one."""
    if not sample.answer_label:
        return sample.answer
    prefix = f"{sample.answer_label}."
    if not sample.answer:
        return prefix
    return sample.answer if sample.answer.startswith(prefix) else f"{prefix} {sample.answer}"


def response_text(sample: Sample) -> str:
    """Return what a model is trained to say: thinking part (where there is one), then answer.

    Source: the two-part layout is that of HuatuoGPT-o1's training data; see docs/method.md.
    """
    answer = answer_text(sample)
    if not sample.reasoning:
        return answer
    return f"{THINKING_HEADING}\n\n{sample.reasoning}\n\n{FINAL_HEADING}\n\n{answer}"


def images_shown(sample: Sample) -> list[int]:
    """Return how many images each turn of the history shows, and last question and options."""
    shown = [0] * (len(sample.history) + 1)
    for place in sample.image_places or (len(sample.history),) * len(sample.images):
        shown[min(place, len(sample.history))] += 1
    return shown


def prompt_messages(sample: Sample) -> list[dict[str, str]]:
    """Return the messages before the response, as chat templates and TRL expect them."""
    messages = [{"role": "system", "content": sample.system}] if sample.system else []
    messages += [{"role": turn.role, "content": turn.content} for turn in sample.history]
    messages.append({"role": "user", "content": question_text(sample)})
    return [
        *messages,
        *({"role": turn.role, "content": turn.content} for turn in sample.tool_turns),
    ]
