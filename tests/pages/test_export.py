from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from diq_core.errors import BadFile
from diq_core.review.form.form import load_form
from diq_core.review.store.changes import open_store
from diq_core.study import create_study, open_study
from pages.parts.zipped import zip_bytes
from tests.pages.conftest import Opened, words
from tests.support.reviews import ADA, ANN, rate
from tests.support.studies import (
    add_dataset,
    add_difficulty,
    add_influence,
    add_selection,
    full_study,
)

PAGE = "pages/6_export.py"
Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def selected(workspace: Path) -> Path:
    study = create_study(workspace / "a")
    dataset = add_dataset(study)
    add_selection(study, dataset, add_difficulty(study, dataset), add_influence(study, dataset))
    return study.path


def test_without_a_selection_the_page_leads_to_the_map(open_page: Opened, workspace: Path) -> None:
    create_study(workspace / "a")
    app = open_page(PAGE)
    assert "There is no fixed selection yet" in words(app)
    app.button(key="to-explore").click().run()
    assert app.query_params["study"] == "a"


@pytest.mark.parametrize("name", ["trl", "alpaca", "csv", "llama-factory"])
def test_every_format_is_previewed_and_started(
    open_page: Opened, selected: Path, started: Started, name: str
) -> None:
    app = open_page(PAGE)
    app.radio(key="export-format").set_value(name).run()
    assert not app.exception
    assert '"id"' in "\n".join(each.value for each in app.code)
    app.button(key="start-export").click().run()
    assert started == [
        ("export", "main",
         ["export", "--study", str(selected), "--name", "main", "--selection", "main",
          "--format", name])
    ]  # fmt: skip


def test_verdicts_are_offered_only_where_there_are_some(
    open_page: Opened, selected: Path, started: Started
) -> None:
    assert not open_page(PAGE).checkbox
    store = open_store(open_study(selected))
    rate(store, load_form(), ANN, "s0001")
    app = open_page(PAGE)
    app.checkbox(key="export-verdicts").check().run()
    assert not app.exception
    assert "their text is written instead of the old one" in words(app)
    app.button(key="start-export").click().run()
    store.close()
    assert started[0][2][-1] == "--verdicts"


def test_who_may_not_see_verdicts_cannot_export_them(
    open_page: Opened, selected: Path, started: Started
) -> None:
    store = open_store(open_study(selected))
    rate(store, load_form(), ANN, "s0001")
    for name, role in (("Ada", "admin"), ("Dr Ann", "reviewer")):
        store.grant(ADA, name, role, version=0, key=f"grant {name}")
    store.close()
    for name in (None, "Dr Ann", "Ada"):
        app = open_page(PAGE)
        if name:
            app.session_state["reviewer"] = name
        app.checkbox(key="export-verdicts").check().run()
        assert not app.exception
        assert ("You may not see other people" in words(app)) == (name != "Ada")
        app.button(key="start-export").click().run()
        command = started.pop()[2]
        assert ("--verdicts" in command) == (name == "Ada")
        assert command[7:9] == ["--as", "Ada"] if name == "Ada" else "--as" not in command


def test_a_finished_export_is_shown_with_files_datasheet_and_recipe(
    open_page: Opened, workspace: Path
) -> None:
    full_study(workspace / "a")
    app = open_page(PAGE)
    said = words(app)
    assert [metric.value for metric in app.metric] == ["10", "0", "TRL messages"]
    assert "Datasheet of main" in said
    assert "load_dataset" in said
    assert "diq reproduce" in said
    assert "--source pool.jsonl --validation mine.jsonl --study NEW_FOLDER" in said
    assert "train.jsonl" in said
    assert app.get("download_button")


def test_the_zip_holds_what_the_manifest_names_and_nothing_else(workspace: Path) -> None:
    export = full_study(workspace / "a").find("export")
    (workspace / "secret.txt").write_text("secret", encoding="utf-8")
    (export.path / "notes.txt").write_text("private", encoding="utf-8")
    packed = zip_bytes(export)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == [
            "main/DATASHEET.md", "main/croissant.json", "main/manifest.json", "main/train.jsonl"
        ]  # fmt: skip
    assert zip_bytes(export) == packed
    (export.path / "train.jsonl").unlink()
    (export.path / "train.jsonl").symlink_to(workspace / "secret.txt")
    with pytest.raises(BadFile, match=r"train.jsonl: it is a link"):
        zip_bytes(export)
