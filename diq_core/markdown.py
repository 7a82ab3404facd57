"""Other people's words inside a Markdown page: always read, never obeyed as markup."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

# What starts emphasis, code, links, images, HTML, table cells or formulas anywhere in a line.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~$&]")
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_LONGEST = 200


def plain(text: str) -> str:
    """Return `text` as one line (see `one_line`) that Markdown shows as it is, links broken."""
    return _MARKUP.sub(r"\\\g<0>", one_line(text)).replace("://", r"\://")


def one_line(text: str) -> str:
    """Return `text` as one line that any file can hold.

    White space becomes single spaces, invisible characters are named (U+202E), and what exceeds
    200 characters is cut.
    """
    line = " ".join(text.split())
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1] + "…"
    return "".join(_visible(character) for character in line)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the cells must be safe already, the first column reads left."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _visible(character: str) -> str:
    if unicodedata.category(character) in _HIDDEN:
        return f"(U+{ord(character):04X})"
    return character
