"""Foreign layouts: recognised with a stated reason, named by the user, or mapped by columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diq_core import plugins
from diq_core.data.formats import chat, exams, instruct, own, traced
from diq_core.data.formats.mapping import FIELDS, check_mapping, mapped
from diq_core.data.formats.parts import Format, Note, Parts, Row, RowProblem
from diq_core.errors import BadSetting, UnknownFormat

__all__ = [
    "FIELDS", "FORMATS", "PLUGINS", "Format", "Match", "Note", "Parts", "RowProblem",
    "choose_format", "formats",
]  # fmt: skip

# In the order in which they are tried: the most particular first, our own last.
FORMATS: tuple[Format, ...] = (
    *chat.FORMATS,
    *instruct.THOUGHT,
    *traced.FORMATS,
    *exams.FORMATS,
    *instruct.PLAIN,
    *own.FORMATS,
)
PLUGINS = plugins.Group(
    "diq.formats", "format", Format, taken=tuple(known.name for known in FORMATS)
)


def formats() -> tuple[Format, ...]:
    """Return every format in the order in which they are tried.

    Those of installed packages come just before our own field names: installing one changes
    nothing for a file in whose columns one of ours is recognised by more than a question.
    """
    return (*FORMATS[:-1], *plugins.load(PLUGINS).values(), FORMATS[-1])


@dataclass(frozen=True, slots=True)
class Match:
    """The format that was chosen, and why."""

    format: Format
    reason: str


def choose_format(
    rows: Sequence[Row], *, name: str | None = None, mapping: Mapping[str, str] | None = None
) -> Match:
    """Return the format of the rows.

    Args:
        rows: the first rows of the file.
        name: the user's choice; None = recognise it.
        mapping: our field → column. With "question" it stands alone unless a format is named;
            otherwise it is laid over the named or recognised format.

    Raises:
        BadSetting: no format has this name, or the mapping names what is not there.
        UnknownFormat: no format fits.
    """
    if mapping:
        check_mapping(mapping, rows)
        if "question" in mapping and name is None:
            return Match(mapped(mapping, None), "you gave a column mapping")
    match = _named(name) if name else _recognise(rows)
    if not mapping:
        return match
    return Match(mapped(mapping, match.format), f"{match.reason}; with your column mapping")


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
        if exams.looks_like_medmcqa(columns) and known in (own.MEDREASON, own.MEDQA, own.OWN):
            break
        with plugins.guarded(PLUGINS, known.name):
            reason = known.matches(columns, rows)
        if reason:
            return Match(known, reason)
    seen = ", ".join(sorted(columns))[:1000]
    if exams.looks_like_medmcqa(columns):
        raise UnknownFormat(
            "MedMCQA's cop counts from 0 in some files and from 1 in others, and the values here "
            "do not tell which",
            which=f"columns seen: {seen}",
            todo="name the format: medmcqa-0 or medmcqa-1",
        )
    known_fields = "; ".join(f"{known.name} ({known.fields})" for known in formats())
    raise UnknownFormat(
        "The fields fit no known format",
        which=f"columns seen: {seen or 'none'}",
        todo="give a column mapping such as question=COLUMN answer=COLUMN, or rename the columns "
        f"to those of a known format: {known_fields}",
    )
