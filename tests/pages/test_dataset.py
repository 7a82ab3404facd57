from __future__ import annotations

import json
from pathlib import Path

import pytest

from diq_core.study import create_study
from tests.pages.conftest import Opened, words
from tests.support.studies import HOSTILE, add_dataset, add_job

PAGE = "pages/1_dataset.py"
Started = list[tuple[str, str, list[str]]]


def write_pool(folder: Path, **fields: str) -> Path:
    path = folder / "pool.jsonl"
    path.write_text(json.dumps(fields) + "\n", encoding="utf-8")
    return path


def choose_path(app, path: Path):
    app.get("segmented_control")[0].set_value("A path or a hub id").run()
    return app.text_input(key="import-path").set_value(str(path)).run()


def test_an_empty_study_offers_the_form_and_no_button_yet(
    open_page: Opened, workspace: Path
) -> None:
    create_study(workspace / "a")
    app = open_page(PAGE)
    assert app.get("file_uploader")
    assert not [button for button in app.button if button.key == "start-dataset"]


def test_a_recognised_file_is_previewed_and_imported(
    open_page: Opened, workspace: Path, tmp_path: Path, started: Started
) -> None:
    create_study(workspace / "a")
    path = write_pool(tmp_path, instruction="What is it?", output="A heart.", input="")
    app = choose_path(open_page(PAGE), path)
    assert "Alpaca" in words(app)
    assert "What is it?" in words(app)
    app.button(key="start-dataset").click().run()
    assert started == [
        ("dataset", "main",
         ["dataset", str(path), "--study", str(workspace / "a"), "--name", "main"])
    ]  # fmt: skip


def test_an_unknown_layout_asks_which_column_holds_what(
    open_page: Opened, workspace: Path, tmp_path: Path, started: Started
) -> None:
    create_study(workspace / "a")
    path = write_pool(tmp_path, Feld="Was ist das?", Text="Ein Herz.")
    app = choose_path(open_page(PAGE), path)
    assert "The layout of this file is not known" in words(app)
    assert not [button for button in app.button if button.key == "start-dataset"]
    app.selectbox(key="map-question").select("Feld").run()
    app.selectbox(key="map-answer").select("Text").run()
    assert "is not known" not in words(app)
    assert "Was ist das?" in words(app)
    app.button(key="start-dataset").click().run()
    assert started[0][2][-4:] == ["--map", "answer=Text", "--map", "question=Feld"]


def test_what_would_not_be_used_is_asked_about_with_a_guess(
    open_page: Opened, workspace: Path, tmp_path: Path, started: Started
) -> None:
    create_study(workspace / "a")
    long = "The rash runs along the nerve of the face, which the virus has reached. " * 3
    path = write_pool(
        tmp_path, instruction="What is it?", output="Zoster.", why=long, film="film.png"
    )
    app = choose_path(open_page(PAGE), path)
    assert "Not everything in this file would be used" in words(app)
    assert "holds files or bytes, such as film.png" in words(app)
    assert app.selectbox(key="left-1-film").value == "images"
    assert app.selectbox(key="left-0-why").value == "reasoning"
    app.selectbox(key="left-1-film").select("").run()
    app.button(key="start-dataset").click().run()
    assert started[0][2][-3:] == ["--map", "reasoning=why", "--ignore=film"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"\x00\x01\x02", ""), (b'{"a": 1', "")],
)
def test_a_bad_file_is_one_clear_message(
    open_page: Opened, workspace: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    create_study(workspace / "a")
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    app = choose_path(open_page(PAGE), path)
    assert not app.exception
    assert "our fault" not in words(app)
    assert 'role="alert"' in words(app)
    assert said in words(app)


def test_a_path_that_is_not_there_is_said(open_page: Opened, workspace: Path) -> None:
    create_study(workspace / "a")
    app = choose_path(open_page(PAGE), Path("/nowhere/pool.jsonl"))
    assert "There is no such file or folder" in words(app)


def test_a_failed_import_leaves_the_form_open(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    add_job(study, "dataset", state="failed", message="The file is empty")
    app = open_page(PAGE)
    assert "The file is empty" in words(app)
    assert app.get("file_uploader")


def test_a_finished_dataset_shows_counts_problems_and_what_is_left_out(
    open_page: Opened, workspace: Path
) -> None:
    add_dataset(create_study(workspace / "a"))
    app = open_page(PAGE)
    assert [metric.value for metric in app.metric] == ["38", "2", "1"]
    app = open_page(PAGE, view="Problems")
    assert "There is no answer to train on." in " ".join(each.label for each in app.expander)
    app = open_page(PAGE, view="Left out")
    assert list(app.dataframe[0].value["Why"]) == ["duplicate of s0001"] * 2


def test_without_problems_the_page_says_so(open_page: Opened, workspace: Path) -> None:
    add_dataset(create_study(workspace / "a"), problems=False)
    assert "No problem was found" in words(open_page(PAGE, view="Problems"))


def test_samples_are_searched_and_paged(open_page: Opened, workspace: Path) -> None:
    add_dataset(create_study(workspace / "a"))
    app = open_page(PAGE, view="Samples")
    assert len(app.dataframe[0].value) == 15
    app = open_page(PAGE, view="Samples", search="NUMBER 17 has")
    assert list(app.dataframe[0].value["id"]) == ["s0017"]
    app.text_input(key="search").set_value("nothing holds this").run()
    assert "No sample holds these words" in words(app)


def test_hostile_samples_are_text(open_page: Opened, workspace: Path) -> None:
    add_dataset(create_study(workspace / "a"), questions=HOSTILE)
    for text in ("script", "evil.example/x.png) ", "right-to-left", "HYPERLINK"):
        app = open_page(PAGE, view="Samples", search=text)
        assert not app.exception
        said = words(app)
        assert "<script>" not in said
        assert "<img" not in said
        assert "\u202e" not in said
        assert "\x00" not in said


def test_a_hub_id_is_left_to_the_job(
    open_page: Opened, workspace: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_study(workspace / "a")
    monkeypatch.setattr("diq_core.data.readers.open_hub", lambda *_: 1 / 0)
    app = choose_path(open_page(PAGE), Path("org/name@train"))
    app.button(key="start-dataset").click().run()
    assert started[0][2][:2] == ["dataset", "org/name@train"]


def test_an_upload_is_kept_in_the_study(
    open_page: Opened, workspace: Path, started: Started
) -> None:
    study = create_study(workspace / "a")
    app = open_page(PAGE)
    row = b'{"question": "What is it?", "answer": "A heart."}\n'
    app.get("file_uploader")[0].set_value(("my pool.jsonl", row, "")).run()
    assert "What is it?" in words(app)
    app.button(key="start-dataset").click().run()
    assert started[0][2][1] == str(study.path / "uploads" / "my-pool.jsonl")


def test_settings_go_into_the_command(
    open_page: Opened, workspace: Path, tmp_path: Path, started: Started
) -> None:
    create_study(workspace / "a")
    app = choose_path(open_page(PAGE), write_pool(tmp_path, question="What?", answer="It."))
    app.number_input(key="import-limit").set_value(40).run()
    app.slider(key="import-near").set_value(0.9).run()
    app.get("pills")[0].set_value(["duplicates"]).run()
    app.button(key="start-dataset").click().run()
    command = started[0][2]
    assert command[-5:] == ["--limit", "40", "--near-threshold", "0.9", "--keep-duplicates"]


@pytest.mark.parametrize("name", [HOSTILE[0], HOSTILE[1], "=1+1", "a b"])
def test_hostile_column_names_are_text_and_reach_the_command_whole(
    open_page: Opened, workspace: Path, tmp_path: Path, started: Started, name: str
) -> None:
    create_study(workspace / "a")
    path = tmp_path / "pool.jsonl"
    path.write_text(json.dumps({name: "What?", "zweite": "It."}) + "\n", encoding="utf-8")
    app = choose_path(open_page(PAGE), path)
    assert "<script>" not in words(app)
    app.selectbox(key="map-question").select(name).run()
    assert "What?" in words(app)
    app.button(key="start-dataset").click().run()
    assert started[0][2][-1] == f"question={name}"
