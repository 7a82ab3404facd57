"""What a message is made of: a text, or parts that are texts and pictures.

A picture leaves as a part of the request itself, redrawn from its pixels; no address of a picture
is ever sent, since whoever reads it would fetch what lies there.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from diq_core.data.redrawing import as_seen

Part = Mapping[str, Any]
Message = Mapping[str, str | Sequence[Part]]
Messages = Sequence[Message]

_OWN = "data:image/png;base64,"


def with_pictures(messages: Messages, pictures: Sequence[Part]) -> list[Message]:
    """Return messages whose last one shows `pictures` after its text; none = as they are."""
    *before, last = messages
    if not pictures:
        return [*before, last]
    text = {"type": "text", "text": last["content"]}
    return [*before, {**last, "content": [text, *pictures]}]


def image_part(data: bytes) -> Part:
    """Return a part that shows an image, drawn anew: its pixels, and nothing else of its file.

    Raises:
        Unreadable: it cannot be decoded.
    """
    file = io.BytesIO()
    as_seen(data).save(file, "PNG", compress_level=6, optimize=False)
    url = _OWN + base64.b64encode(file.getvalue()).decode("ascii")
    return {"type": "image_url", "image_url": {"url": url}}


def texts_of(message: Message) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of everything a message says in words."""
    for name, value in message.items():
        if isinstance(value, str):
            yield name, value
            continue
        for part in value:
            if part.get("type") != "image_url":
                yield from ((name, text) for key, text in part.items() if key != "type")


def pictures_of(messages: Messages) -> Iterator[bool]:
    """Yield for each picture in messages whether it is one of `image_part`, held by the request."""
    for message in messages:
        for value in message.values():
            for part in () if isinstance(value, str) else value:
                if part.get("type") == "image_url":
                    yield _is_own(part.get("image_url"))


def _is_own(said: Any) -> bool:
    url = said.get("url") if isinstance(said, Mapping) else None
    return isinstance(url, str) and url.startswith(_OWN)
