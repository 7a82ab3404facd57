"""An answer that a file gives as the right one, beside the answer that would be learned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from diq_core.data.formats.answers import read_said, with_label
from diq_core.data.formats.judged import words_of
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.names import NAMES, plain_name
from diq_core.data.formats.options import read_options
from diq_core.data.formats.parts import Note, Parts, Row, unread
from diq_core.data.text import normal_words

_GOLD = words_of(
    "gold goldanswer goldenanswer goldidx goldlabel goldoption groundtruth groundtruthanswer "
    "groundtrueanswer groundtruthlabel correctanswer correctoption correctlabel correctchoice "
    "correctidx correctletter rightanswer referenceanswer expectedanswer trueanswer answerkey "
    "standardanswer solutionanswer"
)
_DECIDED = words_of("yes no maybe true false")
_LONGEST = 12
"""A longer gold answer says more than can be looked for in another text."""


def note_gold(parts: Parts, row: Row) -> None:
    """Note where a gold answer in an unused column is another than the answer; show both."""
    if not parts.answer and not parts.answer_label:
        return
    for name, gold in _golds(parts, row):
        if _agrees(gold, parts) is not False:
            continue
        own = f"{parts.answer_label}. {parts.answer}" if parts.answer_label else parts.answer
        parts.notes.append(
            Note(
                "gold-differs",
                name,
                f"The answer is '{_end(own)}'{_named(parts, row)}, but '{name}' says '{gold[:80]}'",
                "find out which of the two is right",
            )
        )


def _golds(parts: Parts, row: Row) -> Iterator[tuple[str, str]]:
    for name, value in unread(parts, row).items():
        gold = _single(parsed(value)) if plain_name(name) in _GOLD else ""
        if gold:
            if parts.used is not None:
                parts.use(name)
            yield name, gold


def _single(value: Any) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def _agrees(gold: str, parts: Parts) -> bool | None:
    """Return whether a gold answer says the same; None = that cannot be told."""
    if parts.options:
        meant = read_said(gold, parts.options)
        right = with_label(parts.answer_label, parts.options)
        if right is not None and meant.how in ("label", "text", "led"):
            return right in meant.options
        return None if right is not None or meant.how == "number" else _same_words(gold, parts)
    return _same_words(gold, parts)


def _same_words(gold: str, parts: Parts) -> bool | None:
    wanted, given = normal_words(gold), normal_words(parts.answer)
    if not wanted or len(wanted) > _LONGEST:
        return None
    if wanted[0] in _DECIDED and given[:1] != [] and given[0] in _DECIDED:
        return wanted[0] == given[0]
    if wanted == given or f" {' '.join(wanted)} " in f" {' '.join(given)} ":
        return True
    if len(gold) < 3 or len(given) < 1:
        return None
    there = set(given)
    telling = [word for word in wanted if len(word) > 3] or wanted
    return sum(word in there for word in telling) > len(telling) / 2


def _named(parts: Parts, row: Row) -> str:
    """Return in words which option of an unused column a free answer names; else nothing."""
    said = f" {' '.join(normal_words(parts.answer))} "
    for column, value in unread(parts, row).items():
        options = read_options(value) if plain_name(column) in NAMES["options"] else ()
        for option in options or ():
            if f" {' '.join(normal_words(option.text))} " in said:
                if parts.used is not None:
                    parts.use(column)
                return f" (option {option.label} of '{column}')"
    return ""


def _end(text: str) -> str:
    """Return the end of a text, where an answer is said."""
    return text if len(text) <= 80 else f"…{text[-79:]}"
