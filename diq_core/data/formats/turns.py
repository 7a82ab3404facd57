"""Messages of a conversation: roles, content parts, images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diq_core.data.formats.parts import Note, Parts, RowProblem
from diq_core.data.formats.thoughts import hidden, is_thought, joined_channels, thought
from diq_core.data.sample import Turn

ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "model": "assistant",
    "chatgpt": "assistant", "bing": "assistant", "bard": "assistant",
    "tool": "tool", "function": "tool", "observation": "tool",
    "function_call": "assistant", "ipython": "tool",
}  # fmt: skip
_MARK = "<image>"


def read_turns(
    value: Any, field: str, parts: Parts, *, role_key: str = "role", content_key: str = "content"
) -> list[Turn]:
    """Return the turns in a list of messages; images among their content go to `parts.images`.

    Raises:
        RowProblem: it is not a list of messages, or a role is unknown.
    """
    if not isinstance(value, list) or not all(isinstance(turn, Mapping) for turn in value):
        raise RowProblem(
            "wrong-shape",
            field,
            f"Field '{field}' is not a list of messages",
            f'write [{{"{role_key}": "user", "{content_key}": "…"}}, …]',
        )
    messages = joined_channels(value, content_key)
    return [_turn(turn, field, parts, role_key, content_key) for turn in messages]


def _turn(
    turn: Mapping[str, Any], field: str, parts: Parts, role_key: str, content_key: str
) -> Turn:
    named = str(turn.get(role_key, "")).strip().lower()
    if named not in ROLES:
        raise RowProblem(
            "wrong-shape",
            field,
            f"A message has the unknown role '{named[:40]}'",
            f"use one of: {', '.join(sorted(set(ROLES.values())))}",
        )
    content = _content(turn.get(content_key), field, parts)
    if ROLES[named] == "assistant" and (chain := thought(turn)):
        content = f"<think>{chain}</think>\n\n{content}"
    return Turn(ROLES[named], content)


def _content(value: Any, field: str, parts: Parts) -> str:
    if value is None or isinstance(value, (str, int, float)):
        return "" if value is None else str(value).strip()
    if not isinstance(value, list):
        value = [value]
    texts = []
    for piece in value:
        if isinstance(piece, str):
            texts.append(piece)
        elif isinstance(piece, Mapping) and is_thought(piece):
            parts.notes += hidden(piece, field)  # what it says is read with the message
        elif isinstance(piece, Mapping):
            texts.append(_piece(piece, field, parts))
        else:
            raise _unknown_piece(field)
    return "\n".join(inner for inner in texts if inner).strip()


def _piece(piece: Mapping[str, Any], field: str, parts: Parts) -> str:
    kind = str(piece.get("type", ""))
    if isinstance(piece.get("text"), str) and kind in ("text", "input_text", "output_text", ""):
        return str(piece["text"])
    if kind in ("image", "image_url", "input_image"):
        reference = next(
            (piece[key] for key in ("image", "image_url", "path", "url") if piece.get(key)), None
        )
        # TRL writes {"type": "image"} and keeps the image in a column of its own.
        if reference is not None:
            parts.images.append(reference)
        return ""
    if kind == "text":
        return ""
    raise _unknown_piece(field)


def _unknown_piece(field: str) -> RowProblem:
    return RowProblem(
        "wrong-shape",
        field,
        "A message's content has a part that is neither text nor an image",
        'write text as "…" or [{"type": "text", "text": "…"}]',
    )


def take_marks(parts: Parts) -> None:
    """Take ``<image>`` marks out of the texts of a sample that has images, with a note."""
    if not parts.images:
        return
    before = (parts.question, parts.history)
    parts.question = parts.question.replace(_MARK, "").strip()
    parts.history = tuple(
        Turn(turn.role, turn.content.replace(_MARK, "").strip()) for turn in parts.history
    )
    if before != (parts.question, parts.history):
        parts.notes.append(
            Note(
                "image-placeholder",
                "question",
                "The mark <image> was taken out of the text; the images are kept apart",
                "nothing to do; exports put the images where their format wants them",
            )
        )
