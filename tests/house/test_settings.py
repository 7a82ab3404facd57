"""A setting is said in one place: config, help, page, command and manifest cannot differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import typer
from hypothesis import Phase, find, given
from hypothesis import settings as once
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from diq_core import options
from diq_core.cli import app
from diq_core.config import Names, Option, SelectSettings, Settings, build
from diq_core.errors import BadSetting
from diq_core.fields import help_of, widget
from diq_core.jobs.argument_list import read_command
from diq_core.jobs.order import order_for
from diq_core.kinds import ARTEFACTS, ROWS, Kind, KindRow, row
from diq_core.options import argv
from diq_core.study import Study

EVERY = [
    pytest.param(each, name, id=f"{each.kind}-{name}")
    for each in ROWS
    for name in each.settings.model_fields
]


@cache
def group() -> Any:
    """Return the whole command line as typer builds it."""
    return typer.main.get_command(app)


def verb_of(each: KindRow) -> Any:
    """Return the command that makes artefacts of a kind."""
    found = group()
    for word in each.typed.split():
        found = found.commands[word]
    return found


def option_of(each: KindRow, name: str) -> Any:
    """Return the option of one setting."""
    return next(option for option in verb_of(each).params if option.name == name)


def needed(kind: type[Settings]) -> dict[str, Any]:
    """Return a value for each setting that has no default."""
    return {name: "needed" for name, field in kind.model_fields.items() if field.is_required()}


@pytest.mark.parametrize(("each", "name"), EVERY)
def test_every_setting_has_words_and_the_help_says_them(each: KindRow, name: str) -> None:
    words = help_of(each.settings, name)
    assert words[0].isalnum() or words[0] in "'\"", words
    assert words.endswith(".")
    assert "\n" not in words
    assert option_of(each, name).help == words
    assert widget(each.settings, name)["help"] == words


@pytest.mark.parametrize(("each", "name"), EVERY)
def test_the_default_is_the_same_in_config_help_page_and_manifest(each: KindRow, name: str) -> None:
    kind = each.settings
    default = getattr(build(kind, needed(kind)), name)
    option = option_of(each, name)
    if option.required:
        assert kind.model_fields[name].is_required()
        return
    assert widget(kind, name)["value"] == default
    built = build(kind, needed(kind) | options.parsed(kind, {name: option.default}))
    assert getattr(built, name) == default
    manifest = build(kind, needed(kind)).model_dump(mode="json")
    # What says nothing may be left out of manifests, so that they are the same as ever.
    if name in manifest:
        plain = default.model_dump(mode="json") if isinstance(default, Settings) else default
        assert manifest[name] == json.loads(json.dumps(plain))


@pytest.mark.parametrize(("each", "name"), EVERY)
def test_the_range_is_the_same_in_config_help_and_page(each: KindRow, name: str) -> None:
    kind, about = each.settings, widget(each.settings, name)
    for end, beyond in (("min_value", -1), ("max_value", 1)):
        if about[end] is None:
            continue
        assert f"{about[end]:g}" in help_of(kind, name)
        with pytest.raises(BadSetting, match=f"Setting {name} = .* is not possible"):
            build(kind, needed(kind) | {name: about[end] + beyond})


def test_settings_of_a_group_stand_together_in_the_help() -> None:
    panels = {option.name: option.rich_help_panel for option in verb_of(row("run")).params}
    assert panels["rank"] == panels["dropout"] == "Adapter"
    assert panels["learning_rate"] == panels["epochs"] == "Optimisation"
    assert panels["objective"] == "Objective"
    assert panels["save_steps"] == "Run"
    assert panels["study"] is None


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: text.strip() == text
)
NAMED = st.tuples(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True), WORDS).map("=".join)
"""The name of an artefact, and what is said of it."""
PLAIN = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)


def values_of(kind: type[Settings], name: str) -> st.SearchStrategy[Any]:
    """Return a strategy for the values that a setting may have."""
    field, about = kind.model_fields[name], widget(kind, name)
    inner = (
        next((each for each in get_args(field.annotation) if each is not type(None)), None)
        if type(None) in get_args(field.annotation)
        else field.annotation
    )
    repeated = any(isinstance(each, Option) and each.repeated for each in field.metadata)
    if isinstance(inner, type) and issubclass(inner, Settings):
        return settings_of(inner)
    if inner is bool:
        return st.booleans()
    if inner is int:
        return st.integers(about["min_value"], about["max_value"] or 10**9)
    if inner is float:
        rules = [type(each).__name__ for each in field.metadata]
        return st.floats(
            about["min_value"], about["max_value"] or 1e6,
            exclude_min="Gt" in rules, exclude_max="Lt" in rules,
        )  # fmt: skip
    if inner is str:
        return WORDS.map(lambda text: text[:200])
    if get_origin(inner) is Literal:
        return st.sampled_from(get_args(inner))
    if get_origin(inner) is tuple:
        one, *rest = get_args(inner)
        if rest == [str]:
            return st.tuples(WORDS, WORDS)
        if any(isinstance(each, Names) and each.what in ARTEFACTS for each in field.metadata):
            return st.lists(NAMED).map(tuple)
        if get_origin(one) is Literal:
            return st.lists(st.sampled_from(get_args(one)), unique=True).map(tuple)
        return st.lists(st.integers(0, 99) if one is int else WORDS, min_size=not repeated).map(
            tuple
        )
    if get_args(inner)[1] is str:
        return st.dictionaries(PLAIN, WORDS)
    return st.dictionaries(PLAIN, st.lists(PLAIN, min_size=1).map(tuple))


def settings_of(kind: type[Settings]) -> st.SearchStrategy[Any]:
    """Return a strategy for settings, all of which can be typed."""
    values = {name: values_of(kind, name) for name in kind.model_fields}
    needs = {name: value for name, value in values.items() if kind.model_fields[name].is_required()}
    rest = {name: value for name, value in values.items() if name not in needs}
    return st.fixed_dictionaries(needs, optional=rest).map(lambda found: build(kind, found))


class Said(Exception):
    """Raised with the settings that a command was called with."""


def read_back(each: KindRow, command: list[str]) -> Settings:
    """Return the settings that the real command line makes of `command`."""
    verb = verb_of(each)
    context = verb.make_context(verb.name, command)
    typed = {name: context.params[name] for name in each.settings.model_fields}
    return build(each.settings, options.parsed(each.settings, typed))


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.kind)
def test_what_a_button_types_is_read_back_unchanged(each: KindRow) -> None:
    @given(settings_of(each.settings))
    def is_read_back(settings: Settings) -> None:
        for command in commands(each, settings):
            assert read_back(each, command) == settings

    is_read_back()


def commands(each: KindRow, settings: Settings) -> Iterator[list[str]]:
    """Yield the arguments after the verb, as a button builds them."""
    inputs = {
        name: ["given"] if options.is_repeated(each.inputs, name) else "given"
        for name, field in each.inputs.model_fields.items()
        if field.is_required()
    }
    order = order_for(each.kind, "main", settings, **inputs)
    assert read_command(each.kind, "main", order.command(Study(Path("s")))).command(
        Study(Path("s"))
    ) == order.command(Study(Path("s")))
    yield order.command(Study(Path("s")))[len(each.typed.split()) :]


def test_each_setting_alone_is_typed_and_read_back() -> None:
    lost = []
    for each in ROWS:
        for name in each.settings.model_fields:
            example = other_value(each.settings, name)
            settings = build(each.settings, needed(each.settings) | {name: example})
            [command] = commands(each, settings)
            if read_back(each, command) != settings:
                lost.append((each.kind, name))
    assert lost == []


# The first that is found will do; a smallest one is not looked for.
FIRST = once(database=None, phases=[Phase.generate], max_examples=50)


def other_value(kind: type[Settings], name: str) -> Any:
    """Return a value that is not the default; the only one, if there is no other."""
    default = options.default_of(kind, name)
    with suppress(NoSuchExample):
        return find(values_of(kind, name), lambda value: value != default, settings=FIRST)
    return default


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ([], "paper"),
        (["--weight", "0.7"], "weight"),
        (["--rule", "paper", "--weight", "0.7"], "paper"),
    ],
)
def test_a_weight_alone_means_the_rule_of_weight(
    typed: list[str], rule: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from diq_core.stages import selection
    from diq_core.study import create_study

    def note(_study: Any, settings: SelectSettings, *_: Any) -> None:
        raise Said(settings)

    monkeypatch.setattr(selection, "inputs", note)
    study = create_study(tmp_path / "s")
    with pytest.raises(Said) as said:
        app(["select", "--study", str(study.path), *typed], standalone_mode=False)
    assert said.value.args[0].rule == rule


def test_a_line_says_strategy_and_budget_and_what_differs() -> None:
    assert argv(SelectSettings(seed=3, quadrants=False, put_in=("-a", "b"))) == [
        "--strategy", "diq", "--budget", "10%", "--no-quadrants", "--seed", "3",
        "--put-in=-a", "--put-in=b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        (
            "dataset",
            ["FILE", "--map", "question"],
            "'question' is not FIELD=COLUMN",
        ),
        ("evaluation", ["--groups", "S=a;T"], "The average 'T' cannot be understood"),
        ("influence", ["--also", "length"], "also.0 = 'length' is not possible"),
        ("experiment", ["--seeds", "0,x"], "seeds.1 = 'x' is not possible.*valid integer"),
    ],
)
def test_what_cannot_be_read_is_said(kind: Kind, typed: list[str], words: str) -> None:
    verb = row(kind).typed
    with pytest.raises(BadSetting, match=words):
        app([verb, *typed, "--study", "nowhere"], standalone_mode=False)
