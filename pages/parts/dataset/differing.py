"""Two texts side by side: which words of each the other does not have at that place."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

from pages.parts.text import escaped

MOST = 3_000
"""So many words of a text are compared; the rest is shown unmarked."""
# A script without blanks is compared sign by sign.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\d+(?:[.,]\d+)*|\w+|\s+|.", re.DOTALL
)


@lru_cache(maxsize=256)
def marked(text: str, other: str) -> str:
    """Return `text` as HTML without meaning, with a <mark> around what `other` does not have."""
    mine, theirs = _tokens(text), _tokens(other)
    rest = text[sum(map(len, mine)) :]
    pieces = []
    compared = SequenceMatcher(None, mine, theirs, autojunk=False)
    for what, start, end, _, _ in compared.get_opcodes():
        piece = escaped("".join(mine[start:end]))
        if piece:
            pieces.append(piece if what == "equal" else f"<mark>{piece}</mark>")
    return "".join(pieces) + escaped(rest)


def _tokens(text: str) -> list[str]:
    return [match.group() for _, match in zip(range(MOST), _TOKEN.finditer(text), strict=False)]
