"""Instruction data: Alpaca, and HuatuoGPT-o1's chains."""

from __future__ import annotations

from diq_core.data.formats.own import read_history
from diq_core.data.formats.parts import (
    Format,
    Parts,
    Row,
    common,
    known_by,
    set_reasoning,
    text,
)
from diq_core.data.formats.thinking import set_response
from diq_core.data.formats.turns import image_list


def convert_alpaca(row: Row) -> Parts:
    """Return the parts of an Alpaca row.

    The input follows the instruction in the question: in many medical sets the instruction is
    the same in every row and the input is what is really asked.
    """
    used = ("instruction", "input", "output", "system", "history", "image", "images", "subject")
    parts = common(row, used)
    pieces = (text(row, "instruction"), text(row, "input"))
    parts.question = "\n\n".join(piece for piece in pieces if piece)
    parts.system = text(row, "system")
    parts.history = read_history(row, parts)
    parts.images += image_list(row)
    set_response(parts, text(row, "output"), "output")
    return parts


def convert_huatuo(row: Row) -> Parts:
    """Return the parts of a row of medical-o1-reasoning-SFT."""
    parts = common(row, ("Question", "Complex_CoT", "Response", "subject"))
    parts.question = text(row, "Question")
    set_reasoning(parts, row, "Complex_CoT")
    set_response(parts, text(row, "Response"), "Response")
    return parts


ALPACA = Format(
    "alpaca",
    "Alpaca",
    "instruction, input, output",
    known_by("instruction", "output", layout="Alpaca"),
    convert_alpaca,
)
HUATUO = Format(
    "huatuo",
    "HuatuoGPT-o1",
    "Question, Complex_CoT, Response",
    known_by("Question", "Complex_CoT", "Response", layout="HuatuoGPT-o1"),
    convert_huatuo,
)
THOUGHT = (HUATUO,)
PLAIN = (ALPACA,)
"""Tried after the exams, some of which also have the columns of Alpaca."""
