"""Find the one JSON object in what a model said, or say why there is none."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCED = re.compile(r"^```[A-Za-z]*[^\S\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no answer.

    Attributes:
        reason: why, in words.
    """

    reason: str


def read_object(text: str) -> dict[str, Any] | Missing:
    """Return the JSON object in `text`: alone, in a code fence, or between other words.

    Nothing is repaired: a cut, doubled or ambiguous object is missing.
    """
    rest = _THOUGHT.sub("", text)
    fenced = _FENCED.findall(rest)
    if len(fenced) > 1:
        return Missing("the reply holds more than one block")
    body = fenced[0] if fenced else rest
    start = body.find("{")
    if start < 0:
        return Missing("the reply is empty" if not rest.strip() else "the reply holds no JSON")
    try:
        value, end = json.JSONDecoder(object_pairs_hook=_once).raw_decode(body, start)
    except _Doubled:
        return Missing("a field of the reply is given twice")
    except (ValueError, RecursionError):
        return Missing("the reply is not readable as JSON")
    if "{" in body[end:]:
        return Missing("the reply holds more than one object")
    found: dict[str, Any] = value
    return found


class _Doubled(Exception):
    """A key occurs twice, so what was meant is unknown."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Doubled
    return found
