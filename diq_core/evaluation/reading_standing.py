"""What a text says of the options that it names: stated, guessed, ruled out, or nothing.

The patterns are made of roles (see `reading_words.ROLES`), so they hold in every language there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from diq_core.evaluation.reading_mentions import TEXT, Marked, Mention

Standing = Literal["stated", "guessed", "out", ""]
STATED: Standing = "stated"
GUESSED: Standing = "guessed"
OUT: Standing = "out"

_HEADING = re.compile(r"(?:(?<=\n)|^)[fRNOT]{0,4}[NR]f*b?:*\n+(?::+\n+)?(?=[^\n])")
_UNIT = re.compile(r"[LK](?:[,of]{0,3}[Of]?[LK])*")
_SPAN = 200
"""Roles on either side of a mention that are looked at."""

# What stands before an option, ending at it.
_FILL = "[fONmRTb:]*"
_STATED = re.compile(
    rf"(?:N[xfomhROPC]{{0,5}}[b:]|O:|R[fO]{{0,2}}[b:]|R[fO]*[NO][xfmhROPC]{{0,5}}[b:]){_FILL}$"
    r"|N[^.]*:[fO]*$"
)
_MOST = re.compile(rf"R[xfNO]{{0,4}}b{_FILL}$")
_CHOSEN = re.compile(r"(?:[CTw]|P[mh]*b)[,fONmbR:]*$")
_SHORT = re.compile(r"f*b[fO]*$")
_BARE = re.compile(r"(?:f*-,[fON]*|f+[ON]*)$")
_OVER = re.compile(r",?f*-f*O?[LK]")
_INSTEAD = re.compile(r"B[fONb:PmR]*$")
_TAIL = re.compile(r"(?<=[TwCNOb:P]),$")
_NO = re.compile(r"^f?-[:,]")
# What stands behind it.
_RIGHT = re.compile(
    r"f*O?(?:[mh]*P?b[fx]{0,2}|x)?R|f*[mh]*P?bR?f*N|:f*R(?:$|[.,\n])|f*V|(?:f*Pb|b)(?:$|[.\n])"
)
_WRONG = re.compile(
    r"f*O?:?[mhbx]{0,3}(?:W|b-)|f*[mhb][xfm]{0,3}W|f*[mhx]?-(?!f*O?[LK])|f*V[xf]{0,3}-"
)
_FREE = re.compile(r"f*(?:$|[.,:?\n;cBLK-])")
_CLAUSE = re.compile(r"[^,cTBwi]*")


@dataclass(frozen=True, slots=True)
class Unit:
    """Mentions that belong together ("A, B and D"), and how they stand in the text.

    Attributes:
        has_text: an option is named by its text.
        asked: they stand in a question.
        headed: they stand on a line of their own below a heading ("Answer").
    """

    mentions: tuple[Mention, ...]
    has_text: bool
    asked: bool
    headed: bool
    standing: Standing

    @property
    def labels(self) -> frozenset[str]:
        """All options that are named."""
        return frozenset(label for each in self.mentions for label in each.labels)

    @property
    def end(self) -> int:
        """Where its last mention ends in the roles."""
        return self.mentions[-1].end

    @property
    def place(self) -> tuple[int, int]:
        """Where its mentions stand in the plain text."""
        return self.first.place[0], self.mentions[-1].place[1]

    @property
    def first(self) -> Mention:
        """The mention that it begins with."""
        return self.mentions[0]


def units_of(marked: Marked) -> list[Unit]:
    """Return the mentions of options in groups, each with its standing in the text."""
    roles = _HEADING.sub(lambda match: match[0].replace("\n", ":"), marked.roles)
    by_place = {each.start: each for each in marked.mentions}
    found: list[Unit] = []
    before, was_out = 0, False
    for match in _UNIT.finditer(roles):
        begin, end = match.span()
        inside = [by_place[place] for place in range(begin, end) if place in by_place]
        left = re.split(r"[.?\n]", roles[max(before, begin - _SPAN) : begin])[-1]
        right = re.split(r"[.?\n]", roles[end : end + _SPAN], maxsplit=1)[0]
        asked = roles[end + len(right) : end + len(right) + 1] == "?"
        follows = begin - len(left) == before > 0
        has_text = TEXT in match[0]
        own = any(each.own for each in inside)
        headed = marked.roles[begin - 1 : begin] == "\n" != roles[begin - 1]
        standing = "" if asked else _standing(left, right, has_text=has_text, own=own,
                                              follows=follows,
                                              instead=follows and was_out)  # fmt: skip
        found.append(Unit(tuple(inside), has_text, asked, headed, standing))
        before, was_out = end, standing == OUT
    return found


def _standing(
    left: str, right: str, *, has_text: bool, own: bool, follows: bool, instead: bool
) -> Standing:
    """Return what is said of the options between `left` and `right`."""
    if instead and _INSTEAD.search(left):
        return STATED
    if left.endswith(",") and right.startswith(","):  # "the other option, B, is correct"
        left, right = left[:-1], right[1:]
    clause = _last_clause(left.replace("o", "c") if follows else left)
    behind = _behind(right)
    if "-" in clause or "W" in clause or _WRONG.match(behind):
        return OUT
    if "q" in left or "i" in left + right.split("L")[0]:
        return ""
    free = own or _FREE.match(right) is not None
    begins = not follows or "," in left
    stated = (
        _STATED.search(clause)
        or (has_text and _MOST.search(clause))
        or (free and _CHOSEN.search(clause))
        or (free and begins and _SHORT.match(clause))
        or _RIGHT.match(behind)
        or (not has_text and _BARE.match(left) and right[:1] in ("", "\n"))
        or (not left.strip("f") and not follows and _OVER.match(right))
    )
    if not stated:
        return ""
    return GUESSED if "h" in clause or "h" in behind[:2] else STATED


def _last_clause(left: str) -> str:
    """Return the end of `left` that begins with its last clause ("so, B" is one, "no: B" is B)."""
    left = _NO.sub("", left)
    body = _TAIL.sub("", left)
    cut = max(body.rfind(sign) for sign in ",cTBw")
    return left[cut + (left[cut] in ",c") :] if cut >= 0 else left


def _behind(right: str) -> str:
    """Return the beginning of `right` up to the end of its clause, the next mention included."""
    clause = _CLAUSE.match(right)
    found = clause[0] if clause else ""
    place = next((at for at, role in enumerate(found) if role in "LK"), len(found))
    return found[: place + 1]
