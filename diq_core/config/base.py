"""What all settings have in common: one frozen class for each stage, complete in every manifest.

A settings object is what the user asked for, defaults included; two artefacts with equal settings
and equal inputs are the same artefact. TOML goes in (`read_toml`) and JSON comes out
(`Settings.model_dump`), so a run can be repeated from a file.

A field is the one place of a setting. Its type, default and range are pydantic's; the words below
it are its help on the command line and on the page; `Option` says how it is typed where that does
not follow from its name (see `diq_core.options`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from diq_core.errors import BadFile, BadSetting
from diq_core.files import read_text

Thinking = Literal["native", "huatuo", "keep"]
"""Where a response has its reasoning: in the place of the model's own chat template, under the
headings of HuatuoGPT-o1, or as the file had it."""


Images = Literal["read", "ignore"]
"""What a model does with the images of samples: read them, or read the text alone."""


class Settings(BaseModel):
    """Base of all settings: immutable, and unknown names are an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


@dataclass(frozen=True)
class Option:
    """How a setting is typed, as metadata of its field.

    Attributes:
        flag: its spelling, where it is not ``--name-of-the-field``.
        off: the switch that turns it off, where it is not ``--no-name-of-the-field``.
        group: settings of one group stand together in the help and on the page.
        repeated: whether a list is given by repeating the option, not as ``a,b``.
        metavar: what the value is called in the help, e.g. ``FIELD=COLUMN``.
        always: whether a command says it even where it has its default value.
        argument: whether it is no option: it follows the verb.
        beside: the setting beside which it is always said, because that one alone would imply
            another value of it.
    """

    flag: str = ""
    off: str = ""
    group: str = ""
    repeated: bool = False
    metavar: str = ""
    always: bool = False
    argument: bool = False
    beside: str = ""


@dataclass(frozen=True)
class Names:
    """That a value names something outside the settings, as metadata of its field.

    Attributes:
        what: "file" (also a folder or a hub id), "address", or the kind of an artefact of the
            study.
    """

    what: str


def name_in(value: str) -> str:
    """Return the name of an artefact that a value begins with; more may be said of it behind
    ``=`` or ``,``, as of a mixture's sources."""
    return value.partition(",")[0].partition("=")[0].strip()


S = TypeVar("S", bound=Settings)


def build(kind: type[S], values: dict[str, Any]) -> S:
    """Return settings of `kind` made of `values`.

    Raises:
        BadSetting: a value is of the wrong type, out of range, or has an unknown name.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadSetting(
            f"Setting {name} = {first['input']!r} is not possible: {first['msg']}",
            which=kind.__name__,
            todo="correct this setting",
        ) from None


def read_toml(kind: type[S], path: Path) -> S:
    """Return settings of `kind` from a TOML file.

    Raises:
        BadFile: it is no file that can be read, or not TOML.
        BadSetting: a value in it is not possible.
    """
    try:
        values = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadFile(
            f"The settings file is not TOML: {error}", which=path.name, todo="correct this line"
        ) from None
    return build(kind, values)
