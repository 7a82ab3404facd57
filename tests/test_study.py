"""A study finds what it holds, and says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from diq_core import draft as drafts
from diq_core.artefact import Artefact
from diq_core.errors import BadSetting, NotFound
from diq_core.kinds import Kind
from diq_core.study import Study, checked_name, create_study, open_study, studies_in


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", title='Ünïcode "title"', who="me")


def _make(
    study: Study, kind: Kind, name: str, inputs: dict[str, Artefact] | None = None
) -> Artefact:
    draft = drafts.begin(
        study.folder(kind, name),
        kind=kind,
        settings={"name": name},
        inputs={role: study.reference(made) for role, made in (inputs or {}).items()},
    )
    assert isinstance(draft, drafts.Draft)
    return draft.finish(counts={})


def test_a_study_keeps_its_title(study: Study) -> None:
    assert open_study(study.path).title == 'Ünïcode "title"'
    assert studies_in(study.path.parent) == [study]


def test_a_folder_that_is_not_empty_is_not_taken(study: Study, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="There is a study already"):
        create_study(study.path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(BadSetting, match="must be empty"):
        create_study(tmp_path / "other")
    with pytest.raises(NotFound, match="There is no study here.*diq new"):
        open_study(tmp_path / "other")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", ".hidden", "x.part", "x" * 65, "a b"])
def test_names_that_are_no_folder_names_are_refused(name: str) -> None:
    with pytest.raises(BadSetting, match="cannot be a name"):
        checked_name(name)


def test_without_a_name_the_only_one_or_main_is_meant(study: Study) -> None:
    with pytest.raises(NotFound, match="has no dataset yet.*diq dataset FILE"):
        study.find("dataset")
    one = _make(study, "dataset", "one")
    assert study.find("dataset") == one
    two = _make(study, "dataset", "two")
    with pytest.raises(NotFound, match="several datasets: one, two.*--dataset NAME"):
        study.find("dataset")
    assert study.find("dataset", "two") == two
    main = _make(study, "dataset", "main")
    assert study.find("dataset") == main


def test_unfinished_folders_are_not_artefacts(study: Study) -> None:
    drafts.begin(study.folder("dataset", "half"), kind="dataset", settings={}, inputs={})
    assert study.artefacts("dataset") == []


def test_an_input_that_was_replaced_is_noticed(study: Study) -> None:
    dataset = _make(study, "dataset", "main")
    scores = _make(study, "difficulty", "main", {"dataset": dataset})
    assert study.resolve(scores, "dataset") == dataset
    with pytest.raises(NotFound, match="'main' was made without influence"):
        study.resolve(scores, "influence")
    (dataset.path / "manifest.json").write_text("{}")
    with pytest.raises(NotFound, match="has been replaced.*dataset/main"):
        study.resolve(scores, "dataset")
