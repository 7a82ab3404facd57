"""Where in a written answer its final part begins, and where its boxed and tagged answers lie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from diq_core.data.formats.thinking import split_thinking

_THINK_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_THINK_BEGIN = re.compile(r"\s*<(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_BOX = re.compile(r"\\f?box(?:ed)?\s*\{")
_TAG = re.compile(r"<((?:final[_ ]?)?(?:answer|choice|solution|response))>", re.IGNORECASE)
_BOX_LONGEST = 400

LONGEST = 20_000
"""Characters at the end of an answer that are read."""

UNCLOSED = "its thinking never ends, so there is no answer"
_MARKED_MOST = 20
"""So many boxes and tags are looked at, the last first."""


class MarkedPlace(NamedTuple):
    """An answer in a box or a tag: what it is in, where it lies, where the text goes on."""

    how: str
    begin: int
    end: int


def final_part(text: str) -> tuple[str, int] | None:
    """Return the part behind the thinking and where in `text` it begins.

    None = the thinking never ends. A part that does not stand in the text as it is (pieces were
    joined) is said to begin at its end.
    """
    _, final, closed = split_thinking(text)
    if not closed:
        return None
    ends = list(_THINK_END.finditer(final))
    final = final[ends[-1].end() :] if ends else final
    if _THINK_BEGIN.match(final):
        return None
    found = text.rfind(final)
    return final, found if found >= 0 else len(text)


def marked_places(text: str, begin: int = 0) -> Iterator[MarkedPlace]:
    """Yield the boxed and tagged answers behind `begin`, the last first."""
    found = [match for pattern in (_BOX, _TAG) for match in pattern.finditer(text, begin)]
    for match in sorted(found, key=lambda each: each.end(), reverse=True)[:_MARKED_MOST]:
        boxed = match.re is _BOX
        end = _brace(text, match.end()) if boxed else _tag_end(text, match)
        yield MarkedPlace("boxed" if boxed else "tagged", match.end(), end)


def _brace(text: str, begin: int) -> int:
    """Return the place of the brace that closes the one before `begin`."""
    depth = 1
    stop = min(len(text), begin + _BOX_LONGEST)
    for place in range(begin, stop):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place
    return stop


def _tag_end(text: str, opened: re.Match[str]) -> int:
    end = text.find(f"</{opened[1]}", opened.end())
    return len(text) if end < 0 else end
