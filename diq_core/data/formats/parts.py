"""The pieces of a row on their way to a sample, and the helpers that every format uses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from diq_core.data.formats.literals import parsed
from diq_core.data.formats.options import marked_right, read_options
from diq_core.data.sample import Option, Turn

Row = Mapping[str, Any]

SOURCE_FIELDS = ("source", "dataset", "dataset_name", "data_source")
SUBJECT_FIELDS = ("subject", "subject_name", "specialty", "topic", "topic_name")


class RowProblem(ValueError):
    """A row cannot become a sample.

    Args:
        rule: an ``error`` rule of `findings.RULES`.
        field: the field that is meant.
        message: what is wrong, without its full stop.
        hint: what to do about it.
    """

    def __init__(self, rule: str, field: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.field = field
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Note:
    """Something noticed while converting a row that did become a sample."""

    rule: str
    field: str
    message: str
    hint: str


@dataclass(slots=True)
class Parts:
    """What a format found in a row. Images are still what the file says: paths or bytes.

    The attributes are those of `Sample`, without what only the importer can know; `settling`
    completes them, so a label or an answer may still be a number here.

    Attributes:
        answers: where the file gives several right answers: labels, texts or numbers.
        counts_from: what the layout's documentation says of numbers as answers; the file's own
            proof goes before it.
        image_places: as in `Sample`, for all of `images`; () = all belong to the question.
        marks: how many marks in the texts stand for an image that a message gave as a part.
        named: how many of `images` a message itself named.
        used: columns that were read, or places inside them (see `paths`); None = nobody says.
        ignored: columns that the user sets aside: they are kept in meta and say nothing.
    """

    question: str = ""
    answer: str = ""
    reasoning: str = ""
    options: tuple[Option, ...] = ()
    answer_label: str = ""
    answers: tuple[str, ...] = ()
    counts_from: int | None = None
    context: str = ""
    system: str = ""
    history: tuple[Turn, ...] = ()
    tool_turns: tuple[Turn, ...] = ()
    images: list[Any] = field(default_factory=list)
    image_places: tuple[int, ...] = ()
    marks: int = 0
    named: int = 0
    frame: tuple[str, ...] = ()
    id: str = ""
    source: str = ""
    subject: str = ""
    licence: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    used: set[str] | None = None
    ignored: frozenset[str] = frozenset()

    def use(self, *names: str) -> None:
        """Say that columns were read."""
        self.used = {*(self.used or ()), *names}

    def set_aside(self, name: str, value: Any) -> None:
        """Keep in meta what a column holds: it was looked at, and is not used."""
        self.meta[name] = without_bytes(value)
        if self.used is not None:
            self.used.discard(name)


def unread(parts: Parts, row: Row) -> dict[str, Any]:
    """Return the columns that were neither used nor set aside by the user, with their values."""
    out = parts.ignored | (parts.used or set())
    kept = {name.removeprefix("column ") for name in parts.meta}
    return {name: value for name, value in row.items() if name in kept and name not in out}


@dataclass(frozen=True, slots=True)
class Format:
    """A foreign layout.

    Attributes:
        name: what the user types to choose it.
        label: what the page shows.
        fields: the fields it is known by, in words.
        matches: (columns, first rows) → why it fits, or None.
        convert: row → parts; raises `RowProblem`.
        fitted: first rows → this format as it reads them, where their names decide; None = it reads
            every file alike.
        cut: row → the rows of the samples that it holds; None = a row is a sample.
    """

    name: str
    label: str
    fields: str
    matches: Callable[[Collection[str], Sequence[Row]], str | None]
    convert: Callable[[Row], Parts]
    fitted: Callable[[Sequence[Row]], Format] | None = None
    cut: Callable[[Row], Sequence[Row]] | None = None


def known_by(*columns: str, layout: str) -> Callable[[Collection[str], Sequence[Row]], str | None]:
    """Return a test that fits when all of `columns` are there, whatever is in them."""

    def matches(seen: Collection[str], _rows: Sequence[Row]) -> str | None:
        if not set(columns) <= set(seen):
            return None
        return f"column{'s' * (len(columns) > 1)} {', '.join(columns)}: {layout} layout"

    return matches


def text(row: Row, name: str) -> str:
    """Return the text in a field without outer white space; missing is empty.

    Raises:
        RowProblem: the field holds a list or an object.
    """
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        value = value[0]
    if isinstance(value, (list, dict, bytes)):
        kind = {list: "a list", dict: "an object"}.get(type(value), "bytes")
        raise RowProblem(
            "wrong-type",
            name,
            f"Field '{name}' holds {kind}, not text",
            "give one text, or map another column to it",
        )
    return str(value).strip()


def given_answer(parts: Parts, row: Row, name: str) -> str:
    """Return the answer or the label in a field; several of them go to `Parts.answers`.

    Beside options a cell of text may hold a list (``['A', 'C']``); an object of a label and a
    text is the label.
    """
    value = parsed(row.get(name)) if parts.options else row.get(name)
    if isinstance(value, Mapping):
        inner = read_options([value])
        return inner[0].label if inner and parts.options else text(row, name)
    if not isinstance(value, list) or any(isinstance(each, (list, dict)) for each in value):
        return text(row, name)
    given = tuple(str(each).strip() for each in value if each is not None)
    if len(given) == 1:
        return given[0]
    parts.answers = parts.answers or given
    return ""


def set_reasoning(parts: Parts, row: Row, name: str) -> None:
    """Put a chain of thought into `parts`: a text, or a list of steps.

    A number, or a list of numbers, is a rating and no chain: it stays in meta.
    """
    value = row.get(name)
    ratings = value if isinstance(value, list) else [value]
    if ratings and all(isinstance(inner, (int, float)) for inner in ratings):
        parts.set_aside(name, value)
    elif isinstance(value, list) and all(isinstance(inner, str) for inner in value):
        parts.reasoning = "\n\n".join(inner.strip() for inner in value if inner.strip())
    else:
        parts.reasoning = text(row, name)
    if not parts.reasoning and isinstance(value, str) and value:
        parts.notes.append(blank(name))


def first_text(row: Row, names: Sequence[str]) -> str:
    """Return the first non-empty text among the fields `names`; lists and objects are skipped."""
    for name in names:
        value = row.get(name)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            found = str(value).strip()
            if found:
                return found
    return ""


def common(row: Row, used: Collection[str]) -> Parts:
    """Return parts with id, source, subject, licence, and all fields not `used` in meta.

    `Parts.used` then says which fields were read.
    """
    nested = parsed(row.get("meta"))
    meta: dict[str, Any] = dict(nested) if isinstance(nested, dict) else {}
    taken = {"id", "source", "licence", "license", "meta", *used}
    about = {name for names in (SOURCE_FIELDS, SUBJECT_FIELDS) for name in names}
    for name, value in row.items():
        if name in taken or value is None:
            continue
        if name in meta and meta[name] != value:
            meta[f"meta.{name}"] = meta[name]
        meta[name] = value
    if not isinstance(nested, dict) and nested not in (None, ""):
        meta["meta"] = nested
    return Parts(
        id=first_text(row, ("id",)),
        source=first_text(row, SOURCE_FIELDS),
        subject=first_text(row, SUBJECT_FIELDS) or first_text(meta, SUBJECT_FIELDS),
        licence=first_text(row, ("licence", "license")),
        meta=without_bytes(meta),
        used=taken | about,
    )


def blank(name: str) -> Note:
    """Return the note for a reasoning that is only white space."""
    return Note(
        "blank-reasoning",
        name,
        "The reasoning is only white space and is treated as missing",
        "leave the field out, or fill it",
    )


def without_bytes(value: Any) -> Any:
    """Return `value` with raw bytes replaced by their number, so that it is JSON-able."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, dict):
        return {key: without_bytes(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_bytes(inner) for inner in value]
    return value


def set_options(parts: Parts, row: Row, name: str) -> None:
    """Read the options from a field into `parts`; unclear ones stay in meta, with a note."""
    options = read_options(row.get(name))
    if options is None:
        parts.set_aside(name, row.get(name))
        parts.notes.append(
            Note(
                "options-unreadable",
                name,
                "The options could not be understood and were kept in meta",
                'write them as {"A": "…", "B": "…"}',
            )
        )
    parts.options = options or ()
    right = [parts.options[place].label for place in marked_right(row.get(name)) if options]
    if len(right) == 1:
        parts.answer_label = right[0]
    parts.answers = tuple(right) if len(right) > 1 else ()
