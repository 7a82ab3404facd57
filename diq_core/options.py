"""Settings as they are typed: options of a command, the command behind a button, a page's field.

All of it follows from the fields in `diq_core.config`, so what the help says, what a button runs
and what a page offers cannot differ. A tuple is typed ``a,b`` (with quotes, as in CSV, around what
holds a comma) or by repeating its option, a mapping ``FIELD=COLUMN``, a switch by its name.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Collection, Mapping, Sequence
from inspect import Parameter
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from diq_core.config import Option, Settings
from diq_core.errors import BadSetting

Shape = Literal["switch", "value", "list", "repeated", "mapping", "groups", "nested"]
"""How a setting is written: a switch, one value, values with commas between them, one option for
each value, one option for each pair, named lists of values, or one option for each setting inside
it."""

_EACH: tuple[Shape, ...] = ("repeated", "mapping", "nested")
# The type checker would take what is computed here for a type that is written down.
_ANNOTATED: Any = Annotated


def help_of(kind: type[Settings], name: str) -> str:
    """Return the words of a setting and its range, on one line."""
    words = " ".join((kind.model_fields[name].description or "").split())
    return f"{words} {_range_words(kind.model_fields[name])}".strip()


def groups_of(kind: type[Settings]) -> dict[str, list[str]]:
    """Return the names of all settings by their group, as they stand together in the help."""
    found: dict[str, list[str]] = {}
    for name, field in kind.model_fields.items():
        found.setdefault(_option(field).group or "Settings", []).append(name)
    return found


def default_of(kind: type[Settings], name: str) -> Any:
    """Return the default of a setting; None if it has to be given."""
    field = kind.model_fields[name]
    return None if field.is_required() else field.get_default(call_default_factory=True)


def choices(kind: type[Settings], name: str) -> tuple[Any, ...]:
    """Return the values that a setting may have; empty if there is no list of them."""
    inner = _inner(kind.model_fields[name])
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
        if _option(field).argument:
            continue
        spelled = _declared(name, field)[0].split("/")
        switch = _shape(field) == "switch"
        found[spelled[0]] = (name, True if switch else None)
        if switch and len(spelled) == 2:
            found[spelled[1]] = (name, False)
    return found


def is_repeated(kind: type[Settings], name: str) -> bool:
    """Return whether the option of a setting may be given several times."""
    return _shape(kind.model_fields[name]) in _EACH


def positional(kind: type[Settings]) -> str | None:
    """Return the name of what follows the verb without an option, if anything does."""
    named = (name for name, field in kind.model_fields.items() if _option(field).argument)
    return next(named, None)


def said(settings: Settings) -> list[str]:
    """Return the names of the settings that a command says: what differs from the defaults."""
    kind, found = type(settings), list[str]()
    for name, field in kind.model_fields.items():
        option, value = _option(field), getattr(settings, name)
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
    if _option(field).argument:
        about: Any = typer.Argument(help=help_of(kind, name))
    else:
        about = typer.Option(
            *_declared(name, field),
            help=help_of(kind, name),
            metavar=_metavar(field) or "|".join(map(str, choices(kind, name))) or None,
            rich_help_panel=_option(field).group or panel,
        )
    whole = _ANNOTATED[_typed_as(field), about]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=given, annotation=whole)


def _metavar(field: FieldInfo) -> str:
    return _option(field).metavar or ("SETTING=VALUE" if _shape(field) == "nested" else "")


def _typed_default(kind: type[Settings], name: str) -> Any:
    field, default = kind.model_fields[name], default_of(kind, name)
    if field.is_required():
        return Parameter.empty
    match _shape(field):
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
    match _shape(field):
        case "list":
            return _listed(typed)
        case "groups":
            return read_groups(typed)
        case "mapping":
            return _read_pairs(_declared(name, field)[0], typed)
        case "nested":
            pairs = _read_pairs(_declared(name, field)[0], typed, may_be_empty=True)
            return default_of(kind, name).model_dump(mode="json") | _parsed_nested(
                _inner(field), pairs
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
    return _listed(text) if _shape(field) == "repeated" else _parsed(kind, name, text)


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
    if _option(field).argument:
        return [str(value)]
    flag = _declared(name, field)[0].split("/")
    match _shape(field):
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
    match _shape(field):
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


def _option(field: FieldInfo) -> Option:
    return next((each for each in field.metadata if isinstance(each, Option)), Option())


def _declared(name: str, field: FieldInfo) -> tuple[str]:
    """Return how the option is spelled, as typer takes it: ``--on/--off`` for a switch."""
    option, plain = _option(field), name.strip("_").replace("_", "-")
    flag = option.flag or f"--{plain}"
    if _shape(field) == "switch" and field.default is True:
        flag += f"/{option.off or f'--no-{plain}'}"
    return (flag,)


def _inner(field: FieldInfo) -> Any:
    """Return the type of a field; of one that may be None, the other type."""
    kinds = [each for each in get_args(field.annotation) if each is not NoneType]
    return kinds[0] if NoneType in get_args(field.annotation) else field.annotation


def _shape(field: FieldInfo) -> Shape:
    inner = _inner(field)
    if isinstance(inner, type) and issubclass(inner, Settings):
        return "nested"
    if inner is bool:
        return "switch"
    if get_origin(inner) is tuple:
        return "repeated" if _option(field).repeated else "list"
    if get_origin(inner) is dict:
        return "mapping" if get_args(inner)[1] is str else "groups"
    return "value"


def _typed_as(field: FieldInfo) -> Any:
    inner, shape = _inner(field), _shape(field)
    if shape == "switch":
        return bool
    if shape in _EACH:
        return list[str] if field.is_required() else list[str] | None
    kind = inner if inner in (int, float) else str
    return kind if inner is field.annotation else kind | None


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


def _listed(text: str) -> tuple[str, ...]:
    rows = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    return tuple(each.strip() for line in rows for each in line if each.strip())


def _joined(values: Collection[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def _groups_text(groups: Mapping[str, Collection[str]]) -> str:
    return ";".join(f"{name}={_joined(members)}" for name, members in groups.items())
