"""A column mapping: which column holds what, by the user's word or by the columns' names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from string import ascii_uppercase
from typing import Any

from diq_core.data.formats.chat import set_conversation
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.names import is_messages
from diq_core.data.formats.own import convert_own
from diq_core.data.formats.parts import Format, Parts, Row, text, without_bytes
from diq_core.data.formats.paths import ABSENT, column_of, columns_at, value_at
from diq_core.data.formats.turns import read_turns
from diq_core.data.sample import Turn
from diq_core.errors import BadSetting

FIELDS = (
    "id", "question", "answer", "reasoning", "options", "answer_label", "context", "system",
    "history", "conversation", "images", "source", "subject", "licence",
)  # fmt: skip
_OURS = (*FIELDS, "image", "answer_idx")
_ASKING = ("question", "conversation")
_SPOKEN = ("question", "answer")


def check_mapping(mapping: Mapping[str, str], rows: Sequence[Row]) -> None:
    """Refuse a mapping with unknown fields or columns.

    Raises:
        BadSetting: it names a field that samples do not have, or a place that no row has.
    """
    for ours, path in mapping.items():
        if ours not in FIELDS:
            raise BadSetting(
                f"The mapping names the unknown field '{ours}'{_meant(ours, FIELDS)}",
                which="mapping",
                todo=f"use one of: {', '.join(FIELDS)}",
            )
        columns = list(dict.fromkeys(name for row in rows for name in row))
        for place in columns_at(columns, path) or [path]:
            if all(value_at(row, place) is ABSENT for row in rows):
                raise _not_there(ours, place, columns, rows)


def _not_there(ours: str, place: str, columns: Sequence[str], rows: Sequence[Row]) -> BadSetting:
    column = column_of(columns, place)
    if column is not None and column != place:
        return BadSetting(
            f"The column '{column}' has no '{place[len(column) :].lstrip('.')}', which is mapped "
            f"to '{ours}'",
            which="mapping",
            todo=f"it holds {inside(rows, column)}; write for example {ours}={column}.NAME for a "
            f"field of it, or {ours}={column}[0] for an item",
        )
    return BadSetting(
        f"No row has the column '{place}' that is mapped to '{ours}'{_meant(place, columns)}",
        which="mapping",
        todo=f"use one of: {', '.join(sorted(columns))[:1000]}",
    )


def inside(rows: Sequence[Row], column: str) -> str:
    """Return in words what the first filled value of a column is, with the names in it."""
    values = (parsed(row.get(column)) for row in rows)
    value = next((each for each in values if each not in (None, "", [], {})), None)
    if isinstance(value, Mapping):
        return f"an object of {_some(value)}"
    if isinstance(value, list) and isinstance(value[0], Mapping):
        return f"a list of objects of {_some(value[0])}"
    if isinstance(value, list):
        return f"a list of {len(value)} values"
    return "no value" if value is None else "text" if isinstance(value, str) else "a number"


def _some(value: Mapping[str, Any]) -> str:
    return ", ".join(map(str, value))[:200]


def _meant(name: str, known: Sequence[str]) -> str:
    folded = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.7)
    return f"; did you mean '{folded[close[0]]}'?" if close else ""


def asks(mapping: Mapping[str, str]) -> bool:
    """Return whether a mapping says where the question is, so that it can stand alone."""
    return any(field in mapping for field in _ASKING)


def mapped(mapping: Mapping[str, str], beneath: Format | None) -> Format:
    """Return a format that follows `mapping`, laid over another format where one is given.

    Alone, the mapped columns are all that is understood and the others go to meta. Over another
    format, that format reads the row first and the mapped fields then replace its own.
    """
    pairs = ", ".join(f"{ours} = {column}" for ours, column in mapping.items())

    def convert(row: Row) -> Parts:
        if beneath is None:
            return convert_mapped(row, mapping)
        parts = beneath.convert(row)
        over = _said_by_columns(convert_fields(_picked(row, mapping)), row, mapping)
        return _overlaid(parts, over, mapping)

    name = f"{beneath.name}+mapping" if beneath else "mapping"
    label = f"{beneath.label}, with a column mapping" if beneath else "Column mapping"
    return Format(
        name, label, pairs, lambda _columns, _rows: f"mapping {pairs}", convert,
        cut=beneath.cut if beneath else None,
    )  # fmt: skip


def without(format: Format, ignore: Collection[str]) -> Format:
    """Return a format that does not look at the columns `ignore`; they are only kept in meta."""

    def convert(row: Row) -> Parts:
        parts = format.convert({name: row[name] for name in row if name not in ignore})
        kept = {name: row[name] for name in ignore if row.get(name) is not None}
        parts.meta = {**without_bytes(kept), **parts.meta}
        parts.ignored = frozenset(ignore)
        return parts

    return replace(format, convert=convert)


def convert_mapped(row: Row, mapping: Mapping[str, str]) -> Parts:
    """Return the parts of a row of which `mapping` says all that is to be read."""
    return _said_by_columns(convert_fields(_renamed(row, mapping)), row, mapping)


def convert_fields(row: Row) -> Parts:
    """Return the parts of a row with our own field names, of which some may hold messages.

    ``conversation`` is divided as a conversation is; of a question or an answer that is a list of
    messages the turns are used.
    """
    if "conversation" not in row and not any(_messages(row.get(name)) for name in _SPOKEN):
        return convert_own(row)
    parts = convert_own({name: value for name, value in row.items() if name not in _SPOKEN})
    parts.meta.pop("conversation", None)
    parts.use("conversation")
    before, system = parts.history, parts.system
    whole = "conversation" in row and not any(row.get(name) for name in _SPOKEN)
    set_conversation(parts, _turns(row, parts), "conversation", whole=whole)
    parts.history, parts.system = before + parts.history, system or parts.system
    return parts


def _turns(row: Row, parts: Parts) -> list[Turn]:
    turns = []
    for name in ("conversation", "question"):
        if messages := _messages(row.get(name)):
            turns += _read(messages, name, parts)
        elif said := text(row, name):
            turns.append(Turn("user", said))
    if row.get("answer") in (None, ""):
        return turns
    while turns and turns[-1].role == "assistant":
        turns.pop()
    if messages := _messages(row["answer"]):
        # Its images are those of the question, where the conversation is told twice.
        return turns + _read(messages, "answer", Parts())[-1:]
    return [*turns, Turn("assistant", text(row, "answer"))]


def _read(messages: list[Any], name: str, parts: Parts) -> list[Turn]:
    keys = ("role", "content") if "role" in messages[0] else ("from", "value")
    return read_turns(messages, name, parts, role_key=keys[0], content_key=keys[1])


def _messages(value: Any) -> list[Any]:
    """Return the messages in a list or a single one; [] where it is anything else."""
    value = parsed(value)
    found = value if isinstance(value, list) else [value]
    return found if is_messages(found) else []


def _picked(row: Row, mapping: Mapping[str, str]) -> dict[str, Any]:
    picked = {}
    for ours, path in mapping.items():
        found = [value_at(row, place) for place in columns_at(row, path)]
        there = [value for value in found if value is not ABSENT]
        if there:
            picked[ours] = _joined(ours, there) if len(found) > 1 else _single(ours, there[0])
    return picked


def _single(ours: str, value: Any) -> Any:
    if ours == "context" and isinstance(value, list):
        return _joined(ours, value)
    return value


def _joined(ours: str, values: list[Any]) -> Any:
    """Return what several columns hold as one value: texts are joined, options get letters."""
    filled = [value for value in values if value not in (None, "")]
    if ours == "options":
        lettered = zip(ascii_uppercase, values, strict=False)
        return {letter: value for letter, value in lettered if value not in (None, "")}
    if ours in ("images", "history", "conversation"):
        return [each for value in filled for each in _listed(parsed(value))]
    if any(isinstance(value, (list, dict)) for value in filled):
        return filled
    return "\n\n".join(str(value).strip() for value in filled)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _renamed(row: Row, mapping: Mapping[str, str]) -> dict[str, Any]:
    used = {place for path in mapping.values() for place in columns_at(row, path)}
    rest = {
        # A column that happens to have one of our names, and is not mapped, is only kept.
        (f"column {name}" if name in _OURS else name): value
        for name, value in row.items()
        if name not in used
    }
    return {**rest, **_picked(row, mapping)}


def _overlaid(parts: Parts, other: Parts, mapping: Mapping[str, str]) -> Parts:
    for item in fields(parts):
        if item.name in mapping:
            setattr(parts, item.name, getattr(other, item.name))
    if "answer" in mapping or "answer_label" in mapping:
        parts.answers = other.answers
    if "answer" in mapping and "reasoning" not in mapping and other.reasoning:
        parts.reasoning = other.reasoning
    parts.notes += other.notes
    if parts.used is not None:
        parts.use(*(other.used or ()))
    return parts


def _said_by_columns(parts: Parts, row: Row, mapping: Mapping[str, str]) -> Parts:
    """Say what was read by the names that the file has, not by those that it was given."""
    read = parts.used or set()
    parts.used = {name for name in read if name not in _OURS}
    for ours, path in mapping.items():
        if ours in read:
            parts.use(*columns_at(row, path))
    return parts
