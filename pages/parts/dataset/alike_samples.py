"""Samples that ask the same, side by side with their differing words marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from diq_core.data.sample import Sample, answer_text
from diq_core.stages.choosing import Alike
from pages.parts.dataset.differing import marked
from pages.parts.sample_card import STYLE
from pages.parts.text import escaped, shortened
from pages.parts.viewer import show_images

_BESIDE = 3
_LONG = 8_000


def show_side_by_side(
    found: Alike, scores: Mapping[str, Sequence[str]], images: Callable[[str], Path]
) -> None:
    """Draw the samples of a group; the first is marked against the second, others against it.

    Args:
        scores: id → its scores in words.
        images: gives the file of an image by its name.
    """
    st.html(STYLE)
    samples = found.samples
    for start in range(0, len(samples), _BESIDE):
        part = samples[start : start + _BESIDE]
        for place, (column, sample) in enumerate(
            zip(st.columns(max(2, len(part)), gap="medium"), part, strict=False), start=start
        ):
            with column:
                st.html(_one(found, place, scores.get(sample.id, ())))
                show_images(sample, images, key=f"alike-{place}")


def how_linked(found: Alike) -> list[str]:
    """Return how the samples are linked, a sentence for each link."""
    lines = []
    for match in found.group.matches:
        same = "the very question" if match.kind == "exact" else "nearly the question"
        alike = f" (similarity {match.similarity:.2f})" if match.kind == "near" else ""
        asks = f"{shortened(match.id, 40)} asks {same} of {shortened(match.other, 40)}{alike}"
        told = "and answers otherwise" if match.contradicts else "and answers no otherwise"
        lines.append(f"{asks} {told}.")
    return lines


def _one(found: Alike, place: int, scores: Sequence[str]) -> str:
    sample = found.samples[place]
    other = found.samples[1 if place == 0 else 0]
    stand, is_out = _stand(found, sample.id)
    line = f", line {sample.line:,}" if sample.line else ""
    parts = [
        f'<div class="diq-id">{place + 1} · <bdi>{escaped(shortened(sample.id, 60))}</bdi></div>',
        f'<p class="diq-reason diq-{"out" if is_out else "in"}">{escaped(stand)}</p>',
        _section("Question", _asked(sample), _asked(other)),
        _section("Answer", answer_text(sample), answer_text(other), "diq-answer"),
    ]
    if sample.reasoning:
        inner = _section("", sample.reasoning, other.reasoning)
        parts.append(f"<details><summary>Reasoning</summary>{inner}</details>")
    if scores:
        lines = "".join(f"<li>{escaped(each)}</li>" for each in scores)
        parts.append(f'<ul class="diq-scores">{lines}</ul>')
    parts.append(f"<p>From <bdi>{escaped(shortened(sample.file, 60))}</bdi>{line}</p>")
    return f'<div class="diq-card">{"".join(parts)}</div>'


def _stand(found: Alike, id: str) -> tuple[str, bool]:
    """Return in words where a sample stands, and whether it is out."""
    why, where = found.excluded.get(id, ""), found.stays[id]
    if why and where == "in":
        return "Chosen, and comes in with the next import", True
    if why:
        return f"Left out at import: {why}", True
    return ("In use", False) if where == "in" else ("Left out by the choice below", True)


def _asked(sample: Sample) -> str:
    """Return what is asked with all that counts when two questions are compared."""
    earlier = [turn.content for turn in sample.history]
    options = [f"{option.label}. {option.text}" for option in sample.options]
    return "\n\n".join(filter(None, [*earlier, sample.context, sample.question, *options]))


def _section(title: str, text: str, other: str, kind: str = "") -> str:
    more = len(text) - _LONG
    note = f"<p>{more:,} more characters are not shown.</p>" if more > 0 else ""
    words = marked(text[:_LONG], other[:_LONG]) if text else "Nothing is given."
    heading = f"<h3>{title}</h3>" if title else ""
    body = f'<div class="diq-words {kind}" dir="auto">{words}</div>'
    return f"<section>{heading}{body}{note}</section>"
