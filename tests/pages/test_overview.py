from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from diq_core import demo
from diq_core.jobs import queue
from diq_core.jobs.order import Order
from diq_core.jobs.running import running
from diq_core.stages.sources import SHIPPED_VALIDATION
from diq_core.study import create_study, open_study
from pages.parts.new_study import free_folder
from tests.pages.conftest import Opened, words
from tests.support.packed import picture
from tests.support.results import add_evaluation, add_run
from tests.support.studies import add_dataset, add_job, full_study

Started = list[tuple[str, str, list[str]]]


def test_without_a_study_a_newcomer_is_told_what_this_is_and_can_begin(open_page: Opened) -> None:
    app = open_page()
    assert app.title[0].value == "Which few samples are worth training on?"
    assert app.get("file_uploader")
    assert not app.sidebar.selectbox


def test_a_file_becomes_a_study_and_its_import_starts(
    open_page: Opened, workspace: Path, started: Started
) -> None:
    app = open_page()
    file = ("Mein Pool (final).jsonl", b'{"question": "a"}\n', "")
    app.get("file_uploader")[0].set_value([file]).run()
    app.button(key="create-study").click().run()
    study = open_study(workspace / "mein-pool-final")
    assert study.title == "Mein Pool (final)"
    kept = study.path / "uploads" / "Mein-Pool-final.jsonl"
    assert kept.read_bytes() == b'{"question": "a"}\n'
    assert [(kind, name) for kind, name, _ in started] == [("dataset", "main")]
    assert started[0][2] == ["dataset", str(kept), "--study", str(study.path), "--name", "main"]
    assert app.query_params["study"] == "mein-pool-final"
    assert app.title[0].value == "Dataset"


def test_without_a_file_nothing_is_created(
    open_page: Opened, workspace: Path, started: Started
) -> None:
    app = open_page()
    app.button(key="create-study").click().run()
    assert "No file was chosen" in words(app)
    assert not list(workspace.iterdir())
    assert not started


def test_what_a_file_does_not_prove_is_asked_before_its_study_is_made(
    open_page: Opened, workspace: Path, started: Started
) -> None:
    app = open_page()
    rows = b'{"question": "What is it?", "answer": "A heart."}\n'
    app.get("file_uploader")[0].set_value(
        [("heart.jsonl", rows, ""), ("lung.jsonl", rows, ""), ("1.png", picture(), "")]
    ).run()
    assert "There are several parts" in words(app)
    assert app.button(key="create-study").disabled
    assert not list(workspace.iterdir())
    part = next(field for field in app.selectbox if field.label == "The part to read")
    assert part.options == [
        "* (all of them, one after another)", "heart.jsonl", "lung.jsonl",
    ]  # fmt: skip
    part.select("lung.jsonl").run()
    assert "1 data file, 1 image; 1 file was not used: heart.jsonl" in words(app)
    app.button(key="create-study").click().run()
    study = open_study(workspace / "heart")
    kept = study.path / "uploads" / "heart.zip"
    assert started[0][2] == [
        "dataset", str(kept), "--study", str(study.path), "--name", "main", "--split", "lung.jsonl",
    ]  # fmt: skip


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    assert free_folder(tmp_path, "Größe & Mut!").name == "grosse-mut"
    (tmp_path / "grosse-mut").mkdir()
    assert free_folder(tmp_path, "Größe & Mut!").name == "grosse-mut-2"
    assert free_folder(tmp_path, "病院").name == "study"
    assert free_folder(tmp_path, "../../etc/passwd").parent == tmp_path
    assert len(free_folder(tmp_path, "x" * 300).name) == 40


def test_the_demo_button_copies_and_opens_the_demo(
    open_page: Opened, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_study(tmp_path / "shipped", title="The demo")
    monkeypatch.setattr(demo, "DEMO", tmp_path / "shipped")
    app = open_page()
    app.button(key="open-demo").click().run()
    assert (workspace / "demo" / "study.toml").exists()
    assert "The demo" in words(app)


@pytest.mark.parametrize(
    ("done", "action"),
    [
        ("nothing", "Import a file"),
        ("dataset", "Rate difficulty"),
        ("export", "Fine-tune a model"),
        ("run", "Test the models"),
    ],
)
def test_there_is_one_next_action(
    open_page: Opened, workspace: Path, done: str, action: str
) -> None:
    if done in ("nothing", "dataset"):
        study = create_study(workspace / "a")
        if done == "dataset":
            add_dataset(study)
    else:
        study = full_study(workspace / "a")
    if done == "run":
        add_run(study, study.find("export"))
    app = open_page()
    assert app.button(key="next-action").label == action


def test_with_both_scores_it_begins_with_the_map_in_numbers_and_sentences(
    open_page: Opened, workspace: Path
) -> None:
    study = full_study(workspace / "a")
    add_run(study, study.find("export"))
    add_evaluation(study, [str(SHIPPED_VALIDATION)], (), limit=3)
    app = open_page()
    table = pq.read_table(study.find("selection").path / "selection.parquet").to_pylist()
    kept = [one for one in table if one["kept"]]
    best = [one for one in table if one["quadrant"] == "Q1"]
    scored = [one for one in table if one["quadrant"]]
    assert {one.label: one.value for one in app.metric} == {
        "Samples in use": str(study.find("dataset").manifest["counts"]["included"]),
        "With both scores": str(len(scored)),
        "Hard and influential": str(len(best)),
        "Chosen": str(len(kept)),
    }
    from_corner = sum(one["quadrant"] == "Q1" for one in kept)
    assert (
        f"The selection 'main' keeps {len(kept)} of all samples, {from_corner} of them from that "
        "corner." in words(app)
    )
    assert app.get("plotly_chart")
    # Every step is done: what is left is to look.
    assert [one.key for one in app.button if one.key in ("see-map", "next-action")] == ["see-map"]
    app.button(key="see-map").click().run()
    assert app.title[0].value == "Explore and select"


def test_before_a_selection_is_fixed_it_shows_what_the_usual_rule_would_choose(
    open_page: Opened, workspace: Path
) -> None:
    study = full_study(workspace / "a")
    shutil.rmtree(study.folder("export", "main"))
    shutil.rmtree(study.folder("selection", "main"))
    app = open_page()
    assert "The usual rule would choose" in words(app)
    # What comes next is on the page of the map.
    assert [one.key for one in app.button if one.key in ("see-map", "next-action")] == ["see-map"]


def test_the_next_action_leads_to_its_page(open_page: Opened, workspace: Path) -> None:
    add_dataset(create_study(workspace / "a"))
    app = open_page()
    app.button(key="next-action").click().run()
    assert app.title[0].value == "Difficulty"
    assert app.query_params["study"] == "a"


def test_running_work_is_shown_and_failed_work_asks_for_attention(
    open_page: Opened, workspace: Path
) -> None:
    study = create_study(workspace / "a")
    add_dataset(study)
    add_job(study, "influence", state="failed", message="The disk is <b>full</b>")
    with running(study, Order("difficulty", "main")) as progress:
        progress.expect(38, finished=19, message="Rating")
        app = open_page()
    assert "19 of 38 samples" in app.get("progress")[0].proto.text
    assert "needs attention" in words(app)
    assert "The disk is &lt;b&gt;full&lt;/b&gt;" in words(app)


def test_work_that_waits_for_a_person_is_not_said_to_run(
    open_page: Opened, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = full_study(workspace / "a")
    monkeypatch.setattr(queue, "wake", lambda _study: False)
    with monkeypatch.context() as elsewhere:
        (tmp_path / "theirs").write_text("ab" * 32)
        elsewhere.setenv("DIQ_SECRET_FILE", str(tmp_path / "theirs"))
        queue.enqueue(study, Order("run", "theirs"))
    assert "Work that came with this study waits until somebody starts it." in words(open_page())
    queue.enqueue(study, Order("run", "ours"))
    assert "Work is running." in words(open_page())
