"""MMMU and what is laid out like it: questions over up to seven numbered images, some without
options.

The images themselves are taken as those of any format with numbered columns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from diq_core.data.formats.parts import (
    Format,
    Parts,
    Row,
    common,
    given_answer,
    set_options,
    set_reasoning,
    text,
)

_ABOUT = ("img_type", "topic_difficulty", "question_type", "subfield")
_UNKNOWN = "?"
"""What its test split has in place of an answer."""


def convert_mmmu(row: Row) -> Parts:
    """Return the parts of an MMMU row; its ``explanation``, a human's, is the reasoning."""
    parts = common(row, ("question", "options", "answer", "explanation"))
    parts.question = text(row, "question")
    set_options(parts, row, "options")
    parts.answer = given_answer(parts, row, "answer")
    if parts.answer == _UNKNOWN:
        parts.answer = ""
    set_reasoning(parts, row, "explanation")
    if parts.reasoning:
        parts.meta["reasoning_origin"] = "human explanation"
    parts.subject = parts.subject or text(row, "subfield")
    parts.use(*_ABOUT)
    return parts


def _mmmu(columns: Collection[str], _rows: Sequence[Row]) -> str | None:
    if not {"question", "options", "answer", "image_1", "question_type"} <= set(columns):
        return None
    return "columns question, options, answer, image_1, question_type: MMMU layout"


MMMU = Format(
    "mmmu", "MMMU", "question, options, answer, image_1, …, question_type", _mmmu, convert_mmmu
)
FORMATS = (MMMU,)
