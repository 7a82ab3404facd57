"""What a written answer says about options: a label, a text, a number, or several of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from diq_core.data.formats.options import NAMED
from diq_core.data.sample import Option
from diq_core.data.text import normal_words

How = Literal["text", "label", "led", "several", "number", "both", "none"]
"""text: the text of one option · label: its label alone · led: its label, then something else ·
several: more than one option · number: a number that is no label · both: the label of one option
and the text of another · none: nothing of these."""

_NUMBER = re.compile(r"[+-]?\d{1,6}(\.0+)?")
_OUTER = " \t\r\n.,:;()[]{}（）【】。、：*\"'`"
_AND = re.compile(r"\s*(?:[,;/|&+，、；\n]|\band\b|\bund\b|\bet\b|和|및|と)\s*", re.IGNORECASE)
_BOTH = re.compile(r"^(both|all of|beide|sowohl)\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"^\s*(the|an?)\s+(?=\w)", re.IGNORECASE)
_PIECES = re.compile(r"\s*[;|\n；]\s*")
# After "the answer is" a capital letter is a label, whatever follows; else a sign must follow it.
_LED = re.compile(
    r"(?:\*\*)?(?P<said>(?:the\s+)?(?:correct\s+|right\s+|best\s+|final\s+)?"
    r"(?:answer|option|choice|antwort|réponse|respuesta|答案|选项)\s*(?:is|ist|est|es|是|为|[:：])\s*)?"
    r"(?:option\s+|choice\s+)?[(\[（]?"
    r"(?P<label>(?(said)(?-i:[A-Z])\b|\w{1,3}(?=[)\]）.:、．：]|\s*$|\s+[-–—]\s)))"
    r"[)\]）]?[.:、．：]?(?:\*\*)?(?:\s+[-–—]\s)?\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says.

    Attributes:
        how: see `How`.
        options: those that are meant, in the order of the question.
        rest: what stands after the label, where it leads.
    """

    how: How
    options: tuple[Option, ...] = ()
    rest: str = ""


def read_said(answer: str, options: Sequence[Option]) -> Said:
    """Return what an answer says about the options; upper and lower case count alike."""
    by_text = with_text(answer, options)
    by_label = with_label(answer, options)
    if by_text and by_label and by_label not in by_text:
        return Said("both", (by_label, *by_text))
    if by_label and (not by_text or by_label in by_text):
        return Said("label", (by_label,))
    if len(by_text) == 1:
        return Said("text", by_text)
    if by_text:
        return Said("both", by_text)
    if number_in(answer) is not None:
        return Said("number")
    if several := _several(answer, options):
        return Said("several", several)
    match = _LED.fullmatch(answer.strip())
    led = match and with_label(match["label"], options)
    if match and led:
        return Said("led" if match["rest"] else "label", (led,), match["rest"].strip())
    return Said("none")


def with_text(answer: str, options: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options whose text is the answer: sign by sign, else by its words."""
    exact = tuple(option for option in options if option.text.strip() == answer.strip() != "")
    if exact:
        return exact
    words = _bare_words(answer)
    return tuple(option for option in options if words and _bare_words(option.text) == words)


def _bare_words(text: str) -> list[str]:
    return normal_words(_ARTICLE.sub("", text, count=1))


def with_label(answer: str, options: Sequence[Option]) -> Option | None:
    """Return the one option whose bare label the answer is, in brackets or with a point."""
    number, named = number_in(answer), NAMED.fullmatch(answer.strip())
    bare = named[1] if named else answer.strip(_OUTER) if number is None else str(number)
    bare = bare.casefold()
    found = [option for option in options if bare and option.label.casefold() == bare]
    return found[0] if len(found) == 1 else None


def number_in(answer: str) -> int | None:
    """Return the whole number that the answer is, ``2`` or ``2.0``; else None."""
    bare = answer.strip()
    return int(float(bare)) if _NUMBER.fullmatch(bare) else None


def is_letters(answer: str) -> bool:
    """Return whether an answer is a label alone (A to J), or several with signs between them."""
    pieces = _AND.split(answer.strip(_OUTER))
    return all(re.fullmatch(r"[A-Ja-j]", piece.strip(_OUTER)) for piece in pieces)


def lines_of(options: Sequence[Option]) -> str:
    """Return several right options as one answer, a line each."""
    return "\n".join(f"{option.label}. {option.text}" for option in options)


def _several(answer: str, options: Sequence[Option]) -> tuple[Option, ...]:
    labels = {option.label.casefold(): option for option in options}
    bare = _BOTH.sub("", answer.strip(_OUTER), count=1)
    for pieces in (
        _PIECES.split(answer.strip()),
        _AND.split(bare),
        bare.split(),
        list(bare) if {*bare} <= {option.label for option in options} else [],
    ):
        meant = [_meant(piece, options, labels) for piece in pieces]
        if len(meant) > 1 and all(meant):
            chosen = [option for option in options if option in meant]
            return tuple(chosen) if len(chosen) == len(meant) else ()
    return ()


def _meant(piece: str, options: Sequence[Option], labels: dict[str, Option]) -> Option | None:
    """Return the option that a piece names: by its label, its text, or one after the other."""
    if found := labels.get(piece.strip(_OUTER).casefold()):
        return found
    texts = with_text(piece, options)
    if len(texts) == 1:
        return texts[0]
    match = _LED.fullmatch(piece.strip())
    led = labels.get(match["label"].casefold()) if match else None
    return led if match and led and led in with_text(match["rest"], options) else None
