"""Runs of capitalised words, cut into the parts that one name may lie in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diq_core.privacy.people import plain
from diq_core.privacy.person_words import NOT_NAMES, TITLES

_UP = "A-ZÀ-ÖØ-ÞĀĂĄĆĈČĎĐĒĖĘĚĞĢĪİĶĹĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŴŶŸŹŻŽȘȚ"
_PARTICLE = (
    r"(?:van|von|vom|zu|zur|de|der|den|del|della|di|da|dos|du|des|la|le|el|bin|ibn|al|ten|ter|y|e)"
)
_WORD = rf"(?:(?:[{_UP}]\.){{2,3}}|[{_UP}][\w'’]{{0,30}}(?:-[{_UP}a-z][\w'’]{{0,30}}){{0,3}}\.?)"
RUN = re.compile(
    rf"(?<![\w@/\\-]){_WORD}(?:,?[ ](?:{_PARTICLE}[ ]){{0,3}}(?:(?:[dl]|O)['’])?{_WORD}){{0,6}}"
)
_TOKEN = re.compile(r"[^ ,]+")
_SHORTENED = frozenset("th chr joh jos wm geo jas chas thos alex fred benj edw rob".split())  # noqa: SIM905
"""Given names as they are shortened before a surname."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a run.

    Attributes:
        word: as written, without a full stop or a possessive behind it.
        plain: in lower case, without accents.
        start: its first character.
        end: one after its last character.
    """

    word: str
    plain: str
    start: int
    end: int

    @property
    def initial(self) -> bool:
        """Return whether it is only letters that stand for given names: "J", "J.R", "Th"."""
        return len(self.word) == 1 or "." in self.word or self.plain in _SHORTENED


def parts(text: str, start: int, end: int) -> Iterator[list[Token]]:
    """Cut a run where a sentence ends: at a full stop behind what is no initial and no title."""
    part: list[Token] = []
    for match in _TOKEN.finditer(text, start, end):
        raw = match.group()
        word = re.sub(r"['’]s$", "", raw.rstrip("."))
        token = Token(word, plain(word), match.start(), match.start() + len(word))
        part.append(token)
        last = word.rsplit("-", 1)[-1]
        if raw.endswith(".") and len(last) > 1 and not (token.initial or _is_short(token)):
            yield part
            part = []
    if part:
        yield part


def _is_short(token: Token) -> bool:
    """Return whether it is a title that is written with a full stop ("Prof.", not "Nurse.")."""
    return token.plain in TITLES and len(token.plain) < 5


def trim(part: list[Token]) -> list[Token]:
    """Return the tokens between the words that no name holds."""
    while part and part[0].plain in NOT_NAMES:
        part = part[1:]
    for at, token in enumerate(part):
        if token.plain in NOT_NAMES and len(token.word) > 1:
            return part[:at]
    return part
