"""A chain of thought that a message holds beside its text: in a field, a block or a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diq_core.data.formats.parts import Note

FIELDS = (
    "reasoning_content", "reasoning", "thinking", "thought", "thoughts", "reasoning_details",
    "thinking_blocks",
)  # fmt: skip
"""What APIs and trainers call the field, in the order in which they are looked at."""
_KINDS = ("thinking", "reasoning", "thought", "redacted", "reasoning.text", "reasoning.summary")
_TEXTS = ("thinking", "reasoning", "text", "content", "summary", "value")


def thought(message: Mapping[str, Any]) -> str:
    """Return the chain that a message holds beside its text; "" = none."""
    for name in FIELDS:
        if said := _text(message.get(name)):
            return said
    blocks = [piece for piece in _listed(message) if is_thought(piece)]
    return "\n\n".join(said for block in blocks if (said := _of_block(block)))


def is_thought(piece: Any) -> bool:
    """Return whether a part of a message's content is a block of thinking."""
    kind = str(piece.get("type", "")) if isinstance(piece, Mapping) else ""
    return kind.startswith(_KINDS)


def hidden(piece: Mapping[str, Any], field: str) -> list[Note]:
    """Return the note for a block of thinking whose text its maker keeps secret."""
    if _of_block(piece):
        return []
    return [
        Note(
            "thinking-redacted",
            field,
            "A block of thinking holds no text that can be read, and is left out",
            "nothing can be done here: whoever made the file did not give it out",
        )
    ]


def joined_channels(messages: Sequence[Any], content_key: str) -> list[Any]:
    """Return messages with those of an analysis channel laid into the answer that follows.

    gpt-oss writes its thinking as a message of its own: ``channel`` is ``analysis``, then
    ``final``.
    """
    result: list[Any] = []
    waiting: list[str] = []
    for message in messages:
        channel = message.get("channel")
        if channel == "analysis" and isinstance(message.get(content_key), str):
            waiting.append(message[content_key].strip())
            continue
        if waiting and channel == "final" and not thought(message):
            message = {**message, FIELDS[0]: "\n\n".join(waiting)}
            waiting = []
        result.append(message)
    if waiting:
        chain = "\n\n".join(waiting)
        result.append({"role": "assistant", "from": "gpt", content_key: "", FIELDS[0]: chain})
    return result


def _listed(message: Mapping[str, Any]) -> list[Any]:
    for name in ("content", "value"):
        if isinstance(message.get(name), list):
            return list(message[name])
    return []


def _of_block(piece: Mapping[str, Any]) -> str:
    if str(piece.get("type", "")).startswith("redacted"):
        return ""
    return next((said for name in _TEXTS if (said := _text(piece.get(name)))), "")


def _text(value: Any) -> str:
    """Return a text, the texts of a list of texts or blocks, or "" for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return _of_block(value)
    if isinstance(value, list):
        return "\n\n".join(said for inner in value if (said := _text(inner)))
    return ""
