"""Each kind of work has one row, and everybody who must know a kind asks it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.cli.verb import plain, verb
from diq_core.config import EmbedSettings
from diq_core.errors import BadSetting
from diq_core.kinds import ARTEFACTS, ROWS, STEPS, Kind, KindRow, leading_to, row
from diq_core.stages import embedding
from diq_core.study import Study, create_study
from pages.parts.frame import PAGES, page_of

CORE = Path(__file__).resolve().parents[2] / "diq_core"


def command(words: str) -> Any:
    """Return the command behind ``diq <words>``."""
    found: Any = typer.main.get_command(app)
    for word in words.split():
        found = found.commands[word]
    return found


def test_there_is_one_row_for_each_kind() -> None:
    assert [each.kind for each in ROWS] == list(get_args(Kind))
    assert set(get_args(Kind)) - set(ARTEFACTS) == {"review", "tokens"}


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.kind)
def test_kind_stage_and_verb_share_a_root(each: KindRow) -> None:
    # "reviewing" and "judge" are the two stages of the kind that is a living store.
    stage = "judge" if each.kind == "review" else each.kind
    assert importlib.util.find_spec(f"diq_core.stages.{stage}") is not None
    assert each.verb.split()[0][:5] == each.kind[:5]


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.kind)
def test_an_alias_is_the_same_command_and_its_help_says_so(each: KindRow) -> None:
    verb = each.typed
    made = command(verb)
    for alias in each.aliases:
        other = command(alias)
        assert other.help == f"The same as 'diq {verb}'."
        assert [param.opts for param in other.params] == [param.opts for param in made.params]


def test_what_is_needed_stands_before_what_needs_it() -> None:
    seen: set[Kind] = set()
    for each in ROWS:
        assert seen.issuperset(each.needs)
        seen.add(each.kind)


def test_the_way_to_an_export_leaves_out_what_is_beside_it() -> None:
    assert list(leading_to("export")) == [
        "dataset", "difficulty", "influence", "selection", "export",
    ]  # fmt: skip
    assert list(leading_to("dataset")) == ["dataset"]


def test_every_step_has_a_page_and_the_page_its_words() -> None:
    for step in STEPS:
        page = page_of(step.kind)
        assert (page.title, page.action) == (step.title, step.action)
    assert {page.key for page in PAGES} == {"overview", *(step.kind for step in STEPS)}


def test_nouns_and_plurals_read_well_in_a_sentence() -> None:
    for each in ROWS:
        assert re.match(r"an [aeiou]|a [^aeiou]|[a-z]+ ", each.noun), each.noun
        assert not each.plural.startswith(("a ", "an "))
        assert row(each.kind) is each


def test_no_other_file_of_the_core_lists_the_kinds() -> None:
    names = "|".join(get_args(Kind))
    many = re.compile(rf'(?:"(?:{names})",?\s*){{5,}}')
    offenders = [
        str(file.relative_to(CORE))
        for file in sorted(CORE.rglob("*.py"))
        if file.name != "kinds.py" and many.search(file.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_a_kind_without_a_function_of_its_own_gets_a_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def note(_study: Any, name: str, settings: Any, _progress: Any, **made_of: Any) -> None:
        asked.append((name, settings, {need: each.name for need, each in made_of.items()}))
        raise BadSetting("that will do", todo="stop")

    monkeypatch.setattr(embedding, "run", note)
    monkeypatch.setattr(Study, "find", lambda _self, _kind, name: Artefact(tmp_path / name))
    study = create_study(tmp_path / "study")
    alone = typer.Typer()
    verb(alone, "embedding")(plain("embedding"))
    with pytest.raises(BadSetting, match="that will do"):
        alone(
            ["--study", str(study.path), "--dataset", "pool", "--neighbours", "7"],
            standalone_mode=False,
        )
    assert asked == [("main", EmbedSettings(neighbours=7), {"dataset": "pool"})]
