"""What of a file's columns was not used: listed with its share, and asked about where it matters.

Nothing is unread in silence. A column that holds files, options, a judgement of the answer, tool
calls or more text than what was used may be the very thing that should be learned, or the reason
why it should not be; such a column has to be mapped or ignored by name.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from diq_core.data.embedded import is_media, is_picture
from diq_core.data.formats import Parts
from diq_core.data.formats.judged import judges
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.names import field_of, looks_like_options, plain_name
from diq_core.data.text import visible
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

_FIELDS = ("question", "answer", "reasoning", "context", "system")
_ARRAY = re.compile(r"[^\n]{1,400}\.np[yz]", re.IGNORECASE)
_TOOLS = ("tools", "toolcalls", "functions", "functioncall", "functioncalls", "toolcall")
_OPTIONS = ("options", "option", "choices", "candidates", "distractors", "endings")
_EXAMPLE, _DISTINCT, _MOST = 80, 50, 1000
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
        used = _found_in(parts, values) if parts.used is None else parts.used
        texts = _texts_of(parts)
        self._filled |= {name for name, said in texts.items() if said}
        if parts.options:
            self._filled.add("options")
        if parts.images:
            self._filled.add("images")
        self._size += sum(map(size_of, values.values()))
        for column, value in _unread(values, used):
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
        said = _text_in(value)
        tally.rows += 1
        tally.size += size_of(value)
        tally.example = tally.example or example_of(value)
        tally.pictures = tally.pictures or any(map(is_picture, _leaves(parsed(value))))
        tally.seen.update(_seen(column, value, parts))
        if len(tally.values) < _DISTINCT and value not in tally.values and size_of(value) < 200:
            tally.values.append(value)
        if _is_copy(said, texts):
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


def _unread(values: Mapping[str, Any], used: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield what was not read; of an object or a list that was read in part, the rest."""
    for name, value in values.items():
        if name in used:
            continue
        inside = [place for place in used if place.startswith((f"{name}.", f"{name}["))]
        if not inside:
            yield name, value
            continue
        inner = parsed(value)
        if isinstance(inner, Mapping):
            yield from _unread({f"{name}.{key}": each for key, each in inner.items()}, used)
        elif isinstance(inner, list):
            yield from _rest(name, inner, inside)


def _rest(name: str, items: list[Any], inside: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield what was not read of a list: its other items, or the other fields of each."""
    if any(place.startswith(f"{name}.") for place in inside):
        keys = {key: None for item in items if isinstance(item, Mapping) for key in item}
        for key in keys:
            if f"{name}.{key}" not in inside:
                there = [item[key] for item in items if isinstance(item, Mapping) and key in item]
                yield f"{name}.{key}", there
        return
    read = {
        match[1] for place in inside if (match := re.match(r"\[(-?\d+|\*)\]", place[len(name) :]))
    }
    if "*" in read:
        return
    places = {int(each) % len(items) for each in read if items}
    left = [item for number, item in enumerate(items) if number not in places]
    if left:
        yield name, left


def _found_in(parts: Parts, values: Mapping[str, Any]) -> set[str]:
    """Return the columns whose text stands in the sample, where the format does not say."""
    told = "\n".join(
        [*_texts_of(parts).values(), *(option.text for option in parts.options),
         parts.answer_label, parts.id, parts.source, parts.subject, parts.licence,
         *map(str, parts.images)]
    )  # fmt: skip
    return {
        name
        for name, value in values.items()
        if name not in parts.meta and all(each.strip() in told for each in _pieces(value))
    }


def _texts_of(parts: Parts) -> dict[str, str]:
    texts = {name: str(getattr(parts, name)) for name in _FIELDS}
    texts["history"] = "\n".join(turn.content for turn in parts.history)
    return texts


def _is_copy(said: str, texts: Mapping[str, str]) -> bool:
    """Return whether a text repeats what was used: all of it, or a part of one field."""
    if not said:
        return False
    whole = all(texts[name] in said for name in ("question", "answer") if texts[name])
    return (whole and bool(texts["question"])) or any(said in each for each in texts.values())


def _seen(column: str, value: Any, parts: Parts) -> set[Why]:
    found: set[Why] = set()
    named, inner = plain_name(column.rpartition(".")[2]), parsed(value)
    if named in _TOOLS or _mentions(inner, "tool_calls", "function_call"):
        found.add("tools")
    if any(isinstance(each, bytes) or _is_file(each) for each in _leaves(inner)):
        found.add("files")
    listed = isinstance(inner, (list, Mapping)) and len(inner) > 1
    if looks_like_options(inner) or (listed and (named in _OPTIONS or _has_answer(inner, parts))):
        found.add("options")
    return found


def _has_answer(value: Any, parts: Parts) -> bool:
    """Return whether the answer is one of a list's texts, as it would be of its options."""
    answer = parts.answer.strip()
    return bool(answer) and isinstance(value, list) and answer in value


def _is_file(value: Any) -> bool:
    if not isinstance(value, str) or not value.strip():
        return False
    return is_picture(value) or is_media(value) or bool(_ARRAY.fullmatch(value.strip()))


def _mentions(value: Any, *keys: str) -> bool:
    if isinstance(value, Mapping):
        return any(value.get(key) for key in keys) or any(
            _mentions(each, *keys) for each in value.values()
        )
    return isinstance(value, list) and any(_mentions(each, *keys) for each in value)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _pieces(value: Any) -> list[str]:
    return [str(each) for each in _leaves(value) if each is not None]


def _text_in(value: Any) -> str:
    """Return the texts in a value; what is a file's content or name is none."""
    if isinstance(value, str):
        return "" if _is_file(value) else value.strip()
    return "\n".join(
        each.strip() for each in _leaves(value) if isinstance(each, str) and not _is_file(each)
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
    leaves = []
    for each in _leaves(value):
        leaves.append(f"{len(each):,} bytes" if isinstance(each, bytes) else str(each)[:400])
        if len(leaves) > 5:
            break
    line = " ".join(", ".join(leaves).split())
    return visible(line if len(line) <= _EXAMPLE else f"{line[: _EXAMPLE - 1].rstrip()}…")
