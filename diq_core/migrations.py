"""Settings of yesterday, read as those of today.

What an artefact was made with is in its manifest for ever, while settings grow: a field is added,
another is renamed. An artefact says which version of the settings it was written in (its
*schema*); here that is brought up to date: first the steps that later versions took, then the
defaults of fields that did not exist. So a command that is typed again finds what it made under an
older version, and a half-done folder is continued after an update.

The rule that makes this safe: the default of a new field is what the version before it did. Where
that cannot be, a step here writes the old behaviour down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from diq_core import kinds
from diq_core.errors import BadFile

SCHEMA = 4
"""Version of the settings in what is written now. Artefacts that name none are of version 1."""
TEXT_ALONE = 3
"""Up to this version, a model that reads no images was given the text of samples with images."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step that the settings of a kind took.

    Attributes:
        schema: the version that it leads to.
        kind: whose settings change.
        change: returns the settings after the step; it does not alter what it is given.
    """

    schema: int
    kind: kinds.Kind
    change: Callable[[Values], Values]


def renamed(old: str, new: str) -> Callable[[Values], Values]:
    """Return the step that calls the field `old` `new`."""

    def change(settings: Values) -> Values:
        return {new if name == old else name: value for name, value in settings.items()}

    return change


def _by_blanks(settings: Values) -> Values:
    """Say that a selection which uses lengths counted the pieces between blanks."""
    axes = settings.get("axes", ())
    # What is of another type is refused where the settings are read, by its name.
    used = [*(axes if isinstance(axes, list | tuple) else ()), settings.get("strategy")]
    by_length = ("length", "longest", "diq-length", "by-length")
    return {**settings, "length": "blanks"} if any(each in by_length for each in used) else settings


def _arms_by_blanks(settings: Values) -> Values:
    """Say the same of what the selections of an experiment have in common."""
    named, common = settings.get("strategies", ()), settings.get("select", {})
    if not isinstance(named, list | tuple) or not isinstance(common, dict):
        return settings
    strategies = {str(name).partition(":")[0] for name in named}
    counted = any("length" in _by_blanks({**common, "strategy": name}) for name in strategies)
    return {**settings, "select": {**common, "length": "blanks"}} if counted else settings


MIGRATIONS: tuple[Migration, ...] = (
    Migration(3, "selection", _by_blanks),
    Migration(3, "experiment", _arms_by_blanks),
)
"""Every step, in order. Versions 2 and 4 changed no settings."""


def current(
    kind: str,
    settings: Mapping[str, Any],
    schema: int,
    *,
    which: str = "",
    migrations: Sequence[Migration] = MIGRATIONS,
) -> Values:
    """Return `settings` as this version would write them: renamed, and with every default.

    Settings that this version cannot read are returned as they are: what differs is then shown
    where they are compared.

    Args:
        kind: whose settings; of one that is not known here nothing can be filled in.
        settings: as a manifest or a plan holds them.
        schema: the version that they were written in.
        which: what an error names; else the kind.

    Raises:
        BadFile: they were written by a later version than this one, or by none.
    """
    if schema > SCHEMA:
        raise BadFile(
            f"It was made by a later version of DIQ Studio (settings of version {schema}, this "
            f"one reads up to {SCHEMA})",
            which=which or kind,
            todo="update DIQ Studio to open it",
        )
    values = dict(settings)
    for step in migrations:
        if step.kind == kind and step.schema > schema:
            values = step.change(values)
    known = next((row for row in kinds.ROWS if row.kind == kind and row.is_artefact), None)
    if known is None:
        return values
    try:
        return known.settings.model_validate(values).model_dump(mode="json")
    except ValidationError as error:
        _refuse_other_types(error, which or kind)
        return values


def _refuse_other_types(error: ValidationError, which: str) -> None:
    """Refuse text in the place of a number and the like, which no version has ever written."""
    for each in error.errors(include_url=False, include_input=False):
        if each["type"].endswith(("_type", "_parsing")):
            raise BadFile(
                f"The settings are damaged: field {'.'.join(map(str, each['loc']))[:120]!a}: "
                f"{each['msg'].lower()}",
                which=which,
                todo="remove the folder and make it again",
            )
