"""How each part of the view of the Explore page is written in its address, and read there."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

from diq_core.config import Aspect, Rule
from diq_core.maps.region import region_from_text, region_to_text
from diq_core.selection.budget import parse_budget
from diq_core.selection.strategies import find_strategy

Space = Literal["scores", "meaning"]
Scale = Literal["values", "ranks"]
Maps = Literal["scores", "meaning", "both"]
Panel = Literal["summary", "curves", "list", "sample"]
Listed = Literal["chosen", "region", "all", "unscored", "added", "removed"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "rule": get_args(Rule),
    "aspect": get_args(Aspect),
    "space": get_args(Space),
    "scale": get_args(Scale),
    "maps": get_args(Maps),
    "panel": get_args(Panel),
    "listed": get_args(Listed),
}
_PLACED = ("put_in", "taken_out")
_RANGES = {
    "weight": (0.0, 1.0),
    "difficulty_cut": (0.0, 100.0),
    "influence_cut": (0.0, 100.0),
    "max_per_source": (0.01, 1.0),
    "apart": (0.1, 1.0),
}


def read_value(field: str, text: str) -> Any:
    """Return the value of a field of the view.

    Raises:
        ValueError, BadSetting: the text means none.
    """
    if field in _CHOICES:
        if text not in _CHOICES[field]:
            raise ValueError(text)
        return text
    if field in _RANGES:
        low, high = _RANGES[field]
        number = float(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number
    if field == "seed":
        return max(0, min(int(text), 2**31))
    if field in ("quadrants", "marks"):
        return text == "yes"
    if field in _PLACED:
        return _ids(text)
    if field == "strategy":
        find_strategy(text)
    if field == "budget":
        parse_budget(text)
    if field == "region":
        return region_to_text(region_from_text(text))
    return text


def _ids(text: str) -> tuple[str, ...]:
    found = json.loads(text)
    if not isinstance(found, list) or not all(isinstance(id, str) for id in found):
        raise ValueError(text)
    return tuple(sorted(set(found)))


def write_value(value: Any) -> str:
    """Return a value as the address has it."""
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
