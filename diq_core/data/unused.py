"""What of a file's columns was not used: listed with its share, and asked about where it matters.

Nothing is unread in silence. A column that holds files, options, a judgement of the answer, tool
calls or more text than what was used may be the very thing that should be learned, or the reason
why it should not be; such a column has to be mapped or ignored by name.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from diq_core.data.contents import example_of, is_file, leaves, mentions, size_of, text_in
from diq_core.data.embedded import is_picture
from diq_core.data.formats import Parts
from diq_core.data.formats.judged import judges
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.names import field_of, looks_like_options, plain_name
from diq_core.data.unread import found_in, is_copy, texts_of, unread
from diq_core.errors import UserError

Why = Literal["files", "tools", "options", "judgement", "text"]
WORDS: dict[Why, str] = {
    "files": "holds files or bytes",
    "tools": "holds tools or calls of them",
    "options": "holds answer options",
    "judgement": "judges the answer",
    "text": "holds more text than what was used",
}
"""Why an import asks about a column, the most pressing first."""

_TOOLS = ("tools", "toolcalls", "functions", "functioncall", "functioncalls", "toolcall")
_OPTIONS = ("options", "option", "choices", "candidates", "distractors", "endings")
_DISTINCT, _MOST = 50, 1000
# What is shorter on average is a name, a date or a place, however short the answers are.
_PROSE = 40


@dataclass(frozen=True, slots=True)
class Unused:
    """A column, or a place inside one, that was not used.

    Attributes:
        column: its name, or its place as a mapping writes it.
        rows: how many rows have something there.
        share: of the bytes of all columns, 0 to 1.
        example: the first value, on one line, shortened and visible.
        why: why the import asks about it; "" = it does not.
        words: the same as a sentence without its subject; "" = it does not.
        guess: our field that it probably holds; "" = none.
    """

    column: str
    rows: int
    share: float
    example: str
    why: Why | Literal[""] = ""
    words: str = ""
    guess: str = ""


class ColumnsLeft(UserError):
    """Columns that were not used hold what must not be lost in silence.

    Attributes:
        columns: these columns.
    """

    columns: tuple[Unused, ...] = ()

    @classmethod
    def of(cls, columns: Collection[Unused], *, file: str) -> ColumnsLeft:
        """Return the error that asks about `columns`, with what to type for each."""
        told = "; ".join(
            f"'{each.column}' {each.words} (such as {each.example})" for each in columns
        )
        error = cls(
            f"Not everything that matters was used: {told}",
            which=file,
            todo=f"say what each column is, or that it may stay unused: {_line(columns)}",
        )
        error.columns = tuple(columns)
        return error


def _line(columns: Collection[Unused]) -> str:
    return ", and ".join(
        " or ".join(
            [
                *([f"--map {shlex.quote(f'{one.guess}={one.column}')}"] if one.guess else []),
                f"--ignore {shlex.quote(one.column)}",
            ]
        )
        for one in columns
    )


@dataclass(slots=True)
class _Tally:
    """What is kept of one column: numbers and a few values, however many rows there are."""

    rows: int = 0
    size: int = 0
    text: int = 0
    copies: int = 0
    example: str = ""
    pictures: bool = False
    seen: Counter[Why] = field(default_factory=Counter)
    values: list[Any] = field(default_factory=list)
    beside: dict[str, int] = field(default_factory=dict)


class Ledger:
    """Notes row by row which columns were read and what the others hold."""

    def __init__(self) -> None:
        self._size = 0
        self._filled: set[str] = set()
        self._tallies: dict[str, _Tally] = {}
        self._more = _Tally()

    def note(self, values: Mapping[str, Any], parts: Parts) -> None:
        """Note a row and what became of it."""
        used = found_in(parts, values) if parts.used is None else parts.used
        texts = texts_of(parts)
        self._filled |= {name for name, said in texts.items() if said}
        if parts.options:
            self._filled.add("options")
        if parts.images:
            self._filled.add("images")
        self._size += sum(map(size_of, values.values()))
        for column, value in unread(values, used):
            if value not in (None, "", [], {}):
                self._tally(column, value, texts, parts)

    def unused(self) -> list[Unused]:
        """Return what was not used, the largest first."""
        found = [self._column(name, each) for name, each in self._tallies.items()]
        if self._more.rows:
            more = self._more
            share = more.size / max(self._size, 1)
            found.append(Unused("(further columns)", more.rows, share, more.example))
        return sorted(found, key=lambda each: (-each.share, each.column))

    def _tally(self, column: str, value: Any, texts: Mapping[str, str], parts: Parts) -> None:
        if column not in self._tallies and len(self._tallies) >= _MOST:
            tally = self._more
        else:
            tally = self._tallies.setdefault(column, _Tally())
        said = text_in(value)
        tally.rows += 1
        tally.size += size_of(value)
        tally.example = tally.example or example_of(value)
        tally.pictures = tally.pictures or any(map(is_picture, leaves(parsed(value))))
        tally.seen.update(_seen(column, value, parts))
        if len(tally.values) < _DISTINCT and value not in tally.values and size_of(value) < 200:
            tally.values.append(value)
        if is_copy(said, texts):
            tally.copies += 1
            return
        tally.text += len(said)
        for name, length in texts.items():
            tally.beside[name] = tally.beside.get(name, 0) + len(length)

    def _column(self, name: str, tally: _Tally) -> Unused:
        share = tally.size / max(self._size, 1)
        judgement = judges(name, tally.values)
        why = self._why(tally, bool(judgement))
        if not why:
            return Unused(name, tally.rows, share, tally.example)
        words = judgement if judgement and why == "judgement" else WORDS[why]
        return Unused(name, tally.rows, share, tally.example, why, words, self._guess(name, why))

    def _why(self, tally: _Tally, judges_answers: bool) -> Why | Literal[""]:
        told = tally.rows - tally.copies
        if told and tally.text > max(_PROSE * told, *tally.beside.values()):
            tally.seen["text"] = told
        if judges_answers:
            tally.seen["judgement"] = tally.rows
        # An explanation now and then has lines that begin with letters, too.
        few = 2 * tally.seen["options"] < tally.rows
        return next((e for e in WORDS if tally.seen[e] and not (e == "options" and few)), "")

    def _guess(self, name: str, why: Why) -> str:
        if why in ("judgement", "tools"):
            return ""
        by_kind = {"files": "images", "options": "options"}.get(why)
        if why == "files" and not self._tallies[name].pictures:
            return ""
        named = by_kind or field_of(name)
        free = [each for each in (named, "reasoning", "context") if each and not self._has(each)]
        return free[0] if free and (by_kind is None or free[0] == by_kind) else ""

    def _has(self, field: str) -> bool:
        return field in self._filled


def _seen(column: str, value: Any, parts: Parts) -> set[Why]:
    found: set[Why] = set()
    named, inner = plain_name(column.rpartition(".")[2]), parsed(value)
    if named in _TOOLS or mentions(inner, "tool_calls", "function_call"):
        found.add("tools")
    if any(isinstance(each, bytes) or is_file(each) for each in leaves(inner)):
        found.add("files")
    listed = isinstance(inner, (list, Mapping)) and len(inner) > 1
    if looks_like_options(inner) or (listed and (named in _OPTIONS or _has_answer(inner, parts))):
        found.add("options")
    return found


def _has_answer(value: Any, parts: Parts) -> bool:
    """Return whether the answer is one of a list's texts, as it would be of its options."""
    answer = parts.answer.strip()
    return bool(answer) and isinstance(value, list) and answer in value
