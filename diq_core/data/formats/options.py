"""The options of a question, in whatever shape a file gives them."""

from __future__ import annotations

import json
import re
from typing import Any

from diq_core.data.sample import Option

_OPTION_LINE = re.compile(r"^\s*\(?([A-Za-z]|\d{1,2})[.):]\s+(.*)$")
_OPTION_HEADING = re.compile(r"^\s*(answer\s+)?(choices|options)\s*:?\s*$", re.IGNORECASE)


def parsed(value: Any) -> Any:
    """Return `value`, parsed when it is text that is a JSON object or array (as in CSV)."""
    if not isinstance(value, str) or value.strip()[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def read_options(value: Any) -> tuple[Option, ...] | None:
    """Return the options in a dict, list or text; () when there are none, None when unclear.

    Understood: ``{"A": "…"}``, ``["…", "…"]``, ``[{"key": "A", "value": "…"}]``,
    ``[{"letter": "A", "content": "…"}]``, ``{"label": […], "text": […]}`` and
    lines such as ``A. …`` under an optional heading.
    """
    value = parsed(value)
    if value is None or value in ("", [], {}):
        return ()
    if isinstance(value, str):
        return _option_lines(value)
    if isinstance(value, dict):
        return _option_dict(value)
    if isinstance(value, list):
        return _option_list(value)
    return None


def _option_dict(value: dict[str, Any]) -> tuple[Option, ...] | None:
    labels, texts = value.get("label"), value.get("text")
    if isinstance(labels, list) and isinstance(texts, list) and len(labels) == len(texts):
        return tuple(Option(str(a), str(b)) for a, b in zip(labels, texts, strict=True))
    if any(isinstance(inner, (dict, list)) for inner in value.values()):
        return None
    return tuple(
        Option(label, str(inner).strip()) for label, inner in value.items() if inner is not None
    )


def _option_list(value: list[Any]) -> tuple[Option, ...] | None:
    if len(value) > 26:
        return None
    if all(isinstance(inner, dict) for inner in value):
        pairs = [
            (_first(inner, "key", "label", "letter"), _first(inner, "value", "text", "content"))
            for inner in value
        ]
        if any(not isinstance(part, (str, int)) for pair in pairs for part in pair):
            return None
        return tuple(Option(str(label), str(content)) for label, content in pairs)
    if any(isinstance(inner, (dict, list)) or inner is None for inner in value):
        return None
    return tuple(
        Option(chr(ord("A") + position), str(inner).strip()) for position, inner in enumerate(value)
    )


def _first(item: dict[str, Any], *names: str) -> Any:
    return next((item[name] for name in names if name in item), None)


def _option_lines(value: str) -> tuple[Option, ...] | None:
    options: list[Option] = []
    for line in value.splitlines():
        if not line.strip() or _OPTION_HEADING.match(line):
            continue
        match = _OPTION_LINE.match(line)
        if match:
            options.append(Option(match[1], match[2].strip()))
        elif options:
            last = options[-1]
            options[-1] = Option(last.label, f"{last.text}\n{line.strip()}")
        else:
            return None
    return tuple(options) if len(options) > 1 else None
