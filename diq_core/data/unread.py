"""Which columns of a row, and which places inside one, did not become a part of its sample."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from diq_core.data.contents import pieces
from diq_core.data.formats import Parts
from diq_core.data.formats.literals import parsed

_FIELDS = ("question", "answer", "reasoning", "context", "system")


def unread(values: Mapping[str, Any], used: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield what was not read; of an object or a list that was read in part, the rest."""
    for name, value in values.items():
        if name in used:
            continue
        inside = [place for place in used if place.startswith((f"{name}.", f"{name}["))]
        if not inside:
            yield name, value
            continue
        inner = parsed(value)
        if isinstance(inner, Mapping):
            yield from unread({f"{name}.{key}": each for key, each in inner.items()}, used)
        elif isinstance(inner, list):
            yield from _rest(name, inner, inside)


def _rest(name: str, items: list[Any], inside: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield what was not read of a list: its other items, or the other fields of each."""
    if any(place.startswith(f"{name}.") for place in inside):
        keys = {key: None for item in items if isinstance(item, Mapping) for key in item}
        for key in keys:
            if f"{name}.{key}" not in inside:
                there = [item[key] for item in items if isinstance(item, Mapping) and key in item]
                yield f"{name}.{key}", there
        return
    read = {
        match[1] for place in inside if (match := re.match(r"\[(-?\d+|\*)\]", place[len(name) :]))
    }
    if "*" in read:
        return
    places = {int(each) % len(items) for each in read if items}
    left = [item for number, item in enumerate(items) if number not in places]
    if left:
        yield name, left


def found_in(parts: Parts, values: Mapping[str, Any]) -> set[str]:
    """Return the columns whose text stands in the sample, where the format does not say."""
    told = "\n".join(
        [*texts_of(parts).values(), *(option.text for option in parts.options),
         parts.answer_label, parts.id, parts.source, parts.subject, parts.licence,
         *map(str, parts.images)]
    )  # fmt: skip
    return {
        name
        for name, value in values.items()
        if name not in parts.meta and all(each.strip() in told for each in pieces(value))
    }


def texts_of(parts: Parts) -> dict[str, str]:
    """Return the texts of a sample by field; earlier turns as one."""
    texts = {name: str(getattr(parts, name)) for name in _FIELDS}
    texts["history"] = "\n".join(turn.content for turn in (*parts.history, *parts.tool_turns))
    return texts


def is_copy(said: str, texts: Mapping[str, str]) -> bool:
    """Return whether a text repeats what was used: all of it, or a part of one field."""
    if not said:
        return False
    whole = all(texts[name] in said for name in ("question", "answer") if texts[name])
    return (whole and bool(texts["question"])) or any(said in each for each in texts.values())
