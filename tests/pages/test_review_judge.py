"""A model as a further rater, on the page: started, reported, never mixed with people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from diq_core.asking.endpoint import Endpoint
from diq_core.cli import app as command_line
from diq_core.config import JudgeSettings, build
from diq_core.jobs.progress import silent
from diq_core.review.form.form import load_form
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import judgements, log, people
from diq_core.review.store.roles import Actor
from diq_core.stages import judge as judging
from diq_core.stages.identifier_log import entries
from diq_core.stages.judge import job_name, judge_order
from diq_core.study import Study
from tests.pages.conftest import Opened, words
from tests.pages.test_review import opened
from tests.support.model_server import Said, completion, model_server
from tests.support.reviews import answer
from tests.support.studies import HOSTILE, RELEASE, add_job, full_study

FORM = load_form()
KIM = Actor("Kim", "admin")
MODEL = "big/judge-7b"
NAME = f"machine:{MODEL}"
Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def study(workspace: Path) -> Study:
    return full_study(workspace / "one", samples=60)


@pytest.fixture
def store(study: Study) -> Iterator[Store]:
    found = open_store(study)
    yield found
    found.close()


def levels(number: int) -> dict[str, Any]:
    return answer("accept" if number % 4 > 1 else "reject", 2 + number % 4)


def judged(study: Study, store: Store, *, rest: int = 40, critique: bool = False) -> list[str]:
    """Let a model and Ann rate the same samples, nearly alike; return the samples."""
    said = {"number": 0}

    def script(_number: int, body: dict[str, Any]) -> Said:
        if '"findings"' in str(body["messages"]).replace("\\", ""):
            point = {"kind": "wrong_fact", "severity": "severe", "quote": HOSTILE[0],
                     "why": HOSTILE[1]}  # fmt: skip
            return completion({"findings": [point]})
        said["number"] += 1
        if said["number"] == 1:
            return completion("I would rather not. " + HOSTILE[0])
        return completion({**levels(said["number"]), "comment": HOSTILE[0]})

    with model_server(script) as server:
        values = {"endpoint": server.url, "model": MODEL, "rest": rest, "critique": critique,
                  **RELEASE}  # fmt: skip
        client = Endpoint(server.url, timeout=10, attempts=1, wait=lambda _seconds: None)
        judging.run(study, study.find("selection"), build(JudgeSettings, values), silent(),
                    person=KIM, endpoint=client)  # fmt: skip
    machine = {one.sample: one.value["answer"] for one in judgements(store, KIM, "verdict")}
    for number, (sample, given) in enumerate(machine.items()):
        # Without any difference no resample would show a doubt, and no interval were given.
        scales = {key: level - (number % 7 == 0 and level > 1)
                  for key, level in given["scales"].items()}  # fmt: skip
        values = {**given, "scales": scales, "comment": ""}
        store.submit(Actor("Ann", "reviewer"), sample, values, form=FORM, version=0,
                     key=f"Ann {sample} key")  # fmt: skip
    return list(machine)


def filled(app: AppTest, endpoint: str = "http://127.0.0.1:9/v1") -> AppTest:
    app.text_input(key="judge-endpoint").input(endpoint)
    app.text_input(key="judge-model").input(MODEL).run()
    return app


def released(app: AppTest) -> AppTest:
    """Answer for the web addresses that the study's texts hold."""
    app.radio(key="judge-sent-gate").set_value("Send them all the same: I answer for it").run()
    app.text_input(key="judge-sent-release-role").input(RELEASE["release_role"])
    app.text_input(key="judge-sent-release-reason").input(RELEASE["release_reason"]).run()
    return app


def test_it_starts_the_command_that_a_terminal_would(
    open_page: Opened, study: Study, store: Store, started: Started
):
    app = filled(opened(open_page, "Judge"))
    app.number_input(key="judge-limit").set_value(7)
    app.number_input(key="judge-rest").set_value(3)
    app.checkbox(key="judge-critique").check().run()
    released(app).button(key="start-review").click().run()
    assert not app.exception
    ((kind, name, command),) = started
    assert (kind, name) == ("review", job_name(MODEL))
    assert command == [
        "review", "judge", "--study", str(study.path), "--selection", "main",
        "--as", "Dr Dora", "--endpoint", "http://127.0.0.1:9/v1", "--model", MODEL,
        "--limit", "7", "--rest", "3", "--critique",
        "--release-role", "tester", "--release-reason", "the texts are made up",
    ]  # fmt: skip


def test_the_command_it_starts_judges(
    open_page: Opened, study: Study, store: Store, started: Started
):
    with model_server(
        lambda _number, _body: completion({**answer("reject", 2), "comment": ""})
    ) as (server):
        app = filled(opened(open_page, "Judge", name="--help"), server.url)
        app.number_input(key="judge-limit").set_value(4).run()
        released(app).button(key="start-review").click().run()
        result = CliRunner().invoke(command_line, started[0][2])
    assert result.exit_code == 0, result.output
    assert len([one for one in judgements(store, KIM, "verdict") if one.machine]) == 4
    (entry,) = entries(study)
    assert (entry["entry"], entry["door"], entry["by"]) == ("release", "endpoint", "--help")
    assert (entry["role"], entry["reason"]) == (RELEASE["release_role"], RELEASE["release_reason"])
    assert NAME in words(opened(open_page, "Judge"))


def test_what_would_be_sent_is_seen_in_context_and_decided_about(
    open_page: Opened, study: Study, store: Store, started: Started
):
    app = filled(opened(open_page, "Judge"))
    said = words(app)
    assert "may tell who a patient is" in said
    assert "<mark>" in said
    assert not has_start(app)
    app.radio(key="judge-sent-ruling").set_value("none")
    app.text_input(key="judge-sent-decide-role").input("officer")
    app.text_input(key="judge-sent-decide-reason").input("Mrs. Helen Carter agreed")
    decide = next(one for one in app.button if one.label == "Decide")
    decide.click().run()
    assert "itself holds what may tell" in words(app)
    app.text_input(key="judge-sent-decide-reason").input("web addresses of the publisher")
    next(one for one in app.button if one.label == "Decide").click().run()
    assert [one["ruling"] for one in entries(study)] == ["none"]
    assert has_start(app)
    app.button(key="start-review").click().run()
    assert "--release-role" not in started[0][2]
    assert not app.exception


def test_what_may_tell_is_left_out_and_nothing_of_it_is_sent(
    open_page: Opened, study: Study, store: Store, started: Started
):
    said = completion({**answer("reject", 2), "comment": ""})
    with model_server(lambda _number, _body: said) as server:
        app = filled(opened(open_page, "Judge"), server.url)
        app.number_input(key="judge-limit").set_value(10).run()
        app.radio(key="judge-sent-gate").set_value(
            "Leave these out: nothing is asked about them"
        ).run()
        app.button(key="start-review").click().run()
        assert started[0][2][-1] == "--leave-out-identifiers"
        result = CliRunner().invoke(command_line, [*started[0][2], "--json"])
        assert result.exit_code == 0, result.output
        sent = str(server.requests)
    counts = json.loads(result.output)["counts"]
    assert counts["missing"] > 0
    assert counts["judged"] + counts["missing"] == 10
    assert "http://evil" not in sent
    assert "and was not sent" in words(opened(open_page, "Judge"))
    assert entries(study) == []


def has_start(app: AppTest) -> bool:
    return any(one.key == "start-review" for one in app.button)


def test_an_address_with_a_password_is_refused_in_words(
    open_page: Opened, study: Study, started: Started
):
    app = filled(opened(open_page, "Judge"), "http://me:secret@127.0.0.1:9/v1")
    said = words(app)
    assert "password" in said
    assert "secret" not in said
    assert not has_start(app)


def test_a_failed_judge_is_tried_again_by_the_same_command(
    open_page: Opened, study: Study, started: Started
):
    name = job_name(MODEL)
    order = judge_order("main", JudgeSettings(endpoint="http://127.0.0.1:9/v1", model=MODEL))
    add_job(study, "review", name=name, state="failed", message="no answer", order=order)
    app = opened(open_page, "Judge")
    assert "no answer" in words(app)
    app.button(key=f"anew-review-{name}").click().run()
    assert started == [("review", name, order.command(study))]


def test_a_judge_may_be_used_only_where_enough_agreement_was_asked_for(
    open_page: Opened, study: Study, store: Store
):
    judged(study, store)
    app = opened(open_page, "Judge")
    assert "Nobody has set how far it must agree with people" in words(app)
    app.number_input(key="judge-threshold").set_value(0.6).run()
    assert "So far: Nobody has said how far a judge must agree" in words(app)
    assert "Its ratings may be used" not in words(app)
    app.button(key="judge-gate").click().run()
    said = words(app)
    assert "Its ratings may be used" in said
    assert app.button(key="judge-gate").disabled
    # 10 chosen and 40 others were asked for, one reply of these could not be read.
    assert "49 verdicts · 1 missing" in said
    app.number_input(key="judge-fewest").set_value(50).run()
    app.button(key="judge-gate").click().run()
    assert "rated by people and by it on 49 samples, 50 are needed" in words(app)
    app.number_input(key="judge-fewest").set_value(30).run()
    app.button(key="judge-gate").click().run()
    app.segmented_control(key="view").set_value("Results").run()
    said = words(app)
    assert f"Judge {NAME}" in said
    assert "may not be used" not in said
    assert said.count("Hedges&#x27; g") == 2


def test_what_is_asked_of_judges_is_the_studys_and_only_planners_change_it(
    open_page: Opened, study: Study, store: Store
):
    judged(study, store)
    where = ["--study", str(study.path), "--as", "Kim"]
    command = ["review", "judge-gate", "--threshold", "0.6", *where]
    assert CliRunner().invoke(command_line, command).exit_code == 0
    assert "Its ratings may be used" in words(opened(open_page, "Judge"))
    said = CliRunner().invoke(command_line, ["review", "judge-report", *where])
    assert "may be used: it agrees with people" in said.output
    (event,) = [one for one in log(store, KIM) if one.slot.kind == "gate"]
    assert event.value == {"threshold": 0.6, "coefficient": "gwet", "fewest": 30}
    for place, (name, role) in enumerate((("Kim", "admin"), ("Vic", "viewer"))):
        store.grant(KIM, name, role, version=0, key=f"grant {place}")
    app = opened(open_page, "Judge", name="Vic")
    assert "A judge must reach 0.60 on every scale" in words(app)
    assert not [one for one in app.button if one.key == "judge-gate"]


def test_unreadable_replies_are_counted_with_their_reason(
    open_page: Opened, study: Study, store: Store
):
    judged(study, store, rest=0)
    app = opened(open_page, "Judge")
    assert any("1 sample without a usable reply" in one.label for one in app.expander)
    assert "<li><b>1</b> the reply" in words(app)


def test_critiques_are_listed_by_kind_and_severity_and_inert(
    open_page: Opened, study: Study, store: Store
):
    judged(study, store, rest=0, critique=True)
    app = opened(open_page, "Judge", name=HOSTILE[0])
    said = words(app)
    assert "<bdi>Wrong fact</bdi>" in said
    assert "not in the text" in said
    assert "<script>" not in said
    assert "<img src=" not in said
    before = said.count("&lt;script&gt;")
    app.selectbox(key="judge-0-kind").set_value("irrelevant").run()
    assert before > words(app).count("&lt;script&gt;")
    assert "0 points" in words(app)


def test_a_model_needs_a_role_where_roles_count(
    open_page: Opened, study: Study, store: Store, started: Started
):
    store.grant(KIM, "Kim", "admin", version=0, key="grant it")
    app = filled(opened(open_page, "Judge", name="Kim"))
    assert "The model has no role in this study" in words(app)
    assert not [one for one in app.button if one.key == "start-review"]
    app.button(key="judge-grant").click().run()
    assert people(store)[NAME] == "reviewer"
    released(app).button(key="start-review").click().run()
    assert len(started) == 1


def test_who_may_not_plan_sees_the_report_and_starts_nothing(
    open_page: Opened, study: Study, store: Store
):
    judged(study, store, rest=0)
    store.grant(KIM, "Kim", "admin", version=0, key="grant it")
    store.grant(KIM, "Dr Dora", "viewer", version=0, key="grant her")
    app = opened(open_page, "Judge")
    assert NAME in words(app)
    assert not [one for one in app.text_input if one.key == "judge-endpoint"]
