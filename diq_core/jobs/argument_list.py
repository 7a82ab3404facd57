"""An argument list read as an order: what earlier versions kept, and what somebody typed.

It is read by the options that the kind has; a list that says anything else is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from diq_core.config import Settings
from diq_core.errors import BadFile, UserError
from diq_core.jobs.order import RESTART, Order, checked_order, order_of, refused
from diq_core.kinds import Kind, row
from diq_core.options import flags, is_repeated, parsed, positional

_NAMED = ("--name", "-n")
_STUDY = ("--study", "-s")
_JSON = "--json"


def read_command(kind: Kind, name: str, command: Sequence[str]) -> Order:
    """Return what a command that was written down makes, whatever study it names.

    Raises:
        BadFile: it does other work, or says something that cannot be read.
    """
    parts = _after_verb(kind, command)
    if parts is None:
        raise refused(kind, name, "it does other work")
    facts, given = row(kind), _Read(kind, name)
    for read in _parts(given, iter(parts)):
        if read is not None:
            raise refused(kind, name, read)
    try:
        settings = parsed(facts.settings, given.of(facts.settings))
        inputs = parsed(facts.inputs, given.of(facts.inputs))
        order = Order(kind, name, settings, inputs, given.restart)
        built, made_of = checked_order(order)
    except BadFile:
        raise
    except UserError as error:
        raise refused(kind, name, str(error)) from None
    return order_of(kind, name, built, settings, made_of, inputs, restart=given.restart)


@dataclass
class _Read:
    kind: Kind
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    restart: bool = False

    def of(self, kind: type[Settings]) -> dict[str, Any]:
        return {name: self.values[name] for name in kind.model_fields if name in self.values}

    def put(self, kind: type[Settings], name: str, value: Any) -> None:
        if is_repeated(kind, name):
            value = [*self.values.get(name, ()), value]
        self.values[name] = value


def _parts(given: _Read, parts: Iterator[str]) -> Iterator[str | None]:
    """Read the arguments one after the other; yield why one cannot be read, else None."""
    facts = row(given.kind)
    known = {
        flag: (kind, *told)
        for kind in (facts.settings, facts.inputs)
        for flag, told in flags(kind).items()
    }
    after_verb = positional(facts.inputs)
    for part in parts:
        flag, joined, text = part.partition("=")
        short = part[:2] if part[:2] in ("-s", "-n") and not part.startswith("--") else ""
        if short and part not in (*_STUDY, *_NAMED):
            flag, joined, text = short, "=", part[2:].removeprefix("=")
        if part in (_JSON, RESTART):
            given.restart = given.restart or part == RESTART
        elif not part.startswith("-") and after_verb and after_verb not in given.values:
            given.values[after_verb] = part
        elif flag in known and known[flag][2] is not None and not joined:
            kind, name, switch = known[flag]
            given.put(kind, name, switch)
        elif flag in known or flag in _STUDY or flag in _NAMED:
            value = text if joined else next(parts, None)
            yield _take(given, known, flag, value)
        else:
            yield f"a {given.kind} has no option {part[:64]!a}"


def _take(given: _Read, known: Mapping[str, Any], flag: str, value: str | None) -> str | None:
    if flag in _STUDY:
        return None
    if flag in _NAMED:
        return None if value == given.name else f"it makes {(value or '')[:64]!a}"
    if value is None:
        return f"nothing follows {flag}"
    kind, name, _ = known[flag]
    given.put(kind, name, value)
    return None


def _after_verb(kind: Kind, command: Sequence[str]) -> Sequence[str] | None:
    for verb in (row(kind).typed, *row(kind).aliases):
        words = verb.split()
        if [*command[: len(words)]] == words:
            return command[len(words) :]
    return None
