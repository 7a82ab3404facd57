"""What the field of a setting says: its words, range, choices, default and shape.

A page draws its fields by it, and the options of a command are made of it (see `options`).
"""

from __future__ import annotations

from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from diq_core.config import Option, Settings

Shape = Literal["switch", "value", "list", "repeated", "mapping", "groups", "nested"]
"""How a setting is written: a switch, one value, values with commas between them, one option for
each value, one option for each pair, named lists of values, or one option for each setting inside
it."""


def help_of(kind: type[Settings], name: str) -> str:
    """Return the words of a setting and its range, on one line."""
    words = " ".join((kind.model_fields[name].description or "").split())
    return f"{words} {_range_words(kind.model_fields[name])}".strip()


def groups_of(kind: type[Settings]) -> dict[str, list[str]]:
    """Return the names of all settings by their group, as they stand together in the help."""
    found: dict[str, list[str]] = {}
    for name, field in kind.model_fields.items():
        found.setdefault(option_of(field).group or "Settings", []).append(name)
    return found


def default_of(kind: type[Settings], name: str) -> Any:
    """Return the default of a setting; None if it has to be given."""
    field = kind.model_fields[name]
    return None if field.is_required() else field.get_default(call_default_factory=True)


def choices(kind: type[Settings], name: str) -> tuple[Any, ...]:
    """Return the values that a setting may have; empty if there is no list of them."""
    inner = inner_type(kind.model_fields[name])
    if get_origin(inner) is tuple:
        inner = get_args(inner)[0]
    return get_args(inner) if get_origin(inner) is Literal else ()


def widget(kind: type[Settings], name: str) -> dict[str, Any]:
    """Return what a page's field for a number takes from its setting: ends, value and help.

    An end that is no value itself (above 0) counts as one; what is refused is refused later.
    """
    rules = _rules(kind.model_fields[name])
    return {
        "min_value": rules.get("ge", rules.get("gt")),
        "max_value": rules.get("le", rules.get("lt")),
        "value": default_of(kind, name),
        "help": help_of(kind, name),
    }


def option_of(field: FieldInfo) -> Option:
    """Return what the setting says about its option."""
    return next((each for each in field.metadata if isinstance(each, Option)), Option())


def inner_type(field: FieldInfo) -> Any:
    """Return the type of a field; of one that may be None, the other type."""
    kinds = [each for each in get_args(field.annotation) if each is not NoneType]
    return kinds[0] if NoneType in get_args(field.annotation) else field.annotation


def shape_of(field: FieldInfo) -> Shape:
    """Return how the setting is written."""
    inner = inner_type(field)
    if isinstance(inner, type) and issubclass(inner, Settings):
        return "nested"
    if inner is bool:
        return "switch"
    if get_origin(inner) is tuple:
        return "repeated" if option_of(field).repeated else "list"
    if get_origin(inner) is dict:
        return "mapping" if get_args(inner)[1] is str else "groups"
    return "value"


def _rules(field: FieldInfo) -> dict[str, Any]:
    return {
        rule: getattr(each, rule)
        for each in field.metadata
        for rule in ("ge", "gt", "le", "lt")
        if hasattr(each, rule)
    }


def _range_words(field: FieldInfo) -> str:
    rules = {rule: f"{value:g}" for rule, value in _rules(field).items()}
    if "ge" in rules and "le" in rules:
        return f"{rules['ge']} to {rules['le']}."
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    said = ", ".join(f"{words[rule]} {value}" for rule, value in rules.items())
    return f"{said[0].upper()}{said[1:]}." if said else ""
