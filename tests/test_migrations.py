"""Settings may grow: what yesterday's version wrote is found, continued and compared today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core import kinds
from diq_core.artefact import Artefact
from diq_core.config import SelectSettings
from diq_core.draft import Draft, begin
from diq_core.errors import BadFile, SettingsDiffer
from diq_core.files import read_json, write_json
from diq_core.migrations import MIGRATIONS, SCHEMA, Migration, current, renamed

INPUTS = {"dataset": {"path": "dataset/main", "digest": "abc"}}


def defaults(kind: kinds.Kind) -> dict[str, Any]:
    settings = kinds.row(kind).settings
    needed = {name: "x" for name, field in settings.model_fields.items() if field.is_required()}
    return settings.model_validate(needed).model_dump(mode="json")


def written_by_an_older_version(path: Path, kind: kinds.Kind, *, without: str) -> Artefact:
    """Return an artefact that knows nothing of the setting `without`, nor of versions."""
    draft = begin(path, kind=kind, settings=defaults(kind), inputs=INPUTS)
    assert isinstance(draft, Draft)
    made = draft.finish(counts={})
    manifest = read_json(path / "manifest.json")
    del manifest["schema"], manifest["settings"][without]
    write_json(path / "manifest.json", manifest)
    return Artefact(made.path)


def test_a_setting_that_came_later_does_not_make_another_artefact(tmp_path: Path) -> None:
    old = written_by_an_older_version(tmp_path / "main", "selection", without="seed")
    found = begin(
        tmp_path / "main", kind="selection", settings=defaults("selection"), inputs=INPUTS
    )
    assert found == old
    assert "seed" not in found.manifest["settings"]
    assert found.settings["seed"] == 0


def test_another_value_of_a_setting_that_came_later_is_still_another_artefact(
    tmp_path: Path,
) -> None:
    written_by_an_older_version(tmp_path / "main", "selection", without="seed")
    with pytest.raises(SettingsDiffer, match=r"setting seed was 0, now 3"):
        begin(tmp_path / "main", kind="selection",
              settings={**defaults("selection"), "seed": 3}, inputs=INPUTS)  # fmt: skip


def test_a_half_done_folder_of_an_older_version_is_continued(tmp_path: Path) -> None:
    draft = begin(tmp_path / "main", kind="influence", settings=defaults("influence"),
                  inputs=INPUTS)  # fmt: skip
    assert isinstance(draft, Draft)
    (draft.path / "done.txt").write_text("half")
    plan = read_json(draft.path / "plan.json")
    del plan["schema"], plan["settings"]["threads"]
    write_json(draft.path / "plan.json", plan)
    again = begin(tmp_path / "main", kind="influence", settings=defaults("influence"),
                  inputs=INPUTS)  # fmt: skip
    assert isinstance(again, Draft)
    assert again.resumed
    assert (again.finish(counts={}).path / "done.txt").read_text() == "half"


def test_what_is_written_names_its_version(tmp_path: Path) -> None:
    draft = begin(tmp_path / "main", kind="selection", settings=defaults("selection"),
                  inputs=INPUTS)  # fmt: skip
    assert isinstance(draft, Draft)
    assert read_json(draft.path / "plan.json")["schema"] == SCHEMA
    assert draft.finish(counts={}).manifest["schema"] == SCHEMA


def test_what_a_later_version_wrote_is_refused_in_words(tmp_path: Path) -> None:
    draft = begin(tmp_path / "main", kind="selection", settings=defaults("selection"),
                  inputs=INPUTS)  # fmt: skip
    assert isinstance(draft, Draft)
    made = draft.finish(counts={})
    write_json(made.path / "manifest.json", {**made.manifest, "schema": SCHEMA + 1})
    with pytest.raises(BadFile, match=r"later version of DIQ Studio.*\(main\)\. Update DIQ Studio"):
        begin(tmp_path / "main", kind="selection", settings=defaults("selection"), inputs=INPUTS)


def test_steps_are_taken_in_order_from_the_version_on_that_wrote_it() -> None:
    steps = (
        Migration(2, "selection", renamed("hardness", "aspect")),
        Migration(2, "influence", renamed("aspect", "other")),
        Migration(3, "selection", lambda old: {**old, "seed": old["seed"] + 1}),
    )
    old = {"hardness": "reasoning", "seed": 4}
    assert current("selection", old, 1, migrations=steps) == {
        **defaults("selection"), "aspect": "reasoning", "seed": 5
    }  # fmt: skip
    assert current("selection", {"aspect": "reasoning", "seed": 4}, 2, migrations=steps) == {
        **defaults("selection"), "aspect": "reasoning", "seed": 5
    }  # fmt: skip
    assert old == {"hardness": "reasoning", "seed": 4}


def test_settings_that_cannot_be_read_are_shown_as_they_are() -> None:
    assert current("selection", {"colour": "red"}, 1) == {"colour": "red"}
    assert current("unheard-of", {"colour": "red"}, 1) == {"colour": "red"}


def test_the_list_of_steps_is_in_order_and_within_the_version() -> None:
    versions = [step.schema for step in MIGRATIONS]
    assert versions == sorted(versions)
    assert all(1 < version <= SCHEMA for version in versions)


@pytest.mark.parametrize("kind", kinds.ARTEFACTS)
@given(data=st.data())
def test_leaving_defaults_out_changes_nothing(kind: kinds.Kind, data: st.DataObject) -> None:
    whole = defaults(kind)
    required = {
        name for name, field in kinds.row(kind).settings.model_fields.items() if field.is_required()
    }
    kept = data.draw(st.sets(st.sampled_from(sorted(whole)))) | required
    part = {name: value for name, value in whole.items() if name in kept}
    assert current(kind, part, 1) == current(kind, whole, SCHEMA) == whole


def test_lists_of_settings_keep_what_was_chosen() -> None:
    chosen = SelectSettings(put_in=("b", "a"), weight=0.25, rule="weight").model_dump(mode="json")
    assert current("selection", chosen, 1) == chosen


@pytest.mark.parametrize(
    ("settings", "counted"),
    [
        ({"strategy": "diq"}, None),
        ({"strategy": "longest"}, "blanks"),
        ({"strategy": "diq-length"}, "blanks"),
        ({"strategy": "diq", "axes": ["difficulty", "length"]}, "blanks"),
    ],
)
def test_a_selection_by_length_keeps_what_it_counted(
    settings: dict[str, object], counted: str | None
) -> None:
    assert current("selection", settings, 2).get("length") == counted
    assert "length" not in current("selection", settings, SCHEMA)


def test_an_experiment_by_length_keeps_what_it_counted() -> None:
    assert current("experiment", {"strategies": ["longest"]}, 2)["select"]["length"] == "blanks"
    assert "length" not in current("experiment", {"strategies": ["diq"]}, 2)["select"]
