"""What a cell of a workbook says: a number as it is shown, a date as text, a formula's value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

_DIGITS = ".15g"


@dataclass(frozen=True)
class Remark:
    """What was noticed about a cell: a rule of `findings`, with what to say and to do."""

    rule: str
    message: str
    hint: str


def said_by(cell: Any, formula: Any) -> tuple[Any, Remark | None]:
    """Return the value of a cell, and what is to be said about it.

    Args:
        cell: with the value that Excel kept; None = there is none.
        formula: the same cell with its formula; None = there is none.
    """
    kind = getattr(cell, "data_type", "n")
    value = getattr(cell, "value", None)
    if kind == "e":
        return None, _unreadable(f"The cell holds the error {str(value)[:20]}")
    if value is None:
        if getattr(formula, "data_type", "") != "f":
            return None, None
        return None, _unreadable("The cell holds a formula whose value was not saved")
    if isinstance(value, (datetime, time)) or hasattr(value, "isoformat"):
        return _dated(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value, str(getattr(cell, "number_format", "") or "")), None
    return (value if isinstance(value, (str, bool)) else str(value)), None


def _number(value: float, format: str) -> int | float | str:
    """Return a number as people see it: 5 % not as 0.05, and none of what binary numbers add."""
    if "%" in format:
        return f"{value * 100:{_DIGITS}}%"
    if isinstance(value, int) or value.is_integer():
        return int(value)
    return float(f"{value:{_DIGITS}}")


def _dated(value: Any) -> tuple[str, Remark]:
    whole_day = isinstance(value, datetime) and value.time() == time()
    text = str(value.date().isoformat() if whole_day else value.isoformat(" ")
               if isinstance(value, datetime) else value.isoformat())  # fmt: skip
    message = f"The cell is a date or a time, and is read as {text}"
    hint = "Excel also makes dates of what looks like one, such as 5-10; then type it as text"
    return text, Remark("date-cell", message, hint)


def _unreadable(message: str) -> Remark:
    return Remark("value-unreadable", message, "open and save the file in Excel, or type the value")
