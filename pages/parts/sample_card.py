"""One sample as a person reads it: question, options, reasoning step by step, answer.

Nothing of a sample is interpreted: no Markdown, no HTML, no address is followed. Characters
that change the direction of text or cannot be seen are written out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from diq_core.data.sample import Option, Sample
from diq_core.data.steps import split_steps
from pages.parts.text import escaped
from pages.parts.viewer import ImageFile, show_images

LONG = 20_000
_MANY = 300
STYLE = Path(__file__).resolve().parent / "sample_card.css"


def sample_card(
    sample: Sample,
    scores_in_words: Sequence[str] = (),
    reason: str = "",
    *,
    images: ImageFile | None = None,
) -> None:
    """Draw a sample.

    Args:
        scores_in_words: one line for each score.
        reason: why it is in a selection or not, beginning with "In" or "Out".
        images: gives the file of an image by its name; without it their names are shown.
    """
    st.html(STYLE)
    st.html(card(card_title(sample) + card_head(sample, scores_in_words, reason)))
    if sample.context or sample.system or sample.history:
        st.html(card_before(sample))
    st.html(card(card_question(sample)))
    show_images(sample, images)
    if sample.tool_turns:
        st.html(card_tools(sample))
    st.html(_response(sample))


def card_title(sample: Sample) -> str:
    return f'<h2 class="diq-id">{one_line(sample.id, 120)}</h2>'


def card_head(sample: Sample, scores: Sequence[str], reason: str) -> str:
    facts = (("", sample.source), ("", sample.subject), ("licence: ", sample.licence))
    chips = "".join(
        f'<span class="diq-chip">{label}{one_line(value, 60)}</span>'
        for label, value in facts
        if value
    )
    parts = [f"<div>{chips}</div>"]
    if reason:
        kind = "in" if reason.startswith("In") else "out"
        parts.append(f'<p class="diq-reason diq-{kind}">{one_line(reason, 600)}</p>')
    if scores:
        lines = "".join(f"<li>{one_line(line, 300)}</li>" for line in scores)
        parts.append(f'<ul class="diq-scores">{lines}</ul>')
    return "".join(parts)


def card_before(sample: Sample) -> str:
    parts = []
    if sample.system:
        parts.append(section("Instruction to the model", text_block(sample.system)))
    for turn in sample.history:
        parts.append(section(f"Earlier: {one_line(turn.role, 40)}", text_block(turn.content)))
    if sample.context:
        parts.append(section("Context", text_block(sample.context)))
    return card("".join(parts))


def card_tools(sample: Sample) -> str:
    """Return what happened between question and answer."""
    names = {"assistant": "Call of a tool", "tool": "The tool's result"}
    return card(
        "".join(
            section(names.get(turn.role, one_line(turn.role, 40)), text_block(turn.content))
            for turn in sample.tool_turns
        )
    )


def card_question(sample: Sample) -> str:
    options = "".join(_option(option, sample.answer_label) for option in sample.options)
    body = f'<div class="diq-asked">{text_block(sample.question)}</div>'
    return section("Question", body + (f"<ul>{options}</ul>" if options else ""))


def _option(option: Option, right: str) -> str:
    is_right = bool(right) and option.label == right
    note = '<span class="diq-right-word">right answer</span>' if is_right else ""
    return (
        f'<li class="diq-option{" diq-right" if is_right else ""}">'
        f"<b>{'✓ ' if is_right else ''}{one_line(option.label, 20)}</b>"
        f"<span>{text_block(option.text)}</span>{note}</li>"
    )


def _response(sample: Sample) -> str:
    steps = split_steps(sample.reasoning[:LONG])
    lines = "".join(f"<li>{text_block(step.strip())}</li>" for step in steps[:_MANY])
    missing = len(sample.reasoning) - sum(map(len, steps[:_MANY]))
    reasoning = f"<ol>{lines}</ol>" if lines else "<p>No reasoning is given.</p>"
    if missing > 0:
        reasoning += f"<p>{missing:,} more characters are not shown.</p>"
    label = f"{one_line(sample.answer_label, 20)}. " if sample.answer_label else ""
    answer = text_block(sample.answer) if sample.answer else "No answer is given."
    title = f"Reasoning in {len(steps)} steps" if len(steps) > 1 else "Reasoning"
    return card(
        section(title, reasoning)
        + section("Answer", f'<div class="diq-answer"><b>{label}</b>{answer}</div>')
        + card_rest(sample)
    )


def card_rest(sample: Sample) -> str:
    """Return where the sample comes from and what else its file said."""
    parts = []
    if sample.file:
        line = f", line {sample.line:,}" if sample.line else ""
        parts.append(f"<p>From {one_line(sample.file, 200)}{line}</p>")
    if sample.meta:
        meta = json.dumps(sample.meta, ensure_ascii=False, indent=1)
        parts.append(text_block(meta))
    if not parts:
        return ""
    return f"<details><summary>Where it comes from</summary>{''.join(parts)}</details>"


def card(body: str) -> str:
    return f'<div class="diq-card">{body}</div>'


def section(title: str, body: str) -> str:
    return f"<section><h3>{title}</h3>{body}</section>"


def text_block(text: str) -> str:
    """Return a block of a sample's text with its line breaks; a giant one is cut and says so."""
    more = len(text) - LONG
    note = f"<p>{more:,} more characters are not shown.</p>" if more > 0 else ""
    return f'<div class="diq-words" dir="auto">{escaped(text[:LONG])}</div>{note}'


def one_line(text: str, limit: int) -> str:
    """Return a short text of a sample for one line."""
    return f"<bdi>{escaped(text if len(text) <= limit else text[: limit - 1] + '…')}</bdi>"
