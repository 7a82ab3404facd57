"""Messages of a conversation: roles, content parts, images."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from diq_core.data.formats.literals import parsed
from diq_core.data.formats.parts import Note, Parts, Row, RowProblem
from diq_core.data.formats.pictures import MARK
from diq_core.data.formats.thoughts import hidden, is_thought, joined_channels, thought
from diq_core.data.sample import Turn

ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "patient": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "model": "assistant",
    "chatgpt": "assistant", "bing": "assistant", "bard": "assistant", "ai": "assistant",
    "doctor": "assistant", "physician": "assistant",
    "tool": "tool", "function": "tool", "observation": "tool", "ipython": "tool",
    "tool_response": "tool", "tool_result": "tool", "function_response": "tool",
    "function_call": "call", "tool_call": "call",
}  # fmt: skip
"""What files call a speaker, in any case; a ``call`` is the assistant's call of a tool."""
_JOINED = ("system", "user", "assistant")
_ROLE_KEYS = ("role", "from", "speaker")
_TEXT_KEYS = ("content", "value", "text", "parts")
_SAID = ("text", "value", "content")
_SHOWN = ("image", "image_url", "path", "url", "image_path", "img", "source", "file", "data")
_TEXT_KINDS = ("", "text", "input_text", "output_text")
_IMAGE_KINDS = ("image", "image_url", "input_image", "image_path", "img", "image_file")


def read_turns(
    value: Any, field: str, parts: Parts, *, role_key: str = "role", content_key: str = "content"
) -> list[Turn]:
    """Return the turns in a list of messages; images among their content go to `parts.images`.

    Where one stood, the text has a mark; `pictures.place_images` takes it out again. A turn that
    only calls a tool has the role ``call``, until `chat.set_conversation` settles it.

    Raises:
        RowProblem: it is not a list of messages, a role is unknown, or a part of a message is not
            understood.
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


def settled(turns: Sequence[Turn], parts: Parts, field: str) -> tuple[Turn, ...]:
    """Return earlier turns as a sample keeps them: calls of tools are the assistant's text.

    Neighbouring turns of one speaker are joined, so that a training file reads back as the same.
    """
    if any(turn.role == "call" for turn in turns):
        parts.notes.append(
            Note(
                "tool-call",
                field,
                "A tool call before the answer is kept as its JSON text",
                "nothing to do; it is never learned, as only the last answer is",
            )
        )
    said = [Turn("assistant", turn.content) if turn.role == "call" else turn for turn in turns]
    return tuple(joined(said, parts, field))


def joined(turns: Sequence[Turn], parts: Parts, field: str) -> list[Turn]:
    """Return turns with neighbours of one speaker as one; several tool results stay several."""
    found: list[Turn] = []
    for turn in turns:
        if found and found[-1].role == turn.role and turn.role in _JOINED:
            texts = (found[-1].content, turn.content)
            found[-1] = Turn(turn.role, "\n\n".join(text for text in texts if text))
        else:
            found.append(turn)
    note = Note(
        "turns-joined",
        field,
        "Neighbouring turns of one speaker were joined, with an empty line between them",
        "nothing to do if they belong together; else give each its own row",
    )
    if len(found) < len(turns) and note not in parts.notes:
        parts.notes.append(note)
    return found


def image_list(row: Row) -> list[object]:
    """Return what the fields ``images`` and ``image`` hold, as a list."""
    found: list[object] = []
    for name in ("images", "image"):
        value = parsed(row.get(name))
        if isinstance(value, list):
            found += [inner for inner in value if inner is not None]
        elif value not in (None, ""):
            found.append(value)
    return found


def _turn(
    turn: Mapping[str, Any], field: str, parts: Parts, role_key: str, content_key: str
) -> Turn:
    named = str(_first(turn, (role_key, *_ROLE_KEYS)) or "").strip().lower()
    if named not in ROLES:
        raise RowProblem(
            "wrong-shape",
            field,
            f"A message has the unknown role '{named[:40]}'",
            "use one of: system, user, assistant, tool",
        )
    role, calls, chain = ROLES[named], _calls(turn), thought(turn)
    keys = (content_key, *_TEXT_KEYS)
    if not calls and not chain and not any(key in turn for key in keys):
        raise _unknown_piece(field, f"A message has no '{content_key}'")
    content = _with_own_images(turn, _content(_first(turn, keys), field, parts), parts)
    if calls:
        return Turn("call", "\n".join(filter(None, (content, *calls))))
    if role == "assistant" and chain:
        content = f"<think>{chain}</think>\n\n{content}"
    return Turn(role, content)


def _first(turn: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((turn[name] for name in names if turn.get(name) is not None), None)


def _calls(turn: Mapping[str, Any]) -> list[str]:
    """Return the calls of tools beside a message's text, each as JSON of its name and arguments."""
    value = parsed(turn.get("tool_calls") or turn.get("function_call") or [])
    calls = value if isinstance(value, list) else [value]
    named = [call.get("function") or call if isinstance(call, Mapping) else call for call in calls]
    return [
        json.dumps({key: call[key] for key in ("name", "arguments") if key in call} or call)
        if isinstance(call, Mapping)
        else str(call)
        for call in named
    ]


def _with_own_images(turn: Mapping[str, Any], content: str, parts: Parts) -> str:
    """Return a message's text with marks for the images that a field of the message holds."""
    own = image_list(turn)
    parts.images += own
    parts.named += len(own)
    missing = max(len(own) - content.count(MARK), 0)
    parts.marks += missing
    return MARK * missing + content


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
            raise _unknown_piece(field, "A message's content has a part without a name")
    return "\n".join(inner for inner in texts if inner).strip()


def _piece(piece: Mapping[str, Any], field: str, parts: Parts) -> str:
    kind = str(piece.get("type") or "")
    said = _first(piece, _SAID)
    said = _first(said, _SAID) if isinstance(said, Mapping) else said
    if kind in _TEXT_KINDS and isinstance(said, str):
        return said
    reference = _first(piece, _SHOWN)
    if kind in _IMAGE_KINDS or (kind == "" and "image" in piece and reference is not None):
        # TRL writes {"type": "image"} and keeps the image in a column of its own.
        if reference is not None:
            parts.images.append(reference)
            parts.named += 1
        parts.marks += 1
        return MARK
    if kind in _TEXT_KINDS and said is None and any(key in piece for key in _SAID):
        return ""
    raise _unknown_piece(field, f"A message's content has a part {_named(piece, kind)}")


def _named(piece: Mapping[str, Any], kind: str) -> str:
    if kind in _TEXT_KINDS:
        fields = ", ".join(map(str, piece))[:80]
        return f"that is neither text nor an image, with the fields {fields}"
    return f"of the type '{kind[:40]}', which is neither text nor an image"


def _unknown_piece(field: str, message: str) -> RowProblem:
    hint = 'write text as "…" or [{"type": "text", "text": "…"}]'
    return RowProblem("wrong-shape", field, message, hint)
