"""A verb that works through settings: one decorator adds what all of them have in common.

    @verb(app, "difficulty")
    def difficulty(call: Call[DifficultySettings], dataset: DatasetOption = None) -> Stage:
        ...
        return lambda where, called, progress: ...

Every setting and every input of the kind becomes an option (see `diq_core.options`), and the
study, the name, ``--restart`` and ``--json`` are added. The function is given the inputs that it
names; further parameters are options of its own, which change nothing in what is made. A function
that returns None has done it all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand, TyperOption

from diq_core import config, options
from diq_core.cli.common import JsonOption, NameOption, Report, RestartOption, StudyOption, make
from diq_core.jobs.making import Stage
from diq_core.jobs.order import Order, order_of
from diq_core.kinds import ROWS, Kind, row
from diq_core.study import Study, open_study

S = TypeVar("S", bound=config.Settings)
Function = Callable[..., Stage | None]
_WRITTEN: set[Kind] = set()


@dataclass(frozen=True)
class Call(Generic[S]):
    """One call of a verb.

    Attributes:
        kind: what is made.
        study_path: the study's folder, as it was typed.
        name: how it is called, as it was typed; None = it was not.
        restart: whether an unfinished attempt is thrown away first.
        as_json: whether one JSON object is printed.
        settings: every setting that was typed or has a default.
        values: the same as `config.build` takes them.
        given: names of the settings that were typed.
        inputs: what it is made of and where, as far as it was typed or has a default.
        given_inputs: names of those that were typed.
    """

    kind: Kind
    study_path: Path
    name: str | None
    restart: bool
    as_json: bool
    settings: S
    values: Mapping[str, Any]
    given: frozenset[str]
    inputs: Any
    given_inputs: frozenset[str]

    @cached_property
    def study(self) -> Study:
        """The study.

        Raises:
            NotFound: there is none.
        """
        return open_study(self.study_path)

    def called(self, otherwise: str = "") -> str:
        """Return how it is called; a kind has a name for what nobody named."""
        return self.name or otherwise or row(self.kind).default_name

    def make(self, stage: Stage, report: Report | None = None, *, name: str = "") -> None:
        """Run `stage` as the job of its artefact and print what it made.

        Args:
            name: what it is called, if nobody says otherwise.
            report: see `common.make`.
        """
        make(self.study, self.order(self.called(name)), self.as_json, stage, report)

    def order(self, name: str) -> Order:
        """Return what was typed as the order to make `name`."""
        return order_of(
            self.kind, name, self.settings, self.given, self.inputs, self.given_inputs,
            restart=self.restart,
        )  # fmt: skip


def verb(
    app: typer.Typer,
    kind: Kind,
    *,
    group: typer.Typer | None = None,
    more_help: Mapping[str, Callable[[], str]] | None = None,
) -> Callable[[Function], Function]:
    """Make a function the verb of `kind`, under all its names.

    Args:
        group: where a verb of two words stands.
        more_help: name of a setting → what the help says after its words.
    """
    facts = row(kind)
    _WRITTEN.add(kind)
    names = [facts.typed, *facts.aliases]

    def add(function: Function) -> Function:
        run, shown = _command(kind, function), _shown_with(more_help or {})
        for number, name in enumerate(names):
            place = group if group is not None and " " in name else app
            about = f"The same as 'diq {names[0]}'." if number else inspect.getdoc(function)
            place.command(name.split()[-1], help=about, cls=shown)(run)
        return function

    return add


def add_plain_verbs(app: typer.Typer) -> None:
    """Add a verb for each kind that no function is written for: what it needs are its options."""
    for facts in ROWS:
        if facts.kind not in _WRITTEN:
            verb(app, facts.kind)(plain(facts.kind))


def plain(kind: Kind) -> Function:
    """Return the verb of a kind whose stage takes nothing but what the kind needs."""
    facts = row(kind)

    def run(call: Call[Any], **names: str | None) -> Stage:
        stage = import_module(f"diq_core.stages.{kind}")
        return lambda study, name, progress: stage.run(
            study, name, call.settings, progress,
            **{need: study.find(need, names[need]) for need in facts.needs},
        )  # fmt: skip

    found = [_parameter("call", Call), *(_parameter(need, str | None) for need in facts.needs)]
    run.__signature__ = inspect.Signature(found)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in found}
    run.__doc__ = f"{facts.promise[0].upper()}{facts.promise[1:]}."
    return run


def _shown_with(more_help: Mapping[str, Callable[[], str]]) -> type[TyperCommand]:
    """Return commands whose help is completed when somebody asks for it: what a registry holds
    takes a while to load."""

    class Shown(TyperCommand):
        def format_help(self, ctx: Any, formatter: Any) -> None:
            for each in self.params:
                more = more_help.get(each.name or "")
                if more is not None and isinstance(each, TyperOption):
                    each.help = f"{each.help} {more()}"
            super().format_help(ctx, formatter)

    return Shown


def _command(kind: Kind, function: Function) -> Callable[..., None]:
    facts = row(kind)
    hints = get_type_hints(function, include_extras=True)
    fields = facts.inputs.model_fields
    taken = [
        each for each in inspect.signature(function).parameters.values() if each.name != "call"
    ]
    made_of = [each.name for each in taken if each.name in fields]
    own = [
        each.replace(annotation=hints[each.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for each in taken
        if each.name not in fields
    ]

    def run(context: typer.Context, **typed: Any) -> None:
        values = options.parsed(facts.settings, typed)
        inputs = config.build(facts.inputs, options.parsed(facts.inputs, typed))
        call: Call[Any] = Call(
            kind,
            typed["study"],
            typed.get("name"),
            typed.get("restart", False),
            typed["as_json"],
            config.build(facts.settings, values),
            values,
            _given(context, facts.settings),
            inputs,
            _given(context, facts.inputs),
        )
        wanted = {name: getattr(inputs, name) for name in made_of}
        stage = function(call, **wanted, **{each.name: typed[each.name] for each in own})
        if stage is not None:
            call.make(stage)

    named = facts.is_artefact
    found = [
        _parameter("context", typer.Context),
        _parameter("study", StudyOption),
        *options.parameters(facts.inputs, panel=None),
        *own,
        *([_parameter("name", NameOption, None)] if named else []),
        *options.parameters(facts.settings),
        *([_parameter("restart", RestartOption, False)] if named else []),
        _parameter("as_json", JsonOption, False),
    ]
    run.__signature__ = inspect.Signature(found)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in found}
    return run


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> Any:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _given(context: typer.Context, kind: type[config.Settings]) -> frozenset[str]:
    sources = {name: context.get_parameter_source(name) for name in kind.model_fields}
    return frozenset(
        name for name, source in sources.items() if source and source.name == "COMMANDLINE"
    )
