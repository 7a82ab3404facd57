"""Tokens as the pieces of text that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_CONTEXT = 8
"""Tokens before the first that are read with it: some tokenizers drop a blank at the very start."""
_HALF = "\ufffd"


def pieces_of(tokenizer: Any, ids: Sequence[int], start: int) -> list[str]:
    """Return the text of each token from `start` on; joined together they are the whole text.

    A sign that several tokens write belongs to the last of them, and the others are empty.
    """

    def text(first: int, last: int) -> str:
        said: str = tokenizer.decode(
            ids[first:last], skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return said

    found: list[str] = []
    first, told = max(0, start - _CONTEXT), start
    for end in range(start + 1, len(ids) + 1):
        before, after = text(first, told), text(first, end)
        if after.endswith(_HALF) and end < len(ids):
            found.append("")
            continue
        found.append(after[len(before) :])
        first, told = max(first, told - _CONTEXT), end
    return found
