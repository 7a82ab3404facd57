"""Conversations: messages (OpenAI, TRL), ShareGPT, and prompt with completion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diq_core.data.formats.literals import parsed
from diq_core.data.formats.own import image_list
from diq_core.data.formats.parts import (
    Format,
    Note,
    Parts,
    Row,
    RowProblem,
    common,
    known_by,
    text,
)
from diq_core.data.formats.thinking import set_response, split_thinking
from diq_core.data.formats.turns import read_turns
from diq_core.data.sample import Turn


def set_conversation(parts: Parts, turns: Sequence[Turn], field: str) -> None:
    """Divide turns into system, history, question and response.

    The last assistant turn is the response, the user turn right before it the question, and all
    before that is history. A conversation that ends with the user has no answer.

    Raises:
        RowProblem: there is no user turn, or something stands between question and response.
    """
    rest = list(turns)
    if rest and rest[0].role == "system":
        parts.system = rest.pop(0).content
    response = rest.pop() if rest and rest[-1].role == "assistant" else None
    if not rest or rest[-1].role != "user":
        raise RowProblem(
            "wrong-shape",
            field,
            "The conversation does not end with a user's turn and an assistant's answer",
            "let user and assistant take turns; merge neighbouring turns of one role",
        )
    parts.question = rest.pop().content
    parts.history = tuple(_without_thinking(turn, parts, field) for turn in rest)
    set_response(parts, response.content if response else "", field)


def _without_thinking(turn: Turn, parts: Parts, field: str) -> Turn:
    """Return an earlier turn as chat templates show it: the thinking before an answer left out."""
    reasoning, answer, closed = split_thinking(turn.content)
    if turn.role != "assistant" or not reasoning or not (closed and answer):
        return turn
    parts.notes.append(
        Note(
            "earlier-thinking",
            field,
            "The thinking before an earlier answer is left out, as chat templates do",
            "nothing to do; cut the conversation after that answer to learn its thinking",
        )
    )
    return Turn(turn.role, answer)


def _list(row: Row, name: str) -> Any:
    return parsed(row.get(name))


def convert_messages(row: Row) -> Parts:
    """Return the parts of a row with ``messages`` of role and content."""
    parts = common(row, ("messages", "image", "images", "system", "subject"))
    turns = read_turns(_list(row, "messages"), "messages", parts)
    set_conversation(parts, turns, "messages")
    parts.images += image_list(row)
    parts.system = parts.system or text(row, "system")
    return parts


def convert_sharegpt(row: Row) -> Parts:
    """Return the parts of a row with ``conversations`` of from and value."""
    parts = common(row, ("conversations", "image", "images", "system", "subject"))
    value = _list(row, "conversations")
    openai = isinstance(value, list) and any(
        isinstance(turn, dict) and "role" in turn for turn in value
    )
    keys = ("role", "content") if openai else ("from", "value")
    turns = read_turns(value, "conversations", parts, role_key=keys[0], content_key=keys[1])
    set_conversation(parts, turns, "conversations")
    parts.images += image_list(row)
    parts.system = parts.system or text(row, "system")
    return parts


def convert_prompt(row: Row) -> Parts:
    """Return the parts of a row with ``prompt`` and ``completion``, texts or messages."""
    parts = common(row, ("prompt", "completion", "image", "images", "subject"))
    turns = _side(row, "prompt", "user", parts) + _side(row, "completion", "assistant", parts)
    set_conversation(parts, turns, "prompt")
    parts.images += image_list(row)
    return parts


def _side(row: Row, name: str, role: str, parts: Parts) -> list[Turn]:
    value = _list(row, name)
    if isinstance(value, list) and value and all(isinstance(turn, dict) for turn in value):
        return read_turns(value, name, parts)
    content = text(row, name)
    return [Turn(role, content)] if content else []


MESSAGES = Format(
    "messages",
    "Messages (OpenAI, TRL)",
    "messages",
    known_by("messages", layout="OpenAI/TRL"),
    convert_messages,
)
SHAREGPT = Format(
    "sharegpt",
    "ShareGPT",
    "conversations",
    known_by("conversations", layout="ShareGPT"),
    convert_sharegpt,
)
PROMPT = Format(
    "prompt-completion",
    "Prompt and completion",
    "prompt, completion",
    known_by("prompt", "completion", layout="TRL's prompt-completion"),
    convert_prompt,
)
FORMATS = (MESSAGES, SHAREGPT, PROMPT)
