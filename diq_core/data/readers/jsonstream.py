"""JSON of any length, value by value: the elements of an array, or values one after another."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from diq_core.data.findings import Finding, finding
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.lines import bad_bytes, duplicate_key, json_decoder
from diq_core.errors import BadFile

_PIECE = 1 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
_BAD = re.compile("[\udc80-\udcff]")
# A text as a whole (its closing mark may be cut off), or a comma before a closing bracket.
_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|,(?=[ \t\r\n]*[\]}])', re.DOTALL)
_AROUND = re.compile(r",[ \t\r\n]*[\]}]")
_CORRECT = "correct this place, or write the file again if it was cut off"


@dataclass(frozen=True, slots=True)
class Element:
    """One value of a JSON file.

    Attributes:
        value: as Python has it.
        line: the 1-based line on which it begins.
        in_array: whether it is an element of an array, and not a value of its own.
        findings: what was changed while it was read.
    """

    value: Any
    line: int
    in_array: bool
    findings: tuple[Finding, ...] = ()


class JsonStream:
    """Reads values in order; at most one of them is in memory at a time."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream, self._file = stream, file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._twice: list[str] = []
        self._json = json_decoder(self._twice)
        self._text, self._at = "", 0
        self._line, self._column = 1, 1
        self._ended = self._told = self._has_bad = False
        self._noticed: list[Finding] = []

    def __iter__(self) -> Iterator[Element | Finding]:
        """Yield the values of the file, and remarks about it.

        Raises:
            BadFile: it is not JSON, with the place; or a value is larger than `limits` allow.
        """
        inside = due = comma = False
        while mark := self._next():
            if mark == "[" and not inside:
                inside, due, comma = True, False, False
                self._go(self._at + 1)
            elif mark == "]" and inside:
                if comma:
                    yield from self._tell()
                inside = due = comma = False
                self._go(self._at + 1)
            elif mark == "," and due:
                due, comma = False, True
                if not inside:
                    yield from self._tell()
                self._go(self._at + 1)
            elif due and inside:
                raise self._bad("Expecting ',' delimiter", self._at)
            else:
                line = self._line
                value, changed = self._value(inside)
                yield from self._tell() if changed else ()
                yield Element(value, line, inside, tuple(self._noticed))
                due, comma = True, False
        if inside:
            raise self._bad("a closing bracket ']' is missing at the end", self._at)

    def _next(self) -> str:
        """Return the next character that is no space; empty = the file ends."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._go(match.end() if match else self._at)
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._fill(_PIECE)

    def _value(self, inside: bool) -> tuple[Any, bool]:
        """Return the value that begins here, and whether commas were taken out of it."""
        changed = False
        while True:
            self._twice.clear()
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._without_commas(error.pos):
                    changed = True
                elif self._ended:
                    raise self._bad(error.msg, error.pos) from None
                else:
                    self._more(inside)
                continue
            except RecursionError:
                raise BadFile(
                    "The file nests lists or objects too deeply",
                    which=f"{self._file}, line {self._line}",
                    todo="flatten it",
                ) from None
            except ValueError:
                raise BadFile(
                    "A number in the file has thousands of digits",
                    which=f"{self._file}, line {self._line}",
                    todo="correct it",
                ) from None
            # A number may go on after what has been read so far.
            if end == len(self._text) and not self._ended:
                self._more(inside)
                continue
            self._refuse_many(end)
            value = self._noted(value, end)
            self._go(end)
            return value, changed

    def _noted(self, value: Any, end: int) -> Any:
        """Return the value without bytes that are no text, and note what was changed in it."""
        self._noticed = [duplicate_key(key, self._file, self._line) for key in self._twice]
        if not self._has_bad or not _BAD.search(self._text, self._at, end):
            return value
        self._noticed.append(bad_bytes(self._file, self._line))
        return self._json.decode(_BAD.sub("\ufffd", self._text[self._at : end]))

    def _more(self, inside: bool) -> None:
        """Read on, twice as much each time; what is refused are values larger than the limits."""
        most, have = limits(), len(self._text) - self._at
        budget, name = (most.row_bytes, "row_bytes") if inside else (most.json_bytes, "json_bytes")
        if have > budget:
            what = f"A value of the JSON file is larger than {budget // 1048576} MB"
            raise over_budget(what, self._file, name, "write it as JSON Lines (one record a line)")
        if have >= _PIECE:
            self._refuse_many(len(self._text))
        self._fill(min(max(_PIECE, have), budget + 1))

    def _refuse_many(self, end: int) -> None:
        """Refuse what would fill the memory: three bytes can be a hundred bytes of values."""
        most = limits().json_values
        if (
            end - self._at > most
            and sum(self._text.count(mark, self._at, end) for mark in ",[{") > most
        ):
            what = f"A value of the JSON file holds more than {most:,} values"
            todo = "write it as JSON Lines (one record a line)"
            raise over_budget(what, self._file, "json_values", todo)

    def _fill(self, size: int) -> None:
        data = self._stream.read(size)
        self._ended = not data
        new = self._decoder.decode(data, self._ended)
        self._has_bad = self._has_bad or _BAD.search(new) is not None
        self._text, self._at = self._text[self._at :] + new, 0

    def _go(self, to: int) -> None:
        self._line, self._column = self._place(to)
        self._at = to

    def _place(self, to: int) -> tuple[int, int]:
        """Return line and column of a place at or after this one."""
        lines = self._text.count("\n", self._at, to)
        last = self._text.rfind("\n", self._at, to)
        return self._line + lines, (to - last if lines else self._column + to - self._at)

    def _without_commas(self, place: int) -> bool:
        """Blank out commas before closing brackets, if that is what stopped the reading."""
        before = self._text.rfind(",", self._at, place + 1)
        if before < 0 or not _AROUND.match(self._text, before):
            return False
        rest = self._text[self._at :]
        mended = _COMMA.sub(lambda match: " " if match[0] == "," else match[0], rest)
        self._text, self._at = mended, 0
        return mended != rest

    def _tell(self) -> Iterator[Finding]:
        if not self._told:
            self._told = True
            message = f"There is a comma too many near line {self._line:,}; it was read over"
            hint = "nothing to do; strict readers of JSON refuse such a file"
            yield finding("extra-comma", message, hint=hint, file=self._file, line=self._line)

    def _bad(self, what: str, place: int) -> BadFile:
        line, column = self._place(place)
        return BadFile(
            f"The file is not complete JSON: {what}",
            which=f"{self._file}, line {line}, column {column}",
            todo=_CORRECT,
        )
