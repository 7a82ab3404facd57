"""What an edit changed, word by word, for the page to draw."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_WORDS = re.compile(r"\s+|[^\W_]+|.", re.DOTALL)
# SequenceMatcher may need quadratic time; beyond this many pieces lines are compared.
_WORD_LIMIT = 4000
_LINE_LIMIT = 4000


class Piece(NamedTuple):
    """A stretch of text that both texts share, or that only one of them has."""

    change: Literal["same", "removed", "added"]
    text: str


def diff(original: str, edited: str) -> list[Piece]:
    """Return the pieces that turn `original` into `edited`.

    The "same" and "removed" pieces joined give `original`, the "same" and "added" ones `edited`.
    Long texts are compared line by line; very long ones are shown as replaced as a whole.
    """
    left, right = _WORDS.findall(original), _WORDS.findall(edited)
    if len(left) + len(right) > _WORD_LIMIT:
        left, right = original.splitlines(keepends=True), edited.splitlines(keepends=True)
    if len(left) + len(right) > _LINE_LIMIT:
        left, right = [original], [edited]
    pieces: list[Piece] = []
    for code, start, end, from_, to in SequenceMatcher(
        None, left, right, autojunk=False
    ).get_opcodes():
        if code == "equal":
            pieces.append(Piece("same", "".join(left[start:end])))
            continue
        if end > start:
            pieces.append(Piece("removed", "".join(left[start:end])))
        if to > from_:
            pieces.append(Piece("added", "".join(right[from_:to])))
    return pieces
