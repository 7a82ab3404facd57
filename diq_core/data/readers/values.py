"""Values of any file as plain, finite, encodable JSON values, with a note of each change."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from diq_core.data.findings import Finding, finding
from diq_core.data.text import mend

MAX_DEPTH = 40


class TooDeep(ValueError):
    """A value nests deeper than `MAX_DEPTH`."""


def plain_row(row: dict[Any, Any], *, file: str, line: int) -> tuple[dict[str, Any], list[Finding]]:
    """Return `row` with plain values only, and a finding for each field that was changed.

    Plain: None, bool, int, finite float, text without lone surrogates, list, dict with text
    keys; raw bytes stay only as the ``bytes`` of an image, and where they can only be a file: they
    are not UTF-8 and hold a NUL.

    Raises:
        TooDeep: a value nests deeper than `MAX_DEPTH`.
    """
    result: dict[str, Any] = {}
    findings = []
    for key, value in row.items():
        changed: set[str] = set()
        name = _text(str(key), changed)
        result[name] = _plain(value, changed, 1)
        findings += [_changed(rule, name, file, line) for rule in sorted(changed)]
    return result, findings


def _changed(rule: str, field: str, file: str, line: int) -> Finding:
    message, hint = {
        "not-finite": (
            f"Field '{field}' holds NaN or an infinite number",
            "write null where a number is not known",
        ),
        "lone-surrogate": (
            f"Field '{field}' holds half of a character pair",
            "write the file again as UTF-8 if a character is missing",
        ),
        "invalid-utf8": (
            f"Field '{field}' holds bytes that are not UTF-8",
            "save the file as UTF-8",
        ),
    }[rule]
    return finding(rule, message, hint=hint, file=file, line=line, field=field)


def _plain(value: Any, changed: set[str], depth: int) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return _text(value, changed)
    if depth > MAX_DEPTH:
        raise TooDeep
    if isinstance(value, dict):
        return {
            _text(str(key), changed): (
                inner
                if key == "bytes" and isinstance(inner, bytes)
                else _plain(inner, changed, depth + 1)
            )
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(inner, changed, depth + 1) for inner in value]
    return _scalar(value, changed)


def _scalar(value: Any, changed: set[str]) -> Any:
    if isinstance(value, (float, Decimal)):
        number = float(value)
        if math.isfinite(number):
            return number
        changed.add("not-finite")
        return None
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            if b"\0" in value:
                return value
            changed.add("invalid-utf8")
            return value.decode("utf-8", "replace")
    return _text(str(value), changed)


def _text(text: str, changed: set[str]) -> str:
    mended, broken = mend(text)
    if broken:
        changed.add("lone-surrogate")
    return mended
