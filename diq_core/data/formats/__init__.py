"""Foreign layouts: recognised with a stated reason, named by the user, or mapped by columns."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from diq_core import plugins
from diq_core.data.formats import chat, exams, instruct, mmmu, named, own, pairs, traced
from diq_core.data.formats.mapping import FIELDS, asks, check_mapping, inside, mapped, without
from diq_core.data.formats.names import find_columns, list_for, near_names
from diq_core.data.formats.parts import Format, Note, Parts, Row, RowProblem
from diq_core.errors import BadSetting, UnknownFormat

__all__ = [
    "FIELDS", "FORMATS", "PLUGINS", "Format", "Match", "Note", "Parts", "RowProblem",
    "choose_format", "formats",
]  # fmt: skip

# In the order in which they are tried: the most particular first, our own last.
FORMATS: tuple[Format, ...] = (
    *pairs.FORMATS,
    *chat.FORMATS,
    *instruct.THOUGHT,
    *traced.FORMATS,
    *mmmu.FORMATS,
    *exams.FORMATS,
    *instruct.PLAIN,
    *own.FORMATS[:-1],
    *named.FORMATS,
    own.OWN,
)
_PLAIN = len(named.FORMATS) + 1
_GENERAL = FORMATS[-_PLAIN:]
PLUGINS = plugins.Group(
    "diq.formats", "format", Format, taken=tuple(known.name for known in FORMATS)
)


def formats() -> tuple[Format, ...]:
    """Return every format in the order in which they are tried.

    Those of installed packages come just before the usual names of columns and our own: installing
    one changes nothing for a file that one of ours knows by more than those.
    """
    return (*FORMATS[:-_PLAIN], *plugins.load(PLUGINS).values(), *FORMATS[-_PLAIN:])


_FIELD_OF = {
    "conversations": "conversation", "messages": "conversation", "instruction": "question",
    "prompt": "question", "input": "question", "output": "answer", "completion": "answer",
    "response": "answer", "explanation": "reasoning", "rationale": "reasoning",
}  # fmt: skip
_SPLITS = ("train", "training", "validation", "valid", "val", "dev", "test", "eval")


@dataclass(frozen=True, slots=True)
class Match:
    """The format that was chosen, and why."""

    format: Format
    reason: str


def choose_format(
    rows: Sequence[Row],
    *,
    name: str | None = None,
    mapping: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
) -> Match:
    """Return the format of the rows.

    Args:
        rows: the first rows of the file.
        name: the user's choice; None = recognise it.
        mapping: our field → column. With "question" it stands alone unless a format is named;
            otherwise it is laid over the named or recognised format.
        ignore: columns that are not looked at, and only kept in meta.

    Raises:
        BadSetting: no format has this name, or the mapping names what is not there or is ignored.
        UnknownFormat: no format fits.
    """
    if not ignore:
        return _choose(rows, name, mapping)
    both = sorted(set(ignore) & set((mapping or {}).values()))
    if both:
        raise BadSetting(
            f"The column '{both[0]}' is both mapped and ignored",
            which="mapping",
            todo="do one of the two",
        )
    left = [{column: row[column] for column in row if column not in ignore} for row in rows]
    match = _choose(left, name, mapping)
    return Match(without(match.format, ignore), match.reason)


def _choose(rows: Sequence[Row], name: str | None, mapping: Mapping[str, str] | None) -> Match:
    if mapping:
        check_mapping(mapping, rows)
        if asks(mapping) and name is None:
            return Match(mapped(mapping, None), "you gave a column mapping")
    match = _fitted(_named(name) if name else _recognise(rows), rows)
    if not mapping:
        return match
    return Match(mapped(mapping, match.format), f"{match.reason}; with your column mapping")


def _fitted(match: Match, rows: Sequence[Row]) -> Match:
    """Return the match with its format as it reads these rows."""
    if match.format.fitted is None:
        return match
    with plugins.guarded(PLUGINS, match.format.name):
        return Match(match.format.fitted(rows), match.reason)


def _named(name: str) -> Match:
    for known in formats():
        if known.name == name:
            return Match(known, "you named this format")
    names = ", ".join(known.name for known in formats())
    raise BadSetting(
        f"There is no format '{name}'{plugins.why_not(PLUGINS, name)}",
        which="format",
        todo=f"use one of: {names}",
    )


def _recognise(rows: Sequence[Row]) -> Match:
    columns = {name for row in rows for name in row}
    for known in formats():
        if exams.looks_like_medmcqa(columns) and known in (own.MEDREASON, own.MEDQA, *_GENERAL):
            break
        with plugins.guarded(PLUGINS, known.name):
            reason = known.matches(columns, rows)
        if reason:
            return Match(known, reason)
    if exams.looks_like_medmcqa(columns):
        raise UnknownFormat(
            "MedMCQA's cop counts from 0 in some files and from 1 in others, and the values here "
            "do not tell which",
            which=_seen(columns),
            todo="name the format: medmcqa-0 or medmcqa-1",
        )
    raise UnknownFormat(
        f"The columns fit no known layout{_what_is_there(rows)}",
        which=_seen(columns),
        todo=_what_to_map(rows),
    )


def _seen(columns: Collection[str]) -> str:
    return f"columns seen: {', '.join(sorted(columns))[:1000] or 'none'}"


def _what_is_there(rows: Sequence[Row]) -> str:
    """Return in words what columns hold that are more than a text: splits, lists, objects."""
    columns = dict.fromkeys(name for row in rows for name in row)
    held = {name: inside(rows, name) for name in columns}
    told = [f"'{name}' is {what}" for name, what in held.items() if what.startswith("a list of ")
            or what.startswith("an object of")]  # fmt: skip
    splits = [name for name in columns if name in _SPLITS]
    if len(splits) == len(columns) > 0:
        return f": it holds the splits {', '.join(splits)}"
    return f": {'; '.join(told)[:600]}" if told else ""


def _what_to_map(rows: Sequence[Row]) -> str:
    """Return what to do about columns that nothing fits, in words that are true for them."""
    columns = dict.fromkeys(name for row in rows for name in row)
    if columns and all(name in _SPLITS for name in columns):
        return "choose one split: write it to a file of its own and import that"
    near = near_names(columns)
    say = f"say which column holds what: {_example(rows, near)}"
    if not near:
        return say
    meant = " and ".join(f"'{ours}' by '{theirs}'" for theirs, ours in near.items())
    return f"did you mean {meant}? Rename it, or {say}"


def _example(rows: Sequence[Row], near: Mapping[str, str]) -> str:
    """Return a mapping to type, with the columns that are known and placeholders for the rest."""
    meant = {_FIELD_OF.get(ours, ours): theirs for theirs, ours in near.items()}
    if "conversation" in meant:
        pairs = {"conversation": meant["conversation"]}
    else:
        several = list_for("answer", rows)
        first = {"answer": f"{several}[0]"} if several else {}
        found = {**first, **_nested(rows), **meant, **find_columns(rows)}
        pairs = {"question": "COLUMN", "answer": "COLUMN"}
        pairs |= {ours: found[ours] for ours in (*pairs, "options", "reasoning") if ours in found}
    return " ".join(f"--map {shlex.quote(f'{ours}={place}')}" for ours, place in pairs.items())


def _nested(rows: Sequence[Row]) -> dict[str, str]:
    """Return the mapping into the first object that holds a question, where there is one."""
    for column in dict.fromkeys(name for row in rows for name in row):
        values = [row[column] for row in rows if isinstance(row.get(column), Mapping)]
        found = find_columns(values) if values else {}
        if "question" in found:
            return {ours: f"{column}.{theirs}" for ours, theirs in found.items() if ours != "id"}
    return {}
