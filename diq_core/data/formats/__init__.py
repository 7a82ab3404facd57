"""Foreign layouts: recognised with a stated reason, named by the user, or mapped by columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diq_core.data.formats import chat, exams, instruct, own
from diq_core.data.formats.mapping import FIELDS, check_mapping, mapped
from diq_core.data.formats.parts import Format, Note, Parts, Row, RowProblem
from diq_core.errors import BadSetting, UnknownFormat

__all__ = ["FIELDS", "FORMATS", "Format", "Match", "Note", "Parts", "RowProblem", "choose_format"]

# In the order in which they are tried: the most particular first, our own last.
FORMATS: tuple[Format, ...] = (
    chat.MESSAGES,
    chat.SHAREGPT,
    chat.PROMPT,
    instruct.HUATUO,
    *exams.MEDMCQA,
    exams.PUBMEDQA,
    exams.ENDINGS,
    exams.MEDBULLETS,
    exams.MEDXPERTQA,
    instruct.ALPACA,
    own.MEDREASON,
    own.MEDQA,
    own.MMLU,
    own.OWN,
)


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
    for known in FORMATS:
        if known.name == name:
            return Match(known, "you named this format")
    names = ", ".join(known.name for known in FORMATS)
    raise BadSetting(f"There is no format '{name}'", which="format", todo=f"use one of: {names}")


def _recognise(rows: Sequence[Row]) -> Match:
    columns = {name for row in rows for name in row}
    for known in FORMATS:
        if exams.looks_like_medmcqa(columns) and known in (own.MEDREASON, own.MEDQA, own.OWN):
            break
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
    known_fields = "; ".join(f"{known.name} ({known.fields})" for known in FORMATS)
    raise UnknownFormat(
        "The fields fit no known format",
        which=f"columns seen: {seen or 'none'}",
        todo="give a column mapping such as question=COLUMN answer=COLUMN, or rename the columns "
        f"to those of a known format: {known_fields}",
    )
