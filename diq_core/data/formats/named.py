"""Tables that are understood by the usual names of their columns, in any case and order."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from diq_core.data.formats.chat import set_conversation
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.mapping import FIELDS, convert_mapped
from diq_core.data.formats.names import find_columns, is_messages, plain_name
from diq_core.data.formats.parts import Format, Parts, Row, RowProblem, common
from diq_core.data.sample import Turn

_OWN_NAMES = {*FIELDS, "answer_idx"} - {"conversation"}
_SAID = ("answer", "answer_idx", "options")
_KEPT = ("source", "subject", "licence", "images")
_CASES = ("description", "casedescription", "text", "article", "note", "clinicalnote", "abstract")
_MARK = re.compile(
    r"^\s*(?:(?P<user>问|问题|問|患者|病人|用户|Q|Question|User|Human|Patient)"
    r"|(?P<assistant>答|回答|医生|助手|A|Answer|Assistant|Bot|GPT|Doctor))\s*[:：]\s*",
    re.IGNORECASE,
)


def mapping_by_names(rows: Sequence[Row]) -> dict[str, str]:
    """Return the mapping that the names of the columns give; {} where they are not certain.

    Certain is a whole conversation, or a question with an answer or options.
    """
    found = find_columns(rows)
    if "answer_label" in found:
        # As ours, a number is kept aside: nobody knows where it counts from.
        found["answer_idx"] = found.pop("answer_label")
    question = found.get("question")
    said = [field for field in _SAID if field in found]
    whole = question is not None and all(is_messages(parsed(row.get(question))) for row in rows)
    if question is not None and (said or whole):
        found.pop("conversation", None)
    elif "conversation" in found:
        found.pop("question", None)
    else:
        return {}
    columns = {name for row in rows for name in row}
    if question is not None and plain_name(question) == "instruction" and "input" in columns:
        found["question"] = f"{question},input"
    kept = {name: name for name in _KEPT if name in columns}
    if "image" in columns:
        kept["images"] = "images,image" if "images" in kept else "image"
    return found | kept


def _named(_columns: Collection[str], rows: Sequence[Row]) -> str | None:
    mapping = mapping_by_names(rows)
    if not mapping or set(mapping.values()) <= _OWN_NAMES | {"image"}:
        return None
    pairs = (
        path if path == ours else f"{path} = {ours}"
        for ours, path in mapping.items()
        if ours not in _KEPT
    )
    return f"columns {', '.join(pairs)}: usual names"


def _fitted(rows: Sequence[Row]) -> Format:
    mapping = mapping_by_names(rows)
    return Format(
        COLUMNS.name, COLUMNS.label, COLUMNS.fields, _named,
        partial(convert_mapped, mapping=mapping),
    )  # fmt: skip


def _convert_one(row: Row) -> Parts:
    return convert_mapped(row, mapping_by_names((row,)))


def _pairs_column(rows: Sequence[Row]) -> str | None:
    """Return the one column that holds a list of questions with their answers in every row."""
    columns = {name: None for row in rows for name in row}
    fitting = [name for name in columns if _are_pairs(rows, name)]
    return fitting[0] if len(fitting) == 1 else None


def _are_pairs(rows: Sequence[Row], column: str) -> bool:
    values = [parsed(row.get(column)) for row in rows]
    filled = [value for value in values if value not in (None, "", [])]
    if not filled or not all(isinstance(value, list) for value in filled):
        return False
    items = [item for value in filled for item in value]
    if is_messages(items) or not all(isinstance(item, Mapping) for item in items):
        return False
    found = find_columns(items)
    return "question" in found and any(field in found for field in ("answer", "options"))


def _pairs(columns: Collection[str], rows: Sequence[Row]) -> str | None:
    column = None if "question" in columns else _pairs_column(rows)
    return f"column {column}: a list of questions and answers in each row" if column else None


def _fitted_pairs(rows: Sequence[Row]) -> Format:
    column = _pairs_column(rows)
    if column is None:
        return PAIRS
    cut = partial(_cut, column=column)
    inner = [each for row in rows if parsed(row.get(column)) for each in cut(row)]
    mapping = mapping_by_names(inner)
    if "context" not in mapping:
        mapping |= _told(inner)
    return Format(
        PAIRS.name, PAIRS.label, PAIRS.fields, _pairs, partial(convert_mapped, mapping=mapping),
        cut=cut,
    )  # fmt: skip


def _told(rows: Sequence[Row]) -> dict[str, str]:
    """Return where the case itself is told, in words that every question of it needs."""
    for name in rows[0]:
        texts = all(isinstance(row.get(name), str) for row in rows)
        if texts and plain_name(name) in _CASES:
            return {"context": name}
    return {}


def _cut(row: Row, *, column: str) -> list[dict[str, Any]]:
    """Return a row for each pair in `column`, with what the case says of itself beside it."""
    pairs = parsed(row.get(column))
    if not isinstance(pairs, list) or not pairs or not all(isinstance(e, Mapping) for e in pairs):
        raise RowProblem(
            "wrong-shape",
            column,
            f"Field '{column}' is not a list of questions with their answers",
            'write [{"question": "…", "answer": "…"}, …]',
        )
    rows = []
    for number, pair in enumerate(pairs, start=1):
        outer = {
            f"{column} of {name}" if name in pair else name: value
            for name, value in row.items()
            if name != column
        }
        if row.get("id") not in (None, ""):
            outer["id"] = f"{row['id']}-{number}"
        rows.append({**outer, **{k: v for k, v in pair.items() if k != "id"}})
    return rows


def _convert_pair(_row: Row) -> Parts:
    raise RowProblem(
        "wrong-shape", "", "The row holds no list of questions with their answers",
        "choose another format",
    )  # fmt: skip


def _marked_column(rows: Sequence[Row]) -> str | None:
    fitting = [name for name in rows[0] if all(_marked(row.get(name)) for row in rows)]
    return fitting[0] if len(fitting) == 1 else None


def _marked(value: Any) -> list[Turn]:
    """Return the turns in a list of texts that each begin with their speaker; else []."""
    value = parsed(value)
    if not isinstance(value, list) or len(value) < 2:
        return []
    marks = [_MARK.match(each) if isinstance(each, str) else None for each in value]
    return [
        Turn("user" if mark["user"] else "assistant", mark.string[mark.end() :].strip())
        for mark in marks
        if mark is not None
    ] if all(marks) else []  # fmt: skip


def _marked_texts(_columns: Collection[str], rows: Sequence[Row]) -> str | None:
    column = _marked_column(rows)
    return (
        f"column {column}: texts that begin with their speaker, as 问： and 答："
        if column
        else None
    )


def _convert_marked(row: Row) -> Parts:
    column = _marked_column((row,))
    if column is None:
        raise RowProblem(
            "wrong-shape", "", "No column is a list of texts that begin with their speaker",
            'write ["Q: …", "A: …"]',
        )  # fmt: skip
    parts = common(row, (column,))
    set_conversation(parts, _marked(row[column]), column)
    return parts


COLUMNS = Format(
    "columns", "Usual column names", "Question, Answer, response, rationale, …",
    _named, _convert_one, fitted=_fitted,
)  # fmt: skip
PAIRS = Format(
    "pairs", "Questions of one case", "a list of questions and answers in each row",
    _pairs, _convert_pair, fitted=_fitted_pairs,
)  # fmt: skip
MARKED = Format(
    "marked-texts", "Texts with their speakers", 'a list such as ["Q: …", "A: …"]',
    _marked_texts, _convert_marked,
)  # fmt: skip
FORMATS = (COLUMNS, PAIRS, MARKED)
"""Tried just before our own field names, which need nothing but a question."""
