"""Our own field names, MedQA and MedReason (which share most of them), and MMLU's choices."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from diq_core.data.formats.literals import parsed
from diq_core.data.formats.parts import (
    Format,
    Parts,
    Row,
    common,
    given_answer,
    known_by,
    set_options,
    set_reasoning,
    text,
)
from diq_core.data.formats.thinking import set_response
from diq_core.data.formats.turns import image_list, read_turns, settled
from diq_core.data.sample import Turn

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
    labels = [given_answer(parts, row, name) for name in ("answer_label", "answer_idx")]
    parts.answer_label = next((label for label in labels if label), parts.answer_label)
    set_response(parts, given_answer(parts, row, "answer"), "answer")
    parts.context = text(row, "context")
    parts.system = text(row, "system")
    parts.history = read_history(row, parts)
    parts.images += image_list(row)
    return parts


def read_history(row: Row, parts: Parts) -> tuple[Turn, ...]:
    """Return the turns in ``history``: messages, or LLaMA-Factory's [question, answer] pairs.

    Raises:
        RowProblem: it holds anything else.
    """
    value = parsed(row.get("history"))
    if value in (None, "", []):
        return ()
    if isinstance(value, list) and all(_is_pair(each) for each in value):
        said = [(pair[0], pair[1]) for pair in value]
        turns = [
            Turn(role, str(content).strip())
            for pair in said
            for role, content in zip(("user", "assistant"), pair, strict=True)
            if content is not None
        ]
    else:
        turns = read_turns(value, "history", parts)
    return settled(turns, parts, "history")


def _is_pair(value: object) -> bool:
    kinds = (str, int, float, type(None))
    return isinstance(value, list) and len(value) == 2 and all(isinstance(e, kinds) for e in value)


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
        parts.use("id_in_dataset")
    return parts


def convert_choices(row: Row) -> Parts:
    """Return the parts of an MMLU row; with a ``subject``, ``answer`` counts from 0.

    Source: the data card of cais/mmlu. Other files with choices have to prove what they count
    from.
    """
    parts = convert_own({**row, "options": row.get("choices")})
    parts.meta.pop("choices", None)
    parts.counts_from = 0 if "subject" in row else None
    parts.use("choices")
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
