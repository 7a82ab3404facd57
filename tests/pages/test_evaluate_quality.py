"""The view "Judge written answers": pairs, a judgement by a scripted server, the clinicians."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from diq_core.artefact import Artefact
from diq_core.asking.endpoint import Endpoint
from diq_core.config import PairSettings, QualitySettings
from diq_core.jobs.order import Order
from diq_core.jobs.progress import silent
from diq_core.jobs.running import running
from diq_core.quality.asking import axes
from diq_core.review.figures.pair_results import pair_queues
from diq_core.review.form.form import load_form
from diq_core.review.store.changes import open_store
from diq_core.stages import answers as answering
from diq_core.stages import quality
from diq_core.stages.identifier_log import Answerable
from diq_core.stages.quality import judge_order
from diq_core.study import Study, create_study
from tests.pages.conftest import Opened, words
from tests.support.model_server import Said, completion, model_server
from tests.support.studies import HOSTILE, command_for
from tests.support.written import add_written, write_questions

PAGE, VIEW = "pages/8_evaluate.py", "Judge written answers"
COUNT = 12
FORM = load_form()
TESTER = Answerable("tester", "the texts are made up")
Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def study(workspace: Path) -> Study:
    return create_study(workspace / "a")


def written(study: Study, tuned: str = "Step one. Step two.\n\nA", base: str = "A") -> Path:
    """Add two evaluations whose file of questions was uploaded."""
    study.uploads_folder.mkdir(exist_ok=True)
    questions = write_questions(study.uploads_folder, COUNT)
    add_written(study, "base", questions, [base] * COUNT)
    add_written(study, "tuned", questions, [f"{tuned} {number}" for number in range(COUNT)])
    return questions


def paired(study: Study, questions: Path) -> Artefact:
    first, second = (study.find("evaluation", name) for name in ("tuned", "base"))
    return answering.run(study, "main", PairSettings(), silent(), first=first, second=second,
                         benchmarks=[str(questions)])  # fmt: skip


def prefers_longer(_number: int, body: dict[str, Any]) -> Said:
    """Prefer the longer answer but once and rate it higher; talk nonsense about question 4."""
    material = json.loads(body["messages"][1]["content"].split("as JSON:\n\n")[1])
    if "sign 4?" in json.dumps(material):
        return completion("I had rather not.")
    if "first" not in material:
        level = 4 if "Step one" in json.dumps(material) else 2
        return completion({"scales": {one.key: level for one in FORM.scales}, "comment": ""})
    sizes = [len(str(material[side])) for side in ("first", "second")]
    wants_first = (sizes[0] > sizes[1]) != ("sign 7?" in json.dumps(material))
    side = "first" if wants_first else "second"
    return completion({"better": dict.fromkeys(axes(FORM), side), "comment": ""})


def judged(study: Study, answers: Artefact) -> Artefact:
    settings = QualitySettings(model="judge-7b", resamples=200)
    with (
        model_server(prefers_longer) as server,
        Endpoint(server.url, timeout=10, attempts=1) as endpoint,
    ):
        return quality.run(
            study, "main", settings, silent(), answers=answers, endpoint=endpoint, who=TESTER
        )


def has_button(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def test_without_written_answers_it_says_how_to_get_them(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, view=VIEW)
    assert "There are not two models with written answers yet" in words(app)
    assert "Written answer" in words(app)
    assert not has_button(app, "start-answers")
    assert not app.exception


def test_two_evaluations_are_paired_with_the_file_they_were_made_with(
    open_page: Opened, study: Study, started: Started
) -> None:
    questions = written(study)
    app = open_page(PAGE, view=VIEW)
    app.number_input(key="pair-limit").set_value(5).run()
    app.button(key="start-answers").click().run()
    command = command_for("answers", study.path, "main", PairSettings(limit=5), first="tuned",
                           second="base", benchmark=[str(questions)])  # fmt: skip
    assert started == [("answers", "main", command)]
    assert not app.exception


def test_a_file_of_questions_that_is_gone_is_asked_for_and_recognised_by_its_bytes(
    open_page: Opened, study: Study
) -> None:
    questions = written(study)
    content = questions.read_bytes()
    questions.unlink()
    app = open_page(PAGE, view=VIEW)
    assert "A file of questions is not where it was" in words(app)
    assert "mini.jsonl" in words(app)
    assert not has_button(app, "start-answers")
    app.get("file_uploader")[0].set_value(("mini.jsonl", content + b"\n", "")).run()
    assert "It is another file" in words(app)
    app.get("file_uploader")[0].set_value(("mini.jsonl", content, "")).run()
    assert has_button(app, "start-answers")
    assert not app.exception


def test_a_file_of_questions_is_found_where_a_job_had_it(
    open_page: Opened, study: Study, tmp_path: Path, started: Started
) -> None:
    questions = write_questions(tmp_path, COUNT)
    for name in ("one", "two"):
        add_written(study, name, questions, ["A"] * COUNT)
    with running(study, Order("evaluation", "one", inputs={"benchmark": [str(questions)]})):
        pass
    app = open_page(PAGE, view=VIEW)
    app.button(key="start-answers").click().run()
    assert f"--benchmark={questions}" in started[0][2]


def test_pairs_are_read_judged_and_concluded(
    open_page: Opened, study: Study, started: Started
) -> None:
    answers = paired(study, written(study))
    app = open_page(PAGE, view=VIEW)
    said = words(app)
    assert "&#x27;tuned&#x27; against &#x27;base&#x27; on 12 questions." in said
    assert "What explains sign 0?" in said
    assert "Name the server and the model first." in said
    app.number_input(key="pair-main").set_value(3).run()
    assert "What explains sign 2?" in words(app)
    app.text_input(key="quality-endpoint").set_value("http://localhost:1/v1")
    app.text_input(key="quality-model").set_value("--judge 7b").run()
    app.checkbox(key="quality-scales").set_value(False).run()
    assert "At most 24 requests" in words(app)
    app.button(key="start-quality").click().run()
    settings = QualitySettings(model="--judge 7b", scales=False)
    assert started == [("quality", "main", command(study, settings))]
    judged(study, answers)
    app = open_page(PAGE, view=VIEW)
    said = words(app)
    assert "This judge prefers the answers of &#x27;tuned&#x27;." in said
    assert "The judge is a machine, not a clinician." in said
    assert [metric.value for metric in app.metric] == ["12", "44 of 48", "0"]
    assert "Overall" in said
    assert '<td class="diq-nowrap">91 %</td>' in said
    assert "4: " in said
    share, levels = [json.loads(each.proto.spec) for each in app.get("plotly_chart")]
    assert share["data"][0]["x"] == pytest.approx([10 / 11] * 4)
    assert levels["data"][0]["x"] == [2.0] * 3
    assert not app.exception


def test_answers_that_may_tell_who_a_patient_is_are_seen_and_released(
    open_page: Opened, study: Study, started: Started
) -> None:
    paired(study, written(study, tuned="It is Mr. Osgood Thornbury.\n\nA"))
    app = open_page(PAGE, view=VIEW)
    app.text_input(key="quality-endpoint").set_value("http://localhost:1/v1")
    app.text_input(key="quality-model").set_value("m").run()
    assert "12 samples may tell who a patient is" in words(app)
    assert "<mark>Osgood Thornbury</mark>" in words(app)
    assert not has_button(app, "start-quality")
    app.radio(key="quality-sent-gate").set_value(
        "Leave these out: nothing is asked about them"
    ).run()
    app.button(key="start-quality").click().run()
    settings = QualitySettings(model="m", leave_out_identifiers=True)
    assert started[-1][2] == command(study, settings)
    app.radio(key="quality-sent-gate").set_value("Send them all the same: I answer for it").run()
    app.text_input(key="quality-sent-release-role").set_value("officer")
    app.text_input(key="quality-sent-release-reason").set_value("they are made up").run()
    app.button(key="start-quality").click().run()
    released = {"release_role": "officer", "release_reason": "they are made up"}
    assert started[-1][2] == command(study, QualitySettings(model="m"), **released)
    assert not app.exception


def command(study: Study, settings: QualitySettings, **more: str) -> list[str]:
    return judge_order("main", settings, "main", "http://localhost:1/v1", **more).command(study)


def test_an_address_with_a_password_is_refused(open_page: Opened, study: Study) -> None:
    paired(study, written(study))
    app = open_page(PAGE, view=VIEW)
    app.text_input(key="quality-endpoint").set_value("http://me:hunter2@localhost/v1")
    app.text_input(key="quality-model").set_value("m").run()
    assert "diq-problem" in words(app)
    assert not has_button(app, "start-quality")
    assert not app.exception


def test_a_judgement_of_other_pairs_is_not_shown(open_page: Opened, study: Study) -> None:
    questions = written(study)
    judged(study, paired(study, questions))
    first, second = (study.find("evaluation", name) for name in ("base", "tuned"))
    answering.run(study, "other", PairSettings(), silent(), first=first, second=second,
                  benchmarks=[str(questions)])  # fmt: skip
    app = open_page(PAGE, view=VIEW, answers="other")
    assert "This judge prefers" not in words(app)
    app = open_page(PAGE, view=VIEW, answers="main", quality="main")
    assert "This judge prefers" in words(app)
    assert not app.exception


def test_the_pairs_are_sent_to_clinicians_under_a_name(open_page: Opened, study: Study) -> None:
    paired(study, written(study))
    app = open_page(PAGE, view=VIEW)
    assert has_button(app, "to-review")
    assert not has_button(app, "send-answers")
    app.session_state["reviewer"] = "Ada"
    app.run()
    app.number_input(key="send-overlap").set_value(2).run()
    app.button(key="send-answers").click().run()
    assert "12 pairs wait on the page Review" in words(app)
    store = open_store(study)
    try:
        assert dict(pair_queues(store)) == {"answers main": COUNT}
    finally:
        store.close()
    app.button(key="send-answers").click().run()
    assert "diq-problem" in words(app)
    assert not app.exception


@pytest.mark.parametrize("kind", ["answers", "quality"])
def test_a_job_that_runs_or_failed_is_shown(
    open_page: Opened, study: Study, started: Started, kind: Any
) -> None:
    questions = written(study)
    if kind == "quality":
        paired(study, questions)
    given = {
        "answers": {"first": "tuned", "second": "base", "benchmark": [str(questions)]},
        "quality": {"endpoint": "http://localhost:1/v1"},
    }
    settings = {"model": "m"} if kind == "quality" else {}
    order = Order(kind, "main", settings, given[kind])
    with running(study, order) as progress:
        progress.expect(60, unit="requests", finished=15, message="Asking")
        app = open_page(PAGE, view=VIEW)
        assert "15 of 60 requests" in app.get("progress")[0].proto.text
        assert not has_button(app, f"start-{kind}")
        progress.end("failed", message="The server is gone")
    app = open_page(PAGE, view=VIEW)
    assert "The server is gone" in words(app)
    app.button(key=f"anew-{kind}-main").click().run()
    assert started == [(kind, "main", [*order.command(study), "--restart"])]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_answers_are_inert(open_page: Opened, study: Study, text: str) -> None:
    judged(study, paired(study, written(study, tuned=text, base=f"{text} too")))
    app = open_page(PAGE, view=VIEW)
    assert not app.exception
    for each in app.get("html"):
        assert "<img" not in str(each.proto.body)
        assert "<script" not in str(each.proto.body)
    for each in [*app.markdown, *app.caption]:
        assert "![x](" not in each.value
    assert "\u202e" not in words(app)
    assert "\x00" not in words(app)
