"""Settings as they are typed: options of a command, the command behind a button, a page's field.

All of it follows from the fields in `diq_core.config`, so what the help says, what a button runs
and what a page offers cannot differ. A tuple is typed ``a,b`` (with quotes, as in CSV, around what
holds a comma) or by repeating its option, a mapping ``FIELD=COLUMN``, a switch by its name.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from inspect import Parameter
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from diq_core.config import Option, Settings
from diq_core.errors import BadSetting
from diq_core.kinds import Kind, row

Shape = Literal["switch", "value", "list", "repeated", "mapping", "groups"]
"""How a setting is written: a switch, one value, values with commas between them, one option for
each value, one option for each pair, or named lists of values."""

# The type checker would take what is computed here for a type that is written down.
_ANNOTATED: Any = Annotated


def fields_of(kind: type[Settings]) -> dict[str, FieldInfo]:
    """Return the fields that can be typed, by name; settings inside settings cannot."""
    return {
        name: field
        for name, field in kind.model_fields.items()
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, Settings))
    }


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


def parameters(kind: type[Settings]) -> list[Parameter]:
    """Return the options of a command that takes settings of `kind`, as typer reads them."""
    import typer

    found = []
    for name, field in fields_of(kind).items():
        shape, default = _shape(field), default_of(kind, name)
        about: Any = typer.Option(
            *_declared(name, field),
            help=help_of(kind, name),
            metavar=_option(field).metavar or "|".join(map(str, choices(kind, name))) or None,
            rich_help_panel=_option(field).group or "Settings",
        )
        typed: Any = {"switch": bool, "repeated": list[str] | None, "mapping": list[str] | None}
        annotation = typed.get(shape) or _typed_as(field)
        if shape in ("repeated", "mapping"):
            default = None
        elif shape in ("list", "groups"):
            default = _joined(default) if shape == "list" else _groups_text(default)
        given = Parameter.empty if field.is_required() else default
        whole = _ANNOTATED[annotation, about]
        found.append(Parameter(name, Parameter.KEYWORD_ONLY, default=given, annotation=whole))
    return found


def parsed(kind: type[Settings], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of settings of `kind` as they were typed, ready for `config.build`.

    Raises:
        BadSetting: a list of pairs or groups cannot be understood.
    """
    read: dict[Shape, Callable[[str, Any], Any]] = {
        "list": lambda _, text: _listed(text),
        "mapping": _read_pairs,
        "groups": lambda _, text: read_groups(text),
    }
    fields = fields_of(kind)
    return {
        name: read.get(_shape(fields[name]), lambda _, value: value)(
            _declared(name, fields[name])[0], value
        )
        for name, value in typed.items()
        if name in fields and value is not None
    }


def argv(settings: Settings) -> list[str]:
    """Return the options that say what differs from the defaults; `parsed` reads them back."""
    kind, found = type(settings), list[str]()
    for name, field in fields_of(kind).items():
        option, value = _option(field), getattr(settings, name)
        implied = option.beside and getattr(settings, option.beside) != default_of(
            kind, option.beside
        )
        if option.always or implied or value != default_of(kind, name):
            found += _written(name, field, value)
    return found


def command_for(
    kind: Kind,
    study: Path,
    name: str | None,
    settings: Settings | None,
    /,
    *arguments: str,
    **others: str | bool | Iterable[str] | None,
) -> list[str]:
    """Return the command that does work of `kind`, to go after ``python -m diq_core``.

    A button runs what a terminal would.

    Args:
        name: what is made is called so; None = the command has no such option.
        settings: said by their options; None = they are said otherwise.
        arguments: what the verb is about, such as the file of an import.
        others: further options; one that is None, False or empty is left out.
    """
    found = [
        *row(kind).typed.split(),
        *arguments,
        "--study",
        str(study),
        *(["--name", name] if name else []),
    ]
    for key, value in others.items():
        flag = f"--{key.strip('_').replace('_', '-')}"
        if value is True:
            found.append(flag)
        elif value:
            for each in [value] if isinstance(value, str) else value:
                found += _pair(flag, each)
    return found + (argv(settings) if settings else [])


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


def _read_pairs(flag: str, pairs: Sequence[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        ours, sign, theirs = pair.partition("=")
        if not sign or not ours or not theirs:
            raise BadSetting(
                f"'{pair}' is not FIELD=COLUMN",
                which=flag,
                todo=f"write for example {flag} question=Frage",
            )
        found[ours] = theirs
    return found


def _written(name: str, field: FieldInfo, value: Any) -> list[str]:
    flag = _declared(name, field)[0].split("/")
    match _shape(field):
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


def _pair(flag: str, text: str) -> list[str]:
    return [f"{flag}={text}"] if text.startswith("-") else [flag, text]


def _option(field: FieldInfo) -> Option:
    return next((each for each in field.metadata if isinstance(each, Option)), Option())


def _declared(name: str, field: FieldInfo) -> tuple[str]:
    """Return how the option is spelled, as typer takes it: ``--on/--off`` for a switch."""
    option, plain = _option(field), name.replace("_", "-")
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
    if inner is bool:
        return "switch"
    if get_origin(inner) is tuple:
        return "repeated" if _option(field).repeated else "list"
    if get_origin(inner) is dict:
        return "mapping" if get_args(inner)[1] is str else "groups"
    return "value"


def _typed_as(field: FieldInfo) -> Any:
    inner = _inner(field)
    kind = inner if inner in (int, float) else str
    return kind if _inner(field) is field.annotation else kind | None


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
