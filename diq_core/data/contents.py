"""What a value of a row holds: texts, files and bytes, how much, and how it looks on one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from diq_core.data.embedded import is_media, is_picture
from diq_core.data.text import visible

_ARRAY = re.compile(r"[^\n]{1,400}\.np[yz]", re.IGNORECASE)
_EXAMPLE = 80


def is_file(value: Any) -> bool:
    """Return whether a value is the name or the content of a picture, a film, a sound, an array."""
    if not isinstance(value, str) or not value.strip():
        return False
    return is_picture(value) or is_media(value) or bool(_ARRAY.fullmatch(value.strip()))


def mentions(value: Any, *keys: str) -> bool:
    """Return whether an object somewhere in a value has something under one of `keys`."""
    if isinstance(value, Mapping):
        return any(value.get(key) for key in keys) or any(
            mentions(each, *keys) for each in value.values()
        )
    return isinstance(value, list) and any(mentions(each, *keys) for each in value)


def leaves(value: Any) -> Iterator[Any]:
    """Yield what lists and objects hold in the end."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def pieces(value: Any) -> list[str]:
    """Return the leaves that are there, as texts."""
    return [str(each) for each in leaves(value) if each is not None]


def text_in(value: Any) -> str:
    """Return the texts in a value; what is a file's content or name is none."""
    if isinstance(value, str):
        return "" if is_file(value) else value.strip()
    return "\n".join(
        each.strip() for each in leaves(value) if isinstance(each, str) and not is_file(each)
    )


def size_of(value: Any) -> int:
    """Return about how many bytes a value takes in a file."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "replace"))
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(str(key)) + size_of(each) for key, each in value.items())
    if isinstance(value, list):
        return sum(map(size_of, value))
    return 0 if value is None else len(str(value))


def example_of(value: Any) -> str:
    """Return a value on one short line of visible characters."""
    shown: list[str] = []
    for each in leaves(value):
        shown.append(f"{len(each):,} bytes" if isinstance(each, bytes) else str(each)[:400])
        if len(shown) > 5:
            break
    line = " ".join(", ".join(shown).split())
    return visible(line if len(line) <= _EXAMPLE else f"{line[: _EXAMPLE - 1].rstrip()}…")
