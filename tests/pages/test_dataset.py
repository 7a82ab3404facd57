from __future__ import annotations

import json
from pathlib import Path

import pytest

from diq_core.config import ImportSettings
from diq_core.data.importing import import_samples
from diq_core.study import create_study
from pages.parts.dataset.import_look import look
from tests.pages.conftest import Opened, words
from tests.support.packed import lines, picture
from tests.support.studies import HOSTILE, add_dataset, add_job

PAGE = "pages/1_dataset.py"
Started = list[tuple[str, str, list[str]]]


def write_pool(folder: Path, **fields: str) -> Path:
    path = folder / "pool.jsonl"
    path.write_text(json.dumps(fields) + "\n", encoding="utf-8")
    return path


def choose_path(app, path: Path):
    (way,) = (each for each in app.get("segmented_control") if each.key == "import-way")
    way.set_value("A path, a hub id or an address").run()
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


def test_it_is_said_before_the_import_that_nothing_would_be_in_use(
    open_page: Opened, workspace: Path, tmp_path: Path
) -> None:
    create_study(workspace / "a")
    app = choose_path(open_page(PAGE), write_pool(tmp_path, question="What is this?", answer=""))
    assert "None of the first samples would be in use" in words(app)
    assert "1 left out: no answer." in words(app)


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


def field(app, label: str):
    """The field of that label; None where it is not drawn."""
    return next((each for each in app.selectbox if each.label == label), None)


NUMBERS = "What a number as the answer means"
ENCODING = "The encoding that reads right"
SPLIT = "The part to read"


def may_start(app) -> bool:
    return any(button.key == "start-dataset" for button in app.button)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("0", "It counts the options from 0: 2 is 'Kidney'"),
        ("1", "It counts the options from 1: 2 is 'Liver'"),
        ("text", "It is the answer itself: 2"),
    ],
)
def test_numbers_that_prove_nothing_are_asked_about_beside_the_layout(
    open_page: Opened,
    workspace: Path,
    tmp_path: Path,
    started: Started,
    answer: str,
    meaning: str,
) -> None:
    create_study(workspace / "a")
    path = tmp_path / "pool.jsonl"
    row = {"question": "Which?", "options": ["Heart", "Liver", "Kidney", "Lung"], "answer": 2}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    app = choose_path(open_page(PAGE), path)
    assert "The right answers of this file are numbers" in words(app)
    assert meaning in words(app).replace("&#x27;", "'")
    assert "--" not in words(app)
    assert not may_start(app)
    assert field(app, ENCODING) is field(app, SPLIT) is None
    field(app, NUMBERS).select(answer).run()
    assert "Recognised as" in words(app)
    app.button(key="start-dataset").click().run()
    assert started[0][2][-2:] == ["--answer-numbers", answer]


def test_letters_that_can_be_read_in_two_ways_are_shown_in_each(
    open_page: Opened, workspace: Path, tmp_path: Path, started: Started
) -> None:
    create_study(workspace / "a")
    path = tmp_path / "pool.csv"
    line = "Welche Störung führt zu Müdigkeit und Blässe?,Die Anämie erklärt Blässe und Müdigkeit."
    path.write_bytes(f"question,answer\n{line}\n".encode("cp1252"))
    app = choose_path(open_page(PAGE), path)
    assert "can be read in more than one way" in words(app)
    assert "Welche Störung" in words(app)
    assert not may_start(app)
    field(app, ENCODING).select("cp1252").run()
    assert "Welche Störung führt zu Müdigkeit und Blässe?" in words(app)
    assert field(app, ENCODING).value == "cp1252"
    app.button(key="start-dataset").click().run()
    assert started[0][2][-2:] == ["--encoding", "cp1252"]


def test_a_typed_encoding_that_there_is_not_is_an_error_and_no_second_question(
    tmp_path: Path,
) -> None:
    # AppTest cannot type what a field does not offer; the page gives what is typed to this look.
    path = tmp_path / "pool.csv"
    path.write_bytes("question,answer\nWas führt zu Blässe?,Die Anämie.\n".encode("cp1252"))
    assert look(str(path), ImportSettings()).needed
    looked = look(str(path), ImportSettings(encoding="klingon"))
    assert "There is no text encoding 'klingon'" in str(looked.error)
    assert looked.needed is None


def test_the_parts_of_a_file_are_offered_where_none_is_for_training(
    open_page: Opened, workspace: Path, tmp_path: Path, started: Started
) -> None:
    create_study(workspace / "a")
    path = tmp_path / "pool.json"
    parts = {name: [{"question": f"What of {name}?", "answer": "It."}] for name in ("dev", "test")}
    path.write_text(json.dumps(parts), encoding="utf-8")
    app = choose_path(open_page(PAGE), path)
    assert "There are several parts" in words(app)
    assert field(app, SPLIT).options == ["dev", "test"]
    assert not may_start(app)
    field(app, SPLIT).select("test").run()
    assert "What of test?" in words(app)
    app.button(key="start-dataset").click().run()
    assert started[0][2][-2:] == ["--split", "test"]


def test_an_answer_about_one_file_does_not_stand_for_another(
    open_page: Opened, workspace: Path, tmp_path: Path
) -> None:
    create_study(workspace / "a")
    row = {"question": "Which?", "options": ["Heart", "Liver", "Kidney"], "answer": 1}
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    app = choose_path(open_page(PAGE), tmp_path / "one.jsonl")
    field(app, NUMBERS).select("0").run()
    assert may_start(app)
    app.text_input(key="import-path").set_value(str(tmp_path / "two.jsonl")).run()
    assert field(app, NUMBERS).value is None
    assert not may_start(app)


def test_a_file_that_proves_everything_is_asked_nothing(
    open_page: Opened, workspace: Path, tmp_path: Path
) -> None:
    create_study(workspace / "a")
    app = choose_path(open_page(PAGE), write_pool(tmp_path, question="What?", answer="It."))
    assert field(app, NUMBERS) is field(app, ENCODING) is field(app, SPLIT) is None
    assert may_start(app)


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
    app.get("file_uploader")[0].set_value([("my pool.jsonl", row, "")]).run()
    assert "What is it?" in words(app)
    app.button(key="start-dataset").click().run()
    assert started[0][2][1] == str(study.path / "uploads" / "my-pool.jsonl")


def test_a_data_file_and_its_images_are_kept_as_one_and_said_back(
    open_page: Opened, workspace: Path, started: Started
) -> None:
    study = create_study(workspace / "a")
    app = open_page(PAGE)
    rows = lines(*(
        {"question": f"What does film {n} show?", "answer": "A rib.", "image": f"images/{n}.png"}
        for n in (1, 2)
    ))  # fmt: skip
    files = [("my pool.jsonl", rows, ""), ("1.png", picture(1), ""), ("2.png", picture(2), ""),
             ("notes.txt", b"x", ""), ("more.txt", b"x", "")]  # fmt: skip
    app.get("file_uploader")[0].set_value(files).run()
    assert "1 data file, 2 images; 2 files were not used: more.txt, notes.txt" in words(app)
    app.button(key="start-dataset").click().run()
    kept = study.path / "uploads" / "my-pool.zip"
    assert started[0][2][1] == str(kept)
    samples = import_samples(kept, compare=False).samples
    assert [len(sample.images) for sample in samples] == [1, 1]
    # In another order they are the same bytes, and kept once.
    app.get("file_uploader")[0].set_value(files[::-1]).run()
    assert list(kept.parent.iterdir()) == [kept]


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


def test_a_file_is_added_to_a_dataset(
    open_page: Opened, workspace: Path, tmp_path: Path, started: Started
) -> None:
    add_dataset(create_study(workspace / "a"))
    path = write_pool(tmp_path, question="What is it?", answer="A heart.")
    app = choose_path(open_page(PAGE), path)
    app.selectbox(key="import-onto").select("main").run()
    app.button(key="start-dataset").click().run()
    assert not app.exception
    assert started == [
        ("dataset", "main-2",
         ["dataset", str(path), "--study", str(workspace / "a"), "--name", "main-2",
          "--onto", "main"])
    ]  # fmt: skip
