"""The difficulty and influence pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from diq_core.config import ImportSettings
from diq_core.draft import begin
from diq_core.jobs.processes import HOST
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.study import Study, create_study
from pages.parts.influence.length_chart import ticks
from tests.pages.conftest import Opened, words
from tests.support.eyes import write_image
from tests.support.studies import add_dataset, add_difficulty, add_influence, add_job
from tests.support.tiny import questions
from tests.support.training import sample_file

DIFFICULTY, INFLUENCE = "pages/2_difficulty.py", "pages/3_influence.py"
Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def study(workspace: Path) -> Study:
    study = create_study(workspace / "a")
    add_dataset(study)
    return study


@pytest.mark.parametrize("page", [DIFFICULTY, INFLUENCE])
def test_without_samples_the_page_leads_to_the_import(
    open_page: Opened, workspace: Path, page: str
) -> None:
    create_study(workspace / "a")
    app = open_page(page)
    assert "There are no samples yet" in words(app)
    app.button(key="to-dataset").click().run()
    assert app.title[0].value == "Dataset"
    assert app.query_params["study"] == "a"


def test_difficulty_starts_with_the_shipped_classifier(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(DIFFICULTY)
    app.button(key="start-difficulty").click().run()
    assert started == [
        ("difficulty", "main",
         ["difficulty", "--study", str(study.path), "--name", "main", "--dataset", "main"])
    ]  # fmt: skip


def test_difficulty_takes_a_classifier_of_the_users(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(DIFFICULTY)
    app.radio(key="classifier-kind").set_value("One of my own").run()
    app.text_input(key="classifier-folder").set_value("/models/mine").run()
    assert not app.exception
    assert "There is no difficulty classifier here" in words(app)
    app.button(key="start-difficulty").click().run()
    assert started[0][2][-2:] == ["--classifier", "/models/mine"]


def test_difficulty_shows_spread_examples_and_what_is_missing(
    open_page: Opened, study: Study
) -> None:
    add_difficulty(study, study.find("dataset"))
    app = open_page(DIFFICULTY)
    assert [metric.value for metric in app.metric][0::2] == ["37", "3"]
    assert len(app.get("plotly_chart")) == 4
    assert "the question is empty" in words(app)
    assert words(app).count("<li><b>") >= 10


def test_influence_starts_with_a_part_and_other_validation_settings(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(INFLUENCE)
    assert "120 questions of 6 tasks are drawn:" in words(app)
    app.radio(key="influence-part").set_value("A random part").run()
    app.number_input(key="influence-limit").set_value(24).run()
    app.number_input(key="validation-number").set_value(5).run()
    assert "30 questions of 6 tasks are drawn:" in words(app)
    app.number_input(key="validation-seed").set_value(7).run()
    app.button(key="start-influence").click().run()
    command = started[0][2]
    assert command[:7] == ["influence", "--study", str(study.path), "--name", "main",
                           "--dataset", "main"]  # fmt: skip
    assert command[7:] == ["--per-task", "5", "--limit", "24", "--seed", "7"]


def test_further_scores_go_into_the_command(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(INFLUENCE)
    [also] = [each for each in app.get("button_group") if each.key == "influence-also"]
    also.set_value(["ifd", "cosine"]).run()
    app.button(key="start-influence").click().run()
    assert started[0][2][7:] == ["--also", "cosine,ifd"]


def test_another_model_goes_into_the_command(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(INFLUENCE)
    app.radio(key="model-kind").set_value("One of my own").run()
    app.text_input(key="model-path").set_value("/models/tiny").run()
    app.button(key="start-influence").click().run()
    assert started[0][2][-2:] == ["--model", "/models/tiny"]


def test_where_samples_have_images_an_untrained_eye_can_be_chosen_and_is_named_so(
    open_page: Opened, workspace: Path, started: Started, tmp_path: Path
) -> None:
    study = create_study(workspace / "a")
    write_image(tmp_path / "p.png", 30, 20)
    sample_file(tmp_path / "pool.jsonl", [replace(questions(1)[0], images=("p.png",))])
    source = str(tmp_path / "pool.jsonl")
    importing.run(study, "main", ImportSettings(), silent(), source=source, validation=[])
    app = open_page(INFLUENCE)
    kinds = app.radio(key="model-kind")
    assert "untrained eye: images change scores without meaning" in kinds.options[1]
    kinds.set_value(kinds.options[1]).run()
    app.button(key="start-influence").click().run()
    assert started[0][2][-2:] == ["--model", "embedded-vision"]


def test_influence_shows_sign_length_missing_and_the_self_check(
    open_page: Opened, study: Study
) -> None:
    add_influence(study, add_dataset(study, samples=80, name="more"), scored=70)
    app = open_page(INFLUENCE)
    assert app.metric[0].value == "70"
    assert app.metric[1].value.endswith(" %")
    assert app.metric[2].value == "10"
    said = words(app)
    assert "not drawn: measured for a part only" in said
    assert "rank correlation" in said
    assert "The line joins the medians of 2 groups by length." in said
    assert "relative error 2.4e-05 on 3 samples" in said
    assert len(app.get("plotly_chart")) == 2


def test_few_samples_are_told_in_words(open_page: Opened, study: Study) -> None:
    add_influence(study, study.find("dataset"), scored=9)
    app = open_page(INFLUENCE)
    said = words(app)
    assert "9 samples: too few for a picture." in said
    assert "9 samples: too few to say how influence goes with length." in said
    assert "rank correlation" not in said
    assert len(app.get("plotly_chart")) == 1


def test_a_study_in_which_nothing_could_be_scored(open_page: Opened, study: Study) -> None:
    add_influence(study, study.find("dataset"), scored=0)
    app = open_page(INFLUENCE)
    assert not app.exception
    assert app.metric[0].value == "0"
    assert app.metric[1].value == "none"


def test_a_second_run_gets_a_name_of_its_own(
    open_page: Opened, study: Study, started: Started
) -> None:
    add_influence(study, study.find("dataset"))
    app = open_page(INFLUENCE)
    assert app.text_input(key="name-influence").value == "main-2"
    app.button(key="start-influence").click().run()
    assert started[0][:2] == ("influence", "main-2")


def test_unfinished_work_keeps_its_name(open_page: Opened, study: Study) -> None:
    add_influence(study, study.find("dataset"))
    begin(study.folder("influence", "main-2"), kind="influence", settings={}, inputs={})
    app = open_page(INFLUENCE)
    assert app.text_input(key="name-influence").value == "main-3"


def test_the_chosen_scores_stand_in_the_address(open_page: Opened, study: Study) -> None:
    add_influence(study, study.find("dataset"))
    add_influence(study, study.find("dataset"), name="half", scored=20)
    app = open_page(INFLUENCE, influence="main")
    assert app.metric[0].value == "40"
    app = open_page(INFLUENCE)
    assert app.metric[0].value == "20"


def test_the_way_on_leads_to_what_can_be_done_now(open_page: Opened, study: Study) -> None:
    add_influence(study, study.find("dataset"))
    app = open_page(INFLUENCE)
    assert app.button(key="next").label == "Rate difficulty"
    add_difficulty(study, study.find("dataset"))
    app = open_page(INFLUENCE)
    assert app.button(key="next").label == "Explore and select"
    app = open_page(DIFFICULTY)
    app.button(key="next").click().run()
    assert app.title[0].value == "Explore and select"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (8, 600, [10, 20, 50, 100, 200, 500]),
        (500, 900, [500, 600, 700, 800, 900]),
        (640, 700, [640, 650, 660, 670, 680, 690, 700]),
        (72, 100, [72, 76, 80, 84, 88, 92, 96, 100]),
        (37, 37, [37]),
    ],
)
def test_the_length_axis_has_round_numbers(low: int, high: int, expected: list[int]) -> None:
    assert [round(tick) for tick in ticks([low, high])] == expected


def test_what_was_just_made_is_shown_when_it_is_done(
    open_page: Opened, study: Study, started: Started
) -> None:
    add_influence(study, study.find("dataset"))
    app = open_page(INFLUENCE)
    app.button(key="start-influence").click().run()
    assert app.metric[0].value == "40"
    add_influence(study, study.find("dataset"), name=started[0][1], scored=20)
    app.run()
    assert app.metric[0].value == "20"
    app.selectbox(key="influence").select("main").run()
    assert app.metric[0].value == "40"


def test_what_influence_will_take_is_said_before_it_is_measured(
    open_page: Opened, study: Study
) -> None:
    assert "cannot be told yet: no such work with this model" in words(open_page(INFLUENCE))
    add_job(study, "influence", host=HOST, units=20, pace=2.0, started=1e9, finished=1e9 + 40,
            memory=1_900_000_000)  # fmt: skip
    # 38 samples at 2 a second, and the 30 seconds in which it scored none.
    assert (
        "Estimate: about 49 s and 1.9 GB of memory, from influence 'main' (20 samples, the same "
        "model, this machine)."
    ) in words(open_page(INFLUENCE))
    app = open_page(INFLUENCE)
    app.radio(key="model-kind").set_value("One of my own").run()
    app.text_input(key="model-path").set_value("/models/other").run()
    assert "cannot be told yet" in words(app)


def test_tasks_are_chosen_to_be_measured_alone(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(INFLUENCE)
    tasks = app.multiselect(key="influence-by-task").options
    assert len(tasks) == 6
    app.multiselect(key="influence-by-task").set_value(tasks[:2]).run()
    app.button(key="start-influence").click().run()
    assert started[0][2][7:] == [f"--by-task={task}" for task in tasks[:2]]
