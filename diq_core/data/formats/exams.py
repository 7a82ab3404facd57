"""Exam questions with columns of their own: MedMCQA, MedQA with endings, PubMedQA, and others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from diq_core.data.formats.answers import number_in
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.parts import (
    Format,
    Parts,
    Row,
    RowProblem,
    common,
    given_answer,
    known_by,
    set_options,
    set_reasoning,
    text,
)
from diq_core.data.formats.turns import image_list
from diq_core.data.sample import Option

_LETTERS = {"opa": "A", "opb": "B", "opc": "C", "opd": "D"}
_FIVE = {**_LETTERS, "ope": "E"}
_MEDMCQA = {"question", "cop", *_LETTERS}
_INLINE_CHOICES = "Answer Choices:"


def convert_medmcqa(row: Row, *, base: int) -> Parts:
    """Return the parts of a MedMCQA row; ``exp``, a human's explanation, is the reasoning.

    Args:
        base: what ``cop`` is for option A. Source: the authors' JSON files count from 1, the
            data set on the hub (a class label, -1 in its test split) counts from 0.
    """
    parts = common(row, ("question", "cop", "exp", "subject_name", *_LETTERS))
    parts.question = text(row, "question")
    parts.options = tuple(
        Option(label, text(row, name)) for name, label in _LETTERS.items() if row.get(name)
    )
    set_reasoning(parts, row, "exp")
    if parts.reasoning:
        parts.meta["reasoning_origin"] = "human explanation"
    places = [_position({"cop": cop}, base) for cop in _each_cop(row)]
    labels = ["ABCD"[place] for place in places if place is not None]
    if len(labels) == 1:
        parts.answer_label = labels[0]
    parts.answers = tuple(labels) if len(labels) > 1 else ()
    return parts


def _each_cop(row: Row) -> list[Any]:
    """Return the numbers of the right options: one, or those of a list or of ``1,3``."""
    value = parsed(row.get("cop"))
    if isinstance(value, str):
        return [piece.strip() for piece in value.split(",")]
    return value if isinstance(value, list) else [value]


def _position(row: Row, base: int) -> int | None:
    number = _cop(row)
    if number is None or number < 0:
        return None
    if not 0 <= number - base <= 3:
        raise RowProblem(
            "wrong-shape",
            "cop",
            f"cop is {number}, but in this file it runs from {base} to {base + 3}",
            f"correct it, or choose the format medmcqa-{1 - base}",
        )
    return number - base


def _cop(row: Row) -> int | None:
    value = row.get("cop")
    if value in (None, ""):
        return None
    number = number_in(str(value))
    if number is None:
        hint = "give the number of the right option"
        raise RowProblem("wrong-type", "cop", "cop is not a number", hint)
    return number


def looks_like_medmcqa(columns: Collection[str]) -> bool:
    """Return whether the columns are those of MedMCQA."""
    return set(columns) >= _MEDMCQA


def _values(rows: Sequence[Row]) -> set[int]:
    found = set()
    for cop in (cop for row in rows for cop in _each_cop(row)):
        try:
            number = _cop({"cop": cop})
        except RowProblem:
            continue
        found.add(-1 if number is None else number)
    return found


def _medmcqa(columns: Collection[str], rows: Sequence[Row], *, base: int) -> str | None:
    if not looks_like_medmcqa(columns):
        return None
    values = _values(rows)
    proof, contradiction = (0, 4) if base == 0 else (4, 0)
    unlabelled = base == 0 and not values - {-1}
    if contradiction in values or not (proof in values or unlabelled):
        return None
    why = f"cop counts from {base}" if proof in values else "no answers given"
    return f"columns question, opa … opd, cop: MedMCQA layout, {why}"


def convert_endings(row: Row) -> Parts:
    """Return the parts of a row with sent1, sent2, ending0 … and a label that counts from 0."""
    endings = sorted(
        (name for name in row if name.startswith("ending") and name[6:].isdigit()),
        key=lambda name: int(name[6:]),
    )
    parts = common(row, ("sent1", "sent2", "label", "subject", *endings))
    pieces = (text(row, "sent1"), text(row, "sent2"))
    parts.question = "\n\n".join(piece for piece in pieces if piece)
    parts.options = tuple(
        Option(chr(ord("A") + position), text(row, name))
        for position, name in enumerate(endings[:26])
    )
    label = row.get("label")
    if isinstance(label, str) and label.strip().isdigit():
        label = int(label)
    if isinstance(label, int) and 0 <= label < len(parts.options):
        parts.answer_label = parts.options[label].label
    elif label not in (None, -1, ""):
        message = f"label is {label!r:.40}, but there are {len(parts.options)} endings"
        raise RowProblem("wrong-shape", "label", message, "count the endings from 0")
    return parts


def convert_pubmedqa(row: Row) -> Parts:
    """Return the parts of a record of ori_pqal.json.

    The abstract's sections are the context, its conclusion (LONG_ANSWER) the reasoning, and the
    decision one of the options yes, no, maybe.
    """
    used = ("QUESTION", "CONTEXTS", "LABELS", "LONG_ANSWER", "final_decision", "subject")
    parts = common(row, used)
    parts.question = text(row, "QUESTION")
    parts.context = _sections(row.get("CONTEXTS"), row.get("LABELS"))
    set_reasoning(parts, row, "LONG_ANSWER")
    if parts.reasoning:
        parts.meta["reasoning_origin"] = "conclusion of the abstract"
    parts.options = (Option("A", "yes"), Option("B", "no"), Option("C", "maybe"))
    parts.answer = text(row, "final_decision")
    return parts


def convert_pubmedqa_hub(row: Row) -> Parts:
    """Return the parts of a PubMedQA row as the hub has it: the same under other names."""
    abstract = row.get("context")
    parts = convert_pubmedqa(
        {
            **{name: value for name, value in row.items() if name != "pubid"},
            "id": row.get("pubid", row.get("id")),
            "QUESTION": row.get("question"),
            "CONTEXTS": abstract.get("contexts") if isinstance(abstract, dict) else abstract,
            "LABELS": abstract.get("labels") if isinstance(abstract, dict) else None,
            "LONG_ANSWER": row.get("long_answer"),
        }
    )
    read = ("question", "context.contexts", "context.labels", "long_answer")
    for name in ("question", "context", "long_answer"):
        parts.meta.pop(name, None)
    parts.use("pubid", *read)
    return parts


def convert_medbullets(row: Row) -> Parts:
    """Return the parts of a MedBullets row; its ``explanation`` is the reasoning."""
    parts = common(row, ("question", "answer", "answer_idx", "explanation", *_FIVE))
    parts.question = text(row, "question")
    parts.options = tuple(
        Option(label, text(row, name)) for name, label in _FIVE.items() if text(row, name)
    )
    parts.answer_label = given_answer(parts, row, "answer_idx")
    parts.answer = given_answer(parts, row, "answer")
    set_reasoning(parts, row, "explanation")
    if parts.reasoning:
        parts.meta["reasoning_origin"] = "human explanation"
    return parts


def convert_medxpertqa(row: Row) -> Parts:
    """Return the parts of a MedXpertQA row; the choices inside its question are taken out.

    The question repeats all options in its own text; they are the ones in ``options``.
    """
    parts = common(row, ("question", "options", "label", "image", "images"))
    set_options(parts, row, "options")
    question = text(row, "question")
    head, mark, _ = question.rpartition(_INLINE_CHOICES)
    parts.question = head.strip() if mark and parts.options and head.strip() else question
    parts.answer_label = given_answer(parts, row, "label") or parts.answer_label
    if not parts.subject:
        parts.subject = text(row, "body_system")
        parts.use("body_system")
    parts.images = image_list(row)
    return parts


def _medxpertqa(columns: Collection[str], _rows: Sequence[Row]) -> str | None:
    if not {"question", "options", "label"} <= set(columns):
        return None
    if {"answer", "answer_idx", "answer_label"} & set(columns):
        return None
    return "columns question, options, label: MedXpertQA layout"


def _sections(contexts: Any, labels: Any) -> str:
    if isinstance(contexts, str):
        return contexts.strip()
    if not isinstance(contexts, list):
        return ""
    sections = [str(section).strip() for section in contexts]
    if isinstance(labels, list) and len(labels) == len(sections):
        named = zip(labels, sections, strict=True)
        sections = [f"{str(label).capitalize()}: {section}" for label, section in named]
    return "\n".join(sections)


MEDMCQA = tuple(
    Format(
        f"medmcqa-{base}",
        f"MedMCQA, cop counts from {base}",
        "question, opa, opb, opc, opd, cop",
        partial(_medmcqa, base=base),
        partial(convert_medmcqa, base=base),
    )
    for base in (0, 1)
)
ENDINGS = Format(
    "endings",
    "MedQA with endings",
    "sent1, ending0, ending1, …, label",
    known_by("sent1", "ending0", "ending1", layout="MedQA with endings"),
    convert_endings,
)
PUBMEDQA = Format(
    "pubmedqa",
    "PubMedQA (ori_pqal.json)",
    "QUESTION, CONTEXTS, LONG_ANSWER, final_decision",
    known_by("QUESTION", "CONTEXTS", layout="PubMedQA (ori_pqal.json)"),
    convert_pubmedqa,
)
PUBMEDQA_HUB = Format(
    "pubmedqa-hub",
    "PubMedQA (hub)",
    "question, context, long_answer, final_decision",
    known_by("question", "context", "long_answer", "final_decision", layout="PubMedQA (hub)"),
    convert_pubmedqa_hub,
)
MEDBULLETS = Format(
    "medbullets",
    "MedBullets",
    "question, opa, opb, …, answer_idx",
    known_by("question", "opa", "opb", "answer_idx", layout="MedBullets"),
    convert_medbullets,
)
MEDXPERTQA = Format(
    "medxpertqa", "MedXpertQA", "question, options, label", _medxpertqa, convert_medxpertqa
)
FORMATS = (*MEDMCQA, PUBMEDQA, PUBMEDQA_HUB, ENDINGS, MEDBULLETS, MEDXPERTQA)
