"""A tool that an agent may call: a name, words, arguments with their schema, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from diq_core.config import Settings
from diq_core.fields import help_of
from diq_core.study import Study


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    Attributes:
        about: what it does, in a sentence or more.
        schema: JSON schema of its arguments.
        run: the study and the arguments → what it says, JSON-able.
        writes: whether it changes the study.
        sends: whether it may ask or send something elsewhere.
    """

    name: str
    about: str
    schema: Mapping[str, Any]
    run: Callable[[Study, Mapping[str, Any]], Mapping[str, Any]]
    writes: bool = False
    sends: bool = False


def schema_of(*kinds: type[Settings], without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the JSON schema of arguments that are the fields of these classes, all together.

    Each has the words that the command's help and the pages have.

    Args:
        without: names of fields that are no arguments.
    """
    properties: dict[str, Any] = {}
    required: list[str] = []
    inner: dict[str, Any] = {}
    for kind in kinds:
        whole = kind.model_json_schema()
        inner |= whole.get("$defs", {})
        for name, field in whole["properties"].items():
            if name not in without:
                properties[name] = {**field, "description": help_of(kind, name)}
        required += [name for name in whole.get("required", ()) if name not in without]
    return {
        "type": "object", "properties": properties, "required": required,
        "additionalProperties": False, **({"$defs": inner} if inner else {}),
    }  # fmt: skip
