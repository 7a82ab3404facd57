"""A chain of reasoning cut into steps that a person can read one by one.

Source: our own rule; no data set marks its steps.
"""

from __future__ import annotations

import re
from itertools import pairwise

LONG = 420
"""Characters from which a paragraph is cut at its sentences."""

# A blank line, or a line break before something that begins a new thought: a list item, a
# heading, a numbered step.
_BREAK = re.compile(
    r"\n[^\S\n]*\n\s*"
    r"|\n\s*(?=(?:[-*•–]\s|#{1,6}\s|\(?\d{1,3}[.):]\s|(?:step|option|choice)\s+\w{1,3}\b))",
    re.IGNORECASE,
)
# The end of a sentence. The white space belongs to it, so that nothing is lost. The look-behind
# and the possessive repeats keep a megabyte of dots from taking forever.
_SENTENCE = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+\s++(?=[\"'“‘(\[]*[^\W_a-z])"
    r"|(?<![。！？])[。！？]++[”’」』]*+\s*+"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|prof|st|vs|fig|no|nos|e\.g|i\.e|cf|al|approx|etc|inc|vol|sp|spp|pt)"
    r"|\b[A-Z])\.\s+$",
    re.IGNORECASE,
)


def split_steps(text: str) -> list[str]:
    """Return the steps of a chain of reasoning, in order.

    Paragraphs, list items and headings are steps; a paragraph of more than `LONG` characters
    becomes several, each of whole sentences. Every character stays: the steps joined together
    are `text` again. Empty text has no steps.
    """
    steps: list[str] = []
    for paragraph in _cut(text, [found.end() for found in _BREAK.finditer(text)]):
        steps += [paragraph] if len(paragraph) <= LONG else _packed(_sentences(paragraph))
    return _without_blank(steps)


def _cut(text: str, ends: list[int]) -> list[str]:
    edges = [0, *(end for end in ends if 0 < end < len(text)), len(text)]
    return [text[a:b] for a, b in pairwise(edges) if b > a]


def _sentences(paragraph: str) -> list[str]:
    ends = [
        found.end()
        for found in _SENTENCE.finditer(paragraph)
        if not _ABBREVIATION.search(paragraph, max(0, found.end() - 12), found.end())
    ]
    return _cut(paragraph, ends)


def _packed(sentences: list[str]) -> list[str]:
    """Join sentences to steps of about half of `LONG`, so that none is a lone short one."""
    steps: list[str] = []
    for sentence in sentences:
        if steps and len(steps[-1]) < LONG // 2 and len(steps[-1]) + len(sentence) <= LONG:
            steps[-1] += sentence
        else:
            steps.append(sentence)
    return steps


def _without_blank(steps: list[str]) -> list[str]:
    """Give white space that stands alone to the step before it, or to the first one after."""
    kept: list[str] = []
    lead = ""
    for step in steps:
        if step.strip():
            kept.append(lead + step)
            lead = ""
        elif kept:
            kept[-1] += step
        else:
            lead += step
    return kept if kept or not lead else [lead]
