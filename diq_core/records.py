"""What is read back from a study, checked before it is used: a damaged record is named, not met.

A study may come from somebody else, from a disk that lost a block or from a later version. So
each record has its shape here or beside who writes it, and is read through `checked`. Keys that
a shape does not know are kept: a later version may have added them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypeAliasType, TypedDict

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


Counts = TypeAliasType("Counts", "dict[str, int | Counts]")
"""How many, by reason; never text where a page adds or a sentence groups the digits."""


class ModelRecord(TypedDict, total=False):
    """Which model was used, and where it ran."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    name: str
    device: str | None
    dtype: str | None
    reason: str | None
    digest: str | None


class EngineRecord(TypedDict, total=False):
    """How influence was computed, and how well that agreed with plain autograd."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    name: str
    step: float
    relative_error: float
    samples: list[str]


class TaskRecord(TypedDict, total=False):
    """One task of validation questions."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    task: str
    ids: list[str]


class ValidationRecord(TypedDict, total=False):
    """The validation questions whose loss a sample can lower."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    loss: float
    tasks: list[TaskRecord]


class ImagesRecord(TypedDict, total=False):
    """What was left out of the images of an export."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    removed: dict[str, int]


class SideRecord(TypedDict, total=False):
    """One of two models whose written answers are compared."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    name: str
    model: ModelRecord | None


class FactsRecord(TypedDict, total=False):
    """What a manifest tells of how its artefact was made; each kind tells some of it.

    What a kind should tell and does not is found missing when it is read, see `Told`.
    """

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    study: str
    format: str
    reason: str
    notes: list[str]
    unused: list[dict[str, Any]]
    model: ModelRecord
    engine: EngineRecord
    parameters: str
    validation: ValidationRecord
    cuts: dict[str, float | None] | None
    epochs: float
    max_tokens: int
    reading: int
    images: ImagesRecord
    thinking: dict[str, Any]
    score: dict[str, Any]
    first: SideRecord
    second: SideRecord
    judge: dict[str, Any]
    evaluations: dict[str, str]
    recipe: dict[str, dict[str, Any]]


class ManifestRecord(PlanRecord):
    """``manifest.json``: what a finished folder is."""

    counts: Counts
    facts: FactsRecord
    versions: dict[str, str]
    files: dict[str, str]


class StepRecord(ManifestRecord):
    """A manifest inside another one, beside the name that its folder had."""

    name: str


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


class Told(dict[str, Any]):
    """A part of a record that was checked: a key that it lacks is a damaged file, no fault of ours.

    Args:
        values: the part, and what is inside it.
        which: the file, and from the second level on the field.
        todo: what to do if a key is missing.
    """

    # `dataclasses.asdict` makes every dict anew of its pairs alone.
    def __init__(
        self, values: Mapping[str, Any] | Iterable[tuple[str, Any]], which: str = "",
        todo: str = "make it again",
    ) -> None:  # fmt: skip
        super().__init__({name: _told(each, which, todo) for name, each in dict(values).items()})
        self._which, self._todo = which, todo

    def __missing__(self, key: str) -> Any:
        raise BadFile(
            f"The file is damaged: it lacks {str(key)[:120]!a}", which=self._which, todo=self._todo
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (dict(self), self._which, self._todo)


def _told(value: Any, which: str, todo: str) -> Any:
    if isinstance(value, dict):
        return Told(value, which, todo)
    return [_told(each, which, todo) for each in value] if isinstance(value, list) else value


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
