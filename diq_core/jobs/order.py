"""What a job is to make, as data: a kind, a name, settings and inputs, never a command.

Nothing that lies in a study is run because it is written there. What is kept is an order; the
command is made of it when it is begun, for the study in which it lies, of options that the kind
has. An argument list, as earlier versions kept, is read as an order or not at all (see
`argument_list`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from diq_core.config import Names, Settings, build
from diq_core.config.base import name_in
from diq_core.errors import BadFile, UserError
from diq_core.inside import is_plain
from diq_core.kinds import Kind, row
from diq_core.options import argv, positional, said
from diq_core.records import checked
from diq_core.study import Study, checked_name

RESTART = "--restart"
"""The option that throws an unfinished attempt away first."""
IN_STUDY = "study:"
"""How the name of a file begins that lies in the study, wherever the study lies; the path in it
follows."""


@dataclass(frozen=True)
class Order:
    """What is to be made.

    Attributes:
        settings: those that are said; the others have their defaults.
        inputs: what it is made of and where, in the same way.
        restart: whether an unfinished attempt is thrown away first.
    """

    kind: Kind
    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    restart: bool = False

    @property
    def title(self) -> str:
        """What it makes, e.g. ``"run 'main'"``."""
        return f"{self.kind} '{self.name}'"

    @property
    def text(self) -> str:
        """All of it in one line, the same for the same order."""
        return json.dumps(asdict(self), sort_keys=True)

    def command(self, study: Study) -> list[str]:
        """Return the command that makes it in `study`, to go after ``python -m diq_core``.

        Raises:
            BadSetting: the kind has no such setting or input, or it cannot have that value.
            BadFile: a file of the study that it names is a link.
        """
        settings, inputs = _complete(self.at(study))
        facts = row(self.kind)
        after_verb = positional(facts.inputs)
        arguments = [after_verb] if after_verb in self.inputs else []
        return [
            *facts.typed.split(),
            *argv(inputs, arguments),
            "--study",
            str(study.path),
            *(["--name", self.name] if facts.is_artefact else []),
            *argv(inputs, self.inputs.keys() - arguments),
            *argv(settings, self.settings.keys()),
            *([RESTART] if self.restart else []),
        ]

    def kept(self, study: Study) -> Order:
        """Return it as `study` keeps it: files that lie in the study are named from there, so that
        they are found when it is moved."""
        return self._renamed(lambda name: _named_from(study, name))

    def at(self, study: Study) -> Order:
        """Return it with each file that lies in the study named by where the study is now.

        Raises:
            BadFile: one of them is a link.
        """

        def found(name: str) -> str:
            inner = name.removeprefix(IN_STUDY)
            return name if inner == name else str(study.inside(inner))

        return self._renamed(found)

    def _renamed(self, change: Callable[[str], str]) -> Order:
        facts = row(self.kind)
        return replace(
            self,
            settings=_with_files(facts.settings, self.settings, change),
            inputs=_with_files(facts.inputs, self.inputs, change),
        )

    def says(self) -> list[tuple[str, str]]:
        """Return (setting or input, its value) in words, inputs first.

        Raises:
            BadSetting: see `command`.
        """
        return [
            (name.strip("_").replace("_", " "), _words(getattr(values, name)))
            for values, names in self._said()
            for name in names
        ]

    def reaches(self) -> list[str]:
        """Return the files and addresses that it names; hub ids and models' names too.

        Raises:
            BadSetting: see `command`.
        """
        return [
            each
            for values, names in self._said()
            for name in names
            if {"file", "address"} & set(_named(values, name))
            for each in _each(getattr(values, name))
        ]

    def names(self) -> Iterator[tuple[str, str | None]]:
        """Yield what it names outside itself, settings first: what kind of thing (a kind, "file"
        or "address") and which; None = it says nothing, so the usual one is meant.

        Raises:
            BadSetting: see `command`.
        """
        for values in _complete(self):
            for name in type(values).model_fields:
                found = getattr(values, name) or None
                for what in _named(values, name):
                    each = found if isinstance(found, tuple) else (found,)
                    is_place = what in ("file", "address")
                    yield from (
                        (what, one if one is None or is_place else name_in(one)) for one in each
                    )

    def _said(self) -> list[tuple[Settings, dict[str, Any]]]:
        settings, inputs = _complete(self)
        return [(inputs, self.inputs), (settings, self.settings)]


def order_for(kind: Kind, name: str, settings: Settings, /, **inputs: Any) -> Order:
    """Return the order to make `name` with these settings; inputs that say nothing are left out.

    Raises:
        BadSetting: there is no such input.
    """
    given = build(row(kind).inputs, {key: value for key, value in inputs.items() if value})
    return order_of(kind, name, settings, said(settings), given, said(given))


def order_of(
    kind: Kind,
    name: str,
    settings: Settings,
    said_settings: Collection[str],
    inputs: Settings,
    said_inputs: Collection[str],
    *,
    restart: bool = False,
) -> Order:
    """Return the order that says exactly these settings and inputs."""
    return Order(
        kind, name, _values(settings, said_settings), _values(inputs, said_inputs), restart
    )


def read_order(value: Any, *, which: str) -> Order:
    """Return an order as a file has it, every setting and input checked.

    Raises:
        BadFile: it is none, or says something that its kind does not have.
    """
    order = checked(Order, value, which=which, todo="start it anew from its page")
    checked_order(order)
    return order


def checked_order(order: Order) -> tuple[Settings, Settings]:
    """Return its settings and its inputs, complete.

    Raises:
        BadFile: the kind has no such setting or input, or it cannot have that value.
    """
    try:
        checked_name(order.name)
        settings, inputs = _complete(order)
        for values, names in ((settings, order.settings), (inputs, order.inputs)):
            for name in names:
                if set(_named(values, name)) - {"file", "address"}:
                    found = getattr(values, name)
                    for one in found if isinstance(found, tuple) else (found,):
                        checked_name(name_in(one))
        order._renamed(_checked_file)
    except UserError as error:
        raise refused(order.kind, order.name, str(error)) from None
    return settings, inputs


def refused(kind: Kind, name: str, why: str) -> BadFile:
    """Return the error that says why what was written down is not run."""
    return BadFile(
        f"What was written down for the {kind} '{name}' is not run: {why}",
        which=f"{kind} '{name}'",
        todo="start it anew from its page, or in a terminal",
    )


def _complete(order: Order) -> tuple[Settings, Settings]:
    facts = row(order.kind)
    return build(facts.settings, order.settings), build(facts.inputs, order.inputs)


def _named(values: Settings, name: str) -> Iterator[str]:
    yield from _names(type(values), name)


def _names(kind: type[Settings], name: str) -> Iterator[str]:
    found = kind.model_fields[name].metadata
    yield from (each.what for each in found if isinstance(each, Names))


def _with_files(
    kind: type[Settings], values: dict[str, Any], change: Callable[[str], str]
) -> dict[str, Any]:
    def changed(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [changed(each) for each in value]
        return change(value) if isinstance(value, str) else value

    files = {name for name in kind.model_fields if "file" in _names(kind, name)}
    return {key: changed(value) if key in files else value for key, value in values.items()}


def _named_from(study: Study, name: str) -> str:
    # A word such as "embedded" is no path, whatever lies in the working directory.
    if "/" not in name and os.sep not in name:
        return name
    path = Path(os.path.abspath(name))
    for root in (Path(os.path.abspath(study.path)), study.path.resolve()):
        if path.is_relative_to(root) and path.exists():
            inner = path.relative_to(root).as_posix()
            return f"{IN_STUDY}{inner}" if is_plain(inner) else name
    return name


def _checked_file(name: str) -> str:
    inner = name.removeprefix(IN_STUDY)
    if inner != name and not is_plain(inner):
        raise BadFile(
            "The name of a file leads out of the study", which=f"{name[:200]!a}",
            todo="name a file in it, or the whole path of another",
        )  # fmt: skip
    return name


def _values(settings: Settings, names: Collection[str]) -> dict[str, Any]:
    written = {name: getattr(settings, name) for name in type(settings).model_fields}
    return {name: _plain(value) for name, value in written.items() if name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Settings):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def _each(value: Any) -> Sequence[str]:
    return list(map(_words, value)) if isinstance(value, tuple) else [_words(value)]


def _words(value: Any) -> str:
    if isinstance(value, Settings):
        return ", ".join(f"{name} {_words(getattr(value, name))}" for name in said(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(_words, value))
    if isinstance(value, dict):
        return "; ".join(f"{key} = {_words(each)}" for key, each in value.items())
    text = str(value)
    return f"{text[len(IN_STUDY) :]} in this study" if text.startswith(IN_STUDY) else text
