"""One sample as one record of a training format.

The text of every record is that of `data.answering`, in one style for all of an export, so what
was scored is what is trained on. Every record carries the sample's `id`; the trainers pass it over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from diq_core.data.answering import (
    HEADINGS,
    Style,
    answered,
    asked,
    in_tags,
    pictured,
    pictures_before,
    said,
)
from diq_core.data.sample import Sample, question_text

Record = dict[str, Any]
Message = dict[str, Any]
Render = Callable[[Sample], tuple[str, str]]

IMAGE_FOLDER = "images"
IMAGE_MARK = "<image>"
"""Stands for one picture in the text of ShareGPT and LLaMA-Factory records."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields that all records of one export share: a trainer's loader needs equal columns.

    Attributes:
        format: how the records are written.
        images: whether any sample has a picture.
        system: whether any sample has a system message.
        history: whether any sample has earlier turns.
        style: where the reasoning stands.
        render: sample → prompt and completion as the model's chat template writes them, where no
            message can say it; None = messages can.
    """

    format: str
    images: bool
    system: bool
    history: bool
    style: Style = HEADINGS
    render: Render | None = None


def layout_of(
    samples: Iterable[Sample],
    format: str,
    *,
    style: Style = HEADINGS,
    render: Render | None = None,
) -> Layout:
    """Return the layout in which all `samples` fit."""
    images = system = history = False
    for sample in samples:
        images |= bool(sample.images)
        system |= bool(sample.system)
        history |= bool(sample.history)
    return Layout(format, images, system, history, style, render)


def json_line(record: Record) -> str:
    """Return `record` as one line of JSON that reads back exactly, its newline included."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False)
    # Legal inside JSON, but readers that split text by str.splitlines would cut the record there.
    for character in "\u0085\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text + "\n"


def _messages(sample: Sample, style: Style) -> list[Message]:
    return [*asked(sample, style), answered(sample, style)]


def response_of(sample: Sample, style: Style) -> str:
    """Return a response as one text: what stands in a field of a message is put between tags."""
    return in_tags(sample) if style.place in ("field", "opened") else said(sample, style)


def _paths(sample: Sample) -> list[str]:
    return [f"{IMAGE_FOLDER}/{name}" for name in sample.images]


def _chat(sample: Sample, layout: Layout) -> list[Message]:
    if not layout.images:
        return _messages(sample, layout.style)
    return pictured(sample, asked(sample, layout.style), answered(sample, layout.style))


def _marked(sample: Sample, layout: Layout) -> list[Message]:
    """Return messages in plain text with a mark for each picture before its turn."""
    prompt = asked(sample, layout.style)
    marked = [
        {**message, "content": IMAGE_MARK * images + message["content"]}
        for message, images in zip(prompt, pictures_before(sample, prompt), strict=True)
    ]
    return [*marked, {"role": "assistant", "content": response_of(sample, layout.style)}]


def _image_field(sample: Sample, layout: Layout) -> Record:
    return {"images": _paths(sample)} if layout.images else {}


def trl_record(sample: Sample, layout: Layout) -> Record:
    return {
        "id": sample.id,
        "messages": _chat(sample, layout),
        **_image_field(sample, layout),
    }


def prompt_completion_record(sample: Sample, layout: Layout) -> Record:
    if layout.render:
        prompted, completed = layout.render(sample)
        return {"id": sample.id, "prompt": prompted, "completion": completed}
    *prompt, completion = _chat(sample, layout)
    return {
        "id": sample.id,
        "prompt": prompt,
        "completion": [completion],
        **_image_field(sample, layout),
    }


def alpaca_record(sample: Sample, layout: Layout) -> Record:
    built: Record = {
        "id": sample.id,
        "instruction": question_text(sample),
        "input": "",
        "output": response_of(sample, layout.style),
    }
    if layout.system:
        built["system"] = sample.system
    if layout.history:
        texts = [turn.content for turn in sample.history]
        built["history"] = [list(pair) for pair in zip(texts[::2], texts[1::2], strict=True)]
    return built


def sharegpt_record(sample: Sample, layout: Layout) -> Record:
    speakers = {"system": "system", "user": "human", "assistant": "gpt"}
    turns = [
        {"from": speakers[message["role"]], "value": message["content"]}
        for message in _marked(sample, layout)
    ]
    return {"id": sample.id, "conversations": turns, **_image_field(sample, layout)}


def llama_factory_record(sample: Sample, layout: Layout) -> Record:
    return {"id": sample.id, "messages": _marked(sample, layout), **_image_field(sample, layout)}


def table_record(sample: Sample, layout: Layout) -> Record:
    origin = {"source": sample.source, "subject": sample.subject, "licence": sample.licence}
    return {**trl_record(sample, layout), **origin}


def csv_record(sample: Sample, layout: Layout) -> Record:
    turns = (*sample.history, *sample.tool_turns)
    history = [{"role": turn.role, "content": turn.content} for turn in turns]
    return {
        "id": sample.id,
        "system": sample.system,
        "history": json.dumps(history, ensure_ascii=False) if history else "",
        "prompt": question_text(sample),
        "response": response_of(sample, layout.style),
        "images": json.dumps(_paths(sample), ensure_ascii=False) if sample.images else "",
        "source": sample.source,
        "subject": sample.subject,
        "licence": sample.licence,
    }
