"""Our own field names, MedQA and MedReason (which share most of them), and MMLU's choices."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from diq_core.data.formats.options import parsed
from diq_core.data.formats.parts import (
    Format,
    Parts,
    Row,
    common,
    known_by,
    set_options,
    set_reasoning,
    settle_answer,
    text,
)
from diq_core.data.formats.thinking import set_response
from diq_core.data.formats.turns import read_turns
from diq_core.data.text import normal_words

_USED = (
    "question", "answer", "reasoning", "options", "answer_label", "answer_idx", "context",
    "system", "history", "image", "images", "subject",
)  # fmt: skip


def convert_own(row: Row) -> Parts:
    """Return the parts of a row with our own field names."""
    parts = common(row, _USED)
    parts.question = text(row, "question")
    set_reasoning(parts, row, "reasoning")
    set_options(parts, row, "options")
    parts.answer_label = text(row, "answer_label") or _label(row, parts)
    set_response(parts, text(row, "answer"), "answer")
    parts.context = text(row, "context")
    parts.system = text(row, "system")
    parts.images = image_list(row)
    history = parsed(row.get("history"))
    if history:
        parts.history = tuple(read_turns(history, "history", parts))
    settle_answer(parts)
    return parts


def image_list(row: Row) -> list[object]:
    """Return what the fields ``images`` and ``image`` hold, as a list."""
    found: list[object] = []
    for name in ("images", "image"):
        value = parsed(row.get(name))
        if isinstance(value, list):
            found += [inner for inner in value if inner is not None]
        elif value not in (None, ""):
            found.append(value)
    return found


def _label(row: Row, parts: Parts) -> str:
    """Return ``answer_idx`` when it is a label; a number is kept in meta, for it has no base."""
    value = row.get("answer_idx")
    labels = {option.label for option in parts.options}
    if isinstance(value, int) and str(value) not in labels:
        parts.meta["answer_idx"] = value
        return ""
    return text(row, "answer_idx")


def convert_medreason(row: Row) -> Parts:
    """Return the parts of a MedReason row; what follows "Explanation:" goes to meta."""
    parts = convert_own({**row, "answer": ""})
    answer = text(row, "answer")
    head, mark, tail = answer.partition("Explanation:")
    if mark and head.strip():
        answer = head.strip()
        parts.meta["explanation"] = tail.strip()
    set_response(parts, answer, "answer")
    if not parts.id and row.get("id_in_dataset") is not None and parts.source:
        parts.id = f"{parts.source}-{row['id_in_dataset']}"
    if words := normal_words(parts.answer):
        same = [option for option in parts.options if normal_words(option.text) == words]
        if len(same) == 1:
            parts.answer = same[0].text
    settle_answer(parts)
    return parts


def convert_choices(row: Row) -> Parts:
    """Return the parts of an MMLU row, whose ``answer`` counts the choices from 0."""
    answer = row.get("answer")
    parts = convert_own({**row, "options": row.get("choices"), "answer": None})
    parts.meta.pop("choices", None)
    if isinstance(answer, int) and 0 <= answer < len(parts.options):
        parts.answer_label = parts.options[answer].label
    elif answer is not None:
        parts.answer = text(row, "answer")
    settle_answer(parts)
    return parts


def _own(columns: Collection[str], _rows: Sequence[Row]) -> str | None:
    if "question" not in columns:
        return None
    known = sorted({"answer", "reasoning", "options", "answer_idx", "context", "id"} & set(columns))
    return f"columns question{''.join(', ' + name for name in known)}: our own field names"


def _medqa(columns: Collection[str], _rows: Sequence[Row]) -> str | None:
    ours = {"id", "source", "meta", "reasoning", "licence", "image", "images"}
    if {"question", "options", "answer_idx"} <= set(columns) and (
        "meta_info" in columns or not ours & set(columns)
    ):
        return "columns question, options, answer_idx: MedQA layout"
    return None


def _medreason(columns: Collection[str], rows: Sequence[Row]) -> str | None:
    if {"question", "options", "reasoning", "answer"} <= set(columns) and (
        "id_in_dataset" in columns
        or any("Answer Choices" in str(row["options"]) for row in rows if row.get("options"))
    ):
        return "columns question, options, reasoning, answer with options as text: MedReason layout"
    return None


OWN = Format("own", "Our own fields", "question, answer, reasoning, options, …", _own, convert_own)
MEDQA = Format("medqa", "MedQA", "question, options, answer_idx", _medqa, convert_own)
MEDREASON = Format(
    "medreason", "MedReason", "question, options, reasoning, answer", _medreason, convert_medreason
)
MMLU = Format(
    "mmlu",
    "MMLU",
    "question, choices, answer",
    known_by("question", "choices", "answer", layout="MMLU"),
    convert_choices,
)
FORMATS = (MEDREASON, MEDQA, MMLU, OWN)
