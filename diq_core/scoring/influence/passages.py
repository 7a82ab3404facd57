"""A response in passages that a person can read: each step of its reasoning, the answer, the rest.

Every token belongs to exactly one passage, that in which its first visible sign stands, so the
influence of the passages adds up to that of the sample.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Literal

from diq_core.data.steps import split_steps
from diq_core.data.text import mend

What = Literal["step", "answer", "frame"]
"""A step of the reasoning; the answer; or what the template writes around them."""
_FRAME, _ENOUGH = 200, 8
"""Signs that a template may write before a response, and by which one that was cut is known."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a response.

    Attributes:
        step: number of the step, from 1; 0 = it is none.
        first, end: its tokens are ``first:end`` of the response's.
    """

    what: What
    step: int
    first: int
    end: int


def passages(pieces: Sequence[str], reasoning: str, answer: str) -> list[Passage]:
    """Return the passages of a response in its order; together they hold every token once.

    White space is not compared, for a template may add or drop some. Where the reasoning is not
    found in the response at all, it is no step but part of the frame.

    Args:
        pieces: the text of each response token; see `models.pieces`.
        reasoning, answer: as the sample has them.
    """
    if not pieces:
        return []
    letters, places = _squeezed("".join(pieces))
    marks: dict[int, tuple[What, int]] = {-1: ("frame", 0)}
    at = 0
    begin, steps = _begin(letters, reasoning)
    if begin is not None:
        ends = list(accumulate(map(len, steps), initial=begin))
        for number, start in enumerate(ends[:-1], start=1):
            if start < len(letters):
                marks[places[start]] = ("step", number)
        at = ends[-1]
        if at < len(letters):
            marks[places[at]] = ("frame", 0)
    said = _squeezed(mend(answer)[0])[0]
    found = letters.find(said, at) if said else -1
    if found >= 0:
        marks[places[found]] = ("answer", 0)
        if (end := found + len(said)) < len(letters):
            marks[places[end]] = ("frame", 0)
    return _grouped(pieces, marks)


def _begin(letters: str, reasoning: str) -> tuple[int | None, list[str]]:
    """Return where the reasoning begins, and its steps, all without white space."""
    steps = [_squeezed(step)[0] for step in split_steps(mend(reasoning)[0])]
    whole = "".join(steps)
    if not whole:
        return None, []
    found = letters.find(whole)
    if found >= 0:
        return found, steps
    # A response that is too long for the model was cut at its end.
    starts = range(min(_FRAME, len(letters) - _ENOUGH + 1))
    cut = next((start for start in starts if whole.startswith(letters[start:])), None)
    return cut, steps if cut is not None else []


def _grouped(pieces: Sequence[str], marks: dict[int, tuple[What, int]]) -> list[Passage]:
    starts = sorted(marks)
    of_token: list[int] = []
    begin = 0
    for piece in pieces:
        blank = len(piece) - len(piece.lstrip())
        is_blank = blank == len(piece)
        last = of_token[-1] if of_token else 0
        at = bisect_right(starts, begin + blank) - 1
        of_token.append(last if is_blank else at)
        begin += len(piece)
    # A sign that several tokens write is known with the last of them.
    for number in range(len(pieces) - 2, -1, -1):
        if not pieces[number]:
            of_token[number] = of_token[number + 1]
    found, first = [], 0
    for passage, tokens in groupby(of_token):
        end = first + len(list(tokens))
        found.append(Passage(*marks[starts[passage]], first, end))
        first = end
    return found


def _squeezed(text: str) -> tuple[str, list[int]]:
    """Return a text without its white space, and where each of its signs stood."""
    places = [place for place, sign in enumerate(text) if not sign.isspace()]
    return "".join(text[place] for place in places), places
