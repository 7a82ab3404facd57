"""Conversations: messages (OpenAI, TRL), ShareGPT, and prompt with completion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diq_core.data.formats.literals import parsed
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
from diq_core.data.formats.turns import image_list, joined, read_turns, settled
from diq_core.data.sample import Turn


def set_conversation(
    parts: Parts, turns: Sequence[Turn], field: str, *, whole: bool = True
) -> None:
    """Divide turns into system, history, question and response.

    Neighbouring turns of one speaker are joined. The last assistant turn is the response, the last
    user turn before it the question, and all before that is history. Between the two may stand
    calls of tools with their results. A conversation in which only the user speaks has no answer.

    Args:
        whole: the turns are all that was said, so that a closing user turn is no question; else
            it is a question whose answer is missing.

    Raises:
        RowProblem: there is no user turn, the conversation ends in a tool's call or result, or
            something else stands between question and response.
    """
    rest = joined(turns, parts, field)
    if rest and rest[0].role == "system":
        parts.system = rest.pop(0).content
    if whole:
        _cut_closing(rest, parts, field)
    response = rest.pop() if rest and rest[-1].role == "assistant" else None
    used = _tool_turns(rest) if response else []
    if not rest or rest[-1].role != "user":
        raise _no_question(rest, response, field)
    parts.question = rest.pop().content
    parts.history, parts.tool_turns = (
        tuple(_without_thinking(turn, parts, field) for turn in settled(turns, parts, field))
        for turns in (rest, used)
    )
    set_response(parts, response.content if response else "", field)


def _tool_turns(rest: list[Turn]) -> list[Turn]:
    """Take off what stands between the last user turn and the response, where it ends in a tool's
    result; a call without its result is no reason for an answer."""
    asked = max((place for place, turn in enumerate(rest) if turn.role == "user"), default=None)
    if asked is None or rest[-1].role != "tool":
        return []
    used = rest[asked + 1 :]
    del rest[asked + 1 :]
    return used


def _cut_closing(rest: list[Turn], parts: Parts, field: str) -> None:
    """Take off what the user says after the last answer, where there is an answer to a question."""
    before = [turn.role for turn in rest[:-1]]
    if not rest or rest[-1].role != "user" or before[-1:] != ["assistant"] or "user" not in before:
        return
    rest.pop()
    parts.notes.append(
        Note(
            "closing-turn",
            field,
            "The conversation ends with the user; that last turn was cut off",
            "nothing to do, unless its answer is missing",
        )
    )


def _no_question(rest: Sequence[Turn], response: Turn | None, field: str) -> RowProblem:
    last = rest[-1].role if rest else ""
    if response is None and last in ("call", "tool"):
        what = "tool call" if last == "call" else "tool's result"
        return RowProblem(
            "wrong-shape",
            field,
            f"The conversation ends in a {what}, so it has no answer",
            "add the answer that follows, or leave the row out",
        )
    if last in ("call", "tool"):
        return RowProblem(
            "wrong-shape",
            field,
            "The answer follows a tool call without the tool's result",
            "add the result as a turn of the role tool, or leave the row out",
        )
    return RowProblem(
        "wrong-shape",
        field,
        "The conversation does not end with a user's turn and an assistant's answer",
        "put the user's question right before the answer",
    )


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
    set_conversation(parts, turns, "prompt", whole=False)
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
