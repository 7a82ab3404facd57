"""Settings as they are typed: options of a command, and the command behind a button.

All of it follows from the fields in `diq_core.config`, so what the help says, what a button runs
and what a page offers (see `fields`) cannot differ. A tuple is typed ``a,b`` (with quotes, as in
CSV, around what holds a comma) or by repeating its option, a mapping ``FIELD=COLUMN``, a switch by
its name.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Collection, Mapping, Sequence
from inspect import Parameter
from types import NoneType
from typing import Annotated, Any, get_args

from pydantic.fields import FieldInfo

from diq_core.config import Settings
from diq_core.errors import BadSetting
from diq_core.fields import Shape, choices, default_of, help_of, inner_type, option_of, shape_of

_EACH: tuple[Shape, ...] = ("repeated", "mapping", "nested")
# The type checker would take what is computed here for a type that is written down.
_ANNOTATED: Any = Annotated


def parameters(kind: type[Settings], *, panel: str | None = "Settings") -> list[Parameter]:
    """Return the options of a command that takes settings of `kind`, as typer reads them.

    Args:
        panel: heading in the help of those that have no group.
    """
    return [_parameter(kind, name, panel) for name in kind.model_fields]


def parsed(kind: type[Settings], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of settings of `kind` as they were typed, ready for `config.build`.

    Raises:
        BadSetting: a list of pairs or groups cannot be understood.
    """
    return {
        name: _parsed(kind, name, value)
        for name, value in typed.items()
        if name in kind.model_fields and value is not None
    }


def flags(kind: type[Settings]) -> dict[str, tuple[str, bool | None]]:
    """Return for each option the setting that it says, and what it says of a switch; None = what
    follows it."""
    found: dict[str, tuple[str, bool | None]] = {}
    for name, field in kind.model_fields.items():
        if option_of(field).argument:
            continue
        spelled = _declared(name, field)[0].split("/")
        switch = shape_of(field) == "switch"
        found[spelled[0]] = (name, True if switch else None)
        if switch and len(spelled) == 2:
            found[spelled[1]] = (name, False)
    return found


def is_repeated(kind: type[Settings], name: str) -> bool:
    """Return whether the option of a setting may be given several times."""
    return shape_of(kind.model_fields[name]) in _EACH


def positional(kind: type[Settings]) -> str | None:
    """Return the name of what follows the verb without an option, if anything does."""
    named = (name for name, field in kind.model_fields.items() if option_of(field).argument)
    return next(named, None)


def said(settings: Settings) -> list[str]:
    """Return the names of the settings that a command says: what differs from the defaults."""
    kind, found = type(settings), list[str]()
    for name, field in kind.model_fields.items():
        option, value = option_of(field), getattr(settings, name)
        implied = option.beside and getattr(settings, option.beside) != default_of(
            kind, option.beside
        )
        if option.always or implied or value != default_of(kind, name):
            found.append(name)
    return found


def argv(settings: Settings, names: Collection[str] | None = None) -> list[str]:
    """Return the options that say these settings; `parsed` reads them back.

    Args:
        names: of the settings; None = those of `said`.
    """
    wanted = said(settings) if names is None else names
    return [
        part
        for name, field in type(settings).model_fields.items()
        if name in wanted
        for part in _written(name, field, getattr(settings, name))
    ]


def shown(command: Sequence[str]) -> str:
    """Return the line that a user can copy into a terminal."""
    return shlex.join(["diq", *command])


def read_groups(text: str) -> dict[str, tuple[str, ...]]:
    """Return the averages in ``"S=medqa,medmcqa;C=medxpertqa"``.

    Raises:
        BadSetting: a part has no name or no benchmark.
    """
    groups: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (each.strip() for each in text.split(";"))):
        name, mark, members = part.partition("=")
        names = _listed(members)
        if not mark or not name.strip() or not names:
            raise BadSetting(
                f"The average {part!r} cannot be understood",
                which="groups",
                todo="write it as NAME=benchmark,benchmark;NAME=benchmark",
            )
        groups[name.strip()] = names
    return groups


def _parameter(kind: type[Settings], name: str, panel: str | None) -> Parameter:
    import typer

    field, given = kind.model_fields[name], _typed_default(kind, name)
    if option_of(field).argument:
        about: Any = typer.Argument(help=help_of(kind, name))
    else:
        about = typer.Option(
            *_declared(name, field),
            help=help_of(kind, name),
            metavar=_metavar(field) or "|".join(map(str, choices(kind, name))) or None,
            rich_help_panel=option_of(field).group or panel,
        )
    whole = _ANNOTATED[_typed_as(field), about]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=given, annotation=whole)


def _metavar(field: FieldInfo) -> str:
    return option_of(field).metavar or ("SETTING=VALUE" if shape_of(field) == "nested" else "")


def _typed_default(kind: type[Settings], name: str) -> Any:
    field, default = kind.model_fields[name], default_of(kind, name)
    if field.is_required():
        return Parameter.empty
    match shape_of(field):
        case "repeated" | "mapping" | "nested":
            return None
        case "list":
            return _joined(default)
        case "groups":
            return _groups_text(default)
        case _:
            return default


def _parsed(kind: type[Settings], name: str, typed: Any) -> Any:
    field = kind.model_fields[name]
    match shape_of(field):
        case "list":
            return _listed(typed)
        case "groups":
            return read_groups(typed)
        case "mapping":
            return _read_pairs(_declared(name, field)[0], typed)
        case "nested":
            pairs = _read_pairs(_declared(name, field)[0], typed, may_be_empty=True)
            return default_of(kind, name).model_dump(mode="json") | _parsed_nested(
                inner_type(field), pairs
            )
        case _:
            return typed


def _parsed_nested(kind: type[Settings], pairs: Mapping[str, str]) -> dict[str, Any]:
    # What is unknown is kept: whoever builds the settings refuses it by its name.
    fields = kind.model_fields
    return {name: _value(kind, name, text) if name in fields else text
            for name, text in pairs.items()}  # fmt: skip


def _value(kind: type[Settings], name: str, text: str) -> Any:
    field = kind.model_fields[name]
    if not text and NoneType in get_args(field.annotation):
        return None
    return _listed(text) if shape_of(field) == "repeated" else _parsed(kind, name, text)


def _read_pairs(flag: str, pairs: Sequence[str], *, may_be_empty: bool = False) -> dict[str, str]:
    found = {}
    for pair in pairs:
        ours, sign, theirs = pair.partition("=")
        if not sign or not ours or not (theirs or may_be_empty):
            raise BadSetting(
                f"'{pair}' is not FIELD=COLUMN",
                which=flag,
                todo=f"write for example {flag} question=Frage",
            )
        found[ours] = theirs
    return found


def _written(name: str, field: FieldInfo, value: Any) -> list[str]:
    if option_of(field).argument:
        return [str(value)]
    flag = _declared(name, field)[0].split("/")
    match shape_of(field):
        case "nested":
            default = field.get_default(call_default_factory=True)
            differing = [
                each for each in type(value).model_fields
                if getattr(value, each) != getattr(default, each)
            ]  # fmt: skip
            return [
                part
                for each in differing
                for part in _pair(flag[0], f"{each}={_nested_text(value, each)}")
            ]
        case "switch":
            return [flag[0] if value else flag[-1]]
        case "repeated":
            # Joined by "=", so that an id that begins with a dash is no option.
            return [f"{flag[0]}={each}" for each in value]
        case "mapping":
            pairs = (_pair(flag[0], f"{ours}={theirs}") for ours, theirs in sorted(value.items()))
            return [part for pair in pairs for part in pair]
        case "list":
            return _pair(flag[0], _joined(value))
        case "groups":
            return _pair(flag[0], _groups_text(value))
        case _:
            return _pair(flag[0], str(value))


def _nested_text(settings: Settings, name: str) -> str:
    field, value = type(settings).model_fields[name], getattr(settings, name)
    if value is None:
        return ""
    match shape_of(field):
        case "list" | "repeated":
            return _joined(value)
        case "groups":
            return _groups_text(value)
        case "switch":
            return "true" if value else "false"
        case _:
            return str(value)


def _pair(flag: str, text: str) -> list[str]:
    return [f"{flag}={text}"] if text.startswith("-") else [flag, text]


def _declared(name: str, field: FieldInfo) -> tuple[str]:
    """Return how the option is spelled, as typer takes it: ``--on/--off`` for a switch."""
    option, plain = option_of(field), name.strip("_").replace("_", "-")
    flag = option.flag or f"--{plain}"
    if shape_of(field) == "switch" and field.default is True:
        flag += f"/{option.off or f'--no-{plain}'}"
    return (flag,)


def _typed_as(field: FieldInfo) -> Any:
    inner, shape = inner_type(field), shape_of(field)
    if shape == "switch":
        return bool
    if shape in _EACH:
        return list[str] if field.is_required() else list[str] | None
    kind = inner if inner in (int, float) else str
    return kind if inner is field.annotation else kind | None


def _listed(text: str) -> tuple[str, ...]:
    rows = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    return tuple(each.strip() for line in rows for each in line if each.strip())


def _joined(values: Collection[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def _groups_text(groups: Mapping[str, Collection[str]]) -> str:
    return ";".join(f"{name}={_joined(members)}" for name, members in groups.items())
