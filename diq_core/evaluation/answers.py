"""One answer of a model to one question, and the choice read from a written answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from diq_core.config import Scoring
from diq_core.data.formats.thinking import split_thinking
from diq_core.data.sample import Option
from diq_core.data.text import normal_words

_NAMED = re.compile(
    r"\b(?:answer|choice|option)\b(?:\s+is)?\s*[:=]?\s*\(?\*{0,2}\(?([A-Za-z]|\d{1,2})\b(?!')",
    re.IGNORECASE,
)
_LED = re.compile(r"\s*\*{0,2}\(?([A-Za-z]|\d{1,2})(?:\s*[.):]|\*{0,2}\s*$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered to one question, taken in one way.

    Attributes:
        gold: label of the right option.
        chosen: label of the option it chose; None = it chose none.
        logliks: log-likelihood of each option's continuation in nats; empty for written answers.
        text: what it wrote; None where nothing was written.
        reason: why nothing was chosen; None where something was.
    """

    id: str
    scoring: Scoring
    gold: str
    chosen: str | None
    logliks: tuple[float, ...] = ()
    text: str | None = None
    reason: str | None = None

    @property
    def correct(self) -> bool:
        return self.chosen == self.gold


def read_choice(text: str, options: Sequence[Option]) -> str | None:
    """Return the label of the option that a written answer settles on, or None.

    Looked at is what follows the thinking part, where there is one. What counts are labels that
    are named ("the answer is C") or stand at the beginning ("C. …", "(C)", "C"); where there are
    none, the one option whose text the answer consists of or contains. Where two options fit,
    none is chosen.
    """
    _, final, closed = split_thinking(text)
    if not closed:
        return None
    labels = {option.label.casefold(): option.label for option in options}
    led = _LED.match(final)
    said = {*_NAMED.findall(final), *([led[1]] if led else [])}
    found = {each.casefold() for each in said} & labels.keys()
    if not found:
        return _by_text(final, options)
    return labels[found.pop()] if len(found) == 1 else None


def _by_text(final: str, options: Sequence[Option]) -> str | None:
    said = " ".join(normal_words(final))
    texts = {option.label: " ".join(normal_words(option.text)) for option in options}
    same = [label for label, text in texts.items() if text and text == said]
    if len(same) == 1:
        return same[0]
    inside = {label: text for label, text in texts.items() if text and f" {text} " in f" {said} "}
    # "Acute otitis media" contains "otitis media"; the longer one is meant.
    widest = [
        label
        for label, text in inside.items()
        if not any(text != other and text in other for other in inside.values())
    ]
    return widest[0] if len(widest) == 1 else None
