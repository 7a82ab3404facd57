"""What is read back from a study, checked before it is used: a damaged record is named, not met.

A study may come from somebody else, from a disk that lost a block or from a later version. So
each record has its shape here or beside who writes it, and is read through `checked`. Keys that
a shape does not know are kept: a later version may have added them.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from diq_core.errors import BadFile

T = TypeVar("T")

_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}
AS_WRITTEN = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)
"""How a record of ours is checked: nothing is turned into another type, unknown keys stay."""


class InputRecord(TypedDict):
    """How a manifest names what was read."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    path: str
    digest: str


class PlanRecord(TypedDict):
    """``plan.json``: what an unfinished folder is going to be."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    schema: NotRequired[int]
    kind: str
    settings: dict[str, Any]
    inputs: dict[str, InputRecord]


class ManifestRecord(PlanRecord):
    """``manifest.json``: what a finished folder is."""

    counts: dict[str, Any]
    facts: dict[str, Any]
    versions: dict[str, str]
    files: dict[str, str]


class StudyRecord(TypedDict):
    """``study.toml``. The number of slots is checked where it is used, which says more."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    title: NotRequired[str]
    who: NotRequired[str]
    store: NotRequired[str]
    slots: NotRequired[Any]


class ResultsRecord(TypedDict):
    """``results.json``: what an evaluation, an experiment or a judgement came to."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    benchmarks: NotRequired[dict[str, dict[str, Any]]]
    cells: NotRequired[list[dict[str, Any]]]
    contrasts: NotRequired[list[dict[str, Any]]]
    chance: NotRequired[float]
    judge: NotRequired[dict[str, Any]]


def checked(shape: type[T], values: Any, *, which: str, todo: str) -> T:
    """Return `values` as `shape`, a typed dict or a dataclass.

    Args:
        which: the file they come from.
        todo: what to do if they do not fit.

    Raises:
        BadFile: they do not fit; the first field that does not is named.
    """
    try:
        if shape not in _ADAPTERS:
            _ADAPTERS[shape] = TypeAdapter(shape)
        found: T = _ADAPTERS[shape].validate_python(values)
    except (ValidationError, RecursionError) as error:
        raise BadFile(f"The file is damaged: {_first(error)}", which=which, todo=todo) from None
    return found


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is nested too deeply"
    found = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, found["loc"]))[:120]
    return f"field {place!a}: {found['msg'].lower()}" if place else found["msg"].lower()
