"""Preference pairs: the chosen answer is read, the rejected one kept beside it, never learned."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from diq_core.data.formats.chat import set_conversation
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.names import plain_name
from diq_core.data.formats.parts import (
    Format,
    Note,
    Parts,
    Row,
    common,
    text,
)
from diq_core.data.formats.turns import image_list, read_turns
from diq_core.data.sample import Turn

REJECTED = "rejected"
"""Where `Sample.meta` keeps the answer that lost."""

_CHOSEN, _LOST = (
    tuple(f"{word}{noun}" for noun in ("", "response", "answer", "completion", "output"))
    + tuple(f"{noun}{word}" for noun in ("response", "answer", "completion"))
    for word in ("chosen", "rejected")
)
_CONVERSATIONS = ("conversations", "messages", "prompt")
_ASKED = ("instruction", "input", "question", "query")
_KEPT = ("system", "image", "images", "subject")
_SPEAKER = re.compile(r"(?:^|\n\s*\n)(Human|User|Assistant):[ \t]*")
_SCORES = (("score_chosen", "score_rejected"), ("chosen_score", "rejected_score"),
           ("chosen-rating", "rejected-rating"), ("chosen_rating", "rejected_rating"))  # fmt: skip


def convert_pair(row: Row) -> Parts:
    """Return the parts of a row with ``chosen`` and ``rejected``: texts, a message, or messages.

    The question is in a prompt, a conversation or an instruction, or it begins both sides.
    """
    side, other = _column(row, _CHOSEN), _column(row, _LOST)
    places = [_column(row, (name,)) for name in (*_CONVERSATIONS, *_ASKED)]
    parts = common(row, (*filter(None, (side, other, *places)), *_KEPT))
    asked = _asked(row, parts)
    chosen = _side(row.get(side or ""), "chosen", parts)
    parts.images += image_list(row)
    lost = _side(row.get(other or ""), "rejected", Parts())
    whole = any(turn.role == "user" for turn in chosen)
    system = [turn for turn in asked if turn.role == "system"]
    set_conversation(parts, ([] if whole else asked) + chosen, "chosen", whole=whole)
    parts.system = parts.system or text(row, "system") or "\n".join(t.content for t in system)
    parts.meta[REJECTED] = lost[-1].content if lost else ""
    _check_sides(parts, row, chosen)
    return parts


def _column(columns: Iterable[str], names: Sequence[str]) -> str | None:
    """Return the first column with one of the names, in any case."""
    return next((column for column in columns if plain_name(column) in names), None)


def _asked(row: Row, parts: Parts) -> list[Turn]:
    for name in _CONVERSATIONS:
        column = _column(row, (name,))
        if column and row.get(column):
            return _side(row[column], name, parts, alone="user")
    columns = [_column(row, (name,)) for name in _ASKED]
    pieces = [text(row, column) for column in columns if column]
    question = "\n\n".join(piece for piece in pieces if piece)
    return [Turn("user", question)] if question else []


def _side(value: Any, name: str, parts: Parts, *, alone: str = "assistant") -> list[Turn]:
    """Return the turns in one side of a pair; a text alone is one turn of the role `alone`."""
    value = parsed(value)
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, list) and value and all(isinstance(turn, Mapping) for turn in value):
        keys = ("from", "value") if "from" in value[0] else ("role", "content")
        return read_turns(value, name, parts, role_key=keys[0], content_key=keys[1])
    said = text({name: value}, name)
    spoken = _SPEAKER.split(said)
    if len(spoken) > 2 and not spoken[0].strip():
        roles = ["assistant" if who == "Assistant" else "user" for who in spoken[1::2]]
        return [Turn(r, t.strip()) for r, t in zip(roles, spoken[2::2], strict=True) if t.strip()]
    return [Turn(alone, said)] if said else []


def _check_sides(parts: Parts, row: Row, chosen: list[Turn]) -> None:
    if chosen and chosen[-1].content == parts.meta[REJECTED]:
        message = "The chosen and the rejected answer are the same"
        parts.notes.append(Note("judged-bad", "rejected", message, "correct the pair"))
    for better, worse in _SCORES:
        try:
            wrong = float(row[better]) < float(row[worse])
        except (KeyError, TypeError, ValueError):
            continue
        if wrong:
            message = f"'{better}' is {row[better]}, less than '{worse}', {row[worse]}"
            parts.notes.append(Note("judged-bad", better, message, "correct the pair or scores"))


def _pairs(columns: Collection[str], _rows: Sequence[Row]) -> str | None:
    side, other = _column(columns, _CHOSEN), _column(columns, _LOST)
    if side is None or other is None:
        return None
    return f"columns {side}, {other}: preference pairs, of which the chosen answer is read"


PAIR = Format("preference", "Preference pairs (DPO)", "chosen, rejected", _pairs, convert_pair)
FORMATS = (PAIR,)
