from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, ImportSettings, SelectSettings
from diq_core.errors import BadFile, NotFound
from diq_core.jobs.order import Order
from diq_core.jobs.progress import silent
from diq_core.review.form.form import load_form
from diq_core.review.store.changes import open_store
from diq_core.stages import dataset as importing
from diq_core.stages import export as exporting
from diq_core.stages import selection as selecting
from diq_core.study import Study, create_study, open_study
from pages.parts import export_push
from pages.parts.zipped import one_file, zip_bytes
from tests.pages.conftest import Opened, words
from tests.support.reviews import ADA, ANN, rate
from tests.support.studies import (
    add_dataset,
    add_difficulty,
    add_influence,
    add_job,
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


def with_pictures(study: Study, path: Path) -> Artefact:
    """Return the export of a sample whose image says more than it shows."""
    image, exif = Image.new("RGB", (4, 3), "red"), Image.Exif()
    exif[0x010E] = "Erika Mustermann"
    image.save(path / "a.jpg", exif=exif)
    row = {"id": "q1", "question": "What is it?", "answer": "That.", "images": ["a.jpg"]}
    (path / "pool.jsonl").write_text(json.dumps(row))
    dataset = importing.run(
        study, "main", ImportSettings(), silent(),
        source=str(path / "pool.jsonl"), validation=(), benchmark=(),
    )  # fmt: skip
    selection = selecting.run(
        study,
        "main",
        SelectSettings(strategy="random", budget="100%"),
        silent(),
        dataset=dataset,
        difficulty=None,
        influence=None,
    )
    return exporting.run(study, "main", ExportSettings(), silent(), selection=selection)


def test_what_was_left_out_of_images_is_said(
    open_page: Opened, workspace: Path, tmp_path: Path
) -> None:
    export = with_pictures(create_study(workspace / "a"), tmp_path)
    assert export.manifest["facts"]["images"]["removed"] == {"EXIF": 1}
    assert "Left out: EXIF of 1." in export.file("DATASHEET.md").read_text()
    assert b"Erika" not in zip_bytes(export)
    (name,) = (each for each in export.manifest["files"] if each.startswith("images/"))
    assert export.manifest["files"][name][:32] == Path(name).stem
    app = open_page(PAGE)
    assert not app.exception
    assert "Left out: EXIF of 1." in words(app)


def test_an_export_that_copied_its_images_is_not_passed_on(
    open_page: Opened, workspace: Path, tmp_path: Path
) -> None:
    study = create_study(workspace / "a")
    export = with_pictures(study, tmp_path)
    manifest = json.loads((export.path / "manifest.json").read_text())
    del manifest["facts"]["images"]
    (export.path / "manifest.json").write_text(json.dumps(manifest))
    app = open_page(PAGE)
    assert "copied the images of this export as they were" in words(app)
    with pytest.raises(BadFile, match=r"copied its images.*under another name"):
        exporting.run(
            study, "main", ExportSettings(), silent(), selection=study.find("selection", "main")
        )


def test_a_finished_export_is_sent_by_its_own_settings(
    open_page: Opened, workspace: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = full_study(workspace / "a")
    app = open_page(PAGE)
    app.text_input(key="push-where").set_value("file:///tmp/x").run()
    assert "an address of this kind" in words(app)
    monkeypatch.setenv("HF_TOKEN", "hf_very_secret")
    app.text_input(key="push-where").set_value("org/name").run()
    assert not app.exception
    app.button(key="start-push").click().run()
    assert started == [
        ("export", "main", ["export", "--study", str(study.path), "--name", "main",
                            "--selection", "main", "--push", "org/name", "--format", "trl"])
    ]  # fmt: skip
    assert "hf_very_secret" not in words(app)
    inputs = {"selection": "main", "push": "org/name"}
    add_job(study, "export", state="done", order=Order("export", "main", {}, inputs))
    assert "Sent to org/name" in words(open_page(PAGE))


def test_behind_a_login_only_curators_send_an_export(
    open_page: Opened, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_study(workspace / "a")
    monkeypatch.setattr(export_push, "may_decide", lambda _: False)
    assert "push-where" not in [each.key for each in open_page(PAGE).text_input]


def test_one_file_is_taken_away_alone(open_page: Opened, workspace: Path) -> None:
    export = full_study(workspace / "a").find("export")
    app = open_page(PAGE)
    assert app.selectbox(key="one-file").options == [
        "train.jsonl", "DATASHEET.md", "croissant.json", "manifest.json"
    ]  # fmt: skip
    assert one_file(export, "train.jsonl") == (export.path / "train.jsonl").read_bytes()
    assert one_file(export, "manifest.json") == (export.path / "manifest.json").read_bytes()
    with pytest.raises(NotFound, match="has no file"):
        one_file(export, "../../study.toml")


def test_further_formats_are_written_along(
    open_page: Opened, selected: Path, started: Started
) -> None:
    app = open_page(PAGE)
    assert "TRL messages" not in app.multiselect(key="export-also").options
    app.multiselect(key="export-also").set_value(["csv", "alpaca"]).run()
    app.button(key="start-export").click().run()
    assert started[0][2][-2:] == ["--also", "csv,alpaca"]
