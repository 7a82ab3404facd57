"""A model reviews a selection: what is stored, what a broken run keeps, what a second one asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.asking.address import KEY_VARIABLE
from diq_core.asking.asker import GIVE_UP, HARMLESS
from diq_core.asking.endpoint import Endpoint, EndpointFailed
from diq_core.cli import app
from diq_core.config import JudgeSettings, build
from diq_core.errors import BadSetting
from diq_core.jobs import standing
from diq_core.jobs.progress import silent
from diq_core.review.form.answer import Criterion
from diq_core.review.form.form import load_form
from diq_core.review.queue.progress import queues
from diq_core.review.refusals import NotAllowed
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.reading import Judgement, judgements
from diq_core.stages import judge as judging
from diq_core.stages.judge import job_name, judge_order
from diq_core.stages.judge_report import as_text, judge_report
from diq_core.study import Study
from tests.support.kept import states_of
from tests.support.model_server import ModelServer, Said, completion, model_server
from tests.support.reviews import ADA, ANN, BEN, answer, rate
from tests.support.studies import RELEASE, full_study

FORM = load_form()
MODEL = "big/judge-7b"
NAME = f"machine:{MODEL}"
GOOD = completion({**answer("reject", 4), "comment": "Silent on red flags."})
NO_POINTS = completion({"findings": []})


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return full_study(tmp_path / "study", samples=30)


@pytest.fixture
def store(study: Study) -> Iterator[Store]:
    opened = open_store(study)
    yield opened
    opened.close()


def run(study: Study, server: ModelServer, *, attempts: int = 1, **more: Any) -> dict[str, int]:
    settings = build(JudgeSettings, {"endpoint": server.url, "model": MODEL, **RELEASE, **more})
    client = Endpoint(server.url, timeout=10, attempts=attempts, wait=lambda _seconds: None)
    selection = study.find("selection")
    return judging.run(study, selection, settings, silent(), person=ADA, endpoint=client)


def said_by_machine(store: Store) -> list[Judgement]:
    return [one for one in judgements(store, ADA, "verdict") if one.machine]


def test_verdicts_are_marked_and_say_how_they_were_asked(study: Study, store: Store) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        counts = run(study, server, seed=3)
    assert counts == {"asked": 10, "judged": 10, "missing": 0, "kept": 0}
    found = said_by_machine(store)
    assert [one.reviewer for one in found] == [one.by for one in found] == [NAME] * 10
    how = found[0].value["judge"]
    assert how["prompt"].startswith("1-")
    assert {key: how[key] for key in ("model", "reported_model", "endpoint", "repeat", "seed",
                                      "temperature", "max_tokens", "tokens")} == {
        "model": MODEL, "reported_model": "judge-exact",
        "endpoint": f"{server.url}/chat/completions", "repeat": 1, "seed": 3,
        "temperature": 0.0, "max_tokens": 2000, "tokens": 7,
    }  # fmt: skip
    assert found[0].value["seconds"] >= 0
    assert check_store(store) == []


def test_a_queue_of_its_own_takes_no_persons_place(study: Study, store: Store) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        run(study, server, limit=4)
        run(study, server)
    (only,) = queues(store).values()
    assert only.settings.people == (NAME,)
    assert states_of(store, only.settings.name) == {"done": 10}
    assert (only.tasks, only.finished) == (10, 10)


def test_a_second_run_asks_for_nothing_and_a_new_text_or_criterion_is_asked_again(
    study: Study, store: Store
) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        run(study, server)
        assert run(study, server) == {"asked": 10, "judged": 0, "missing": 0, "kept": 10}
        assert len(server.requests) == 10
        sample = said_by_machine(store)[0].sample
        store.add_criterion(ADA, sample, Criterion("c", "Asks for an ECG", 3), version=0, key="c")
        server.script = lambda _number, _body: completion(
            {**answer("reject", 1), "criteria": {"c": True}}
        )
        assert run(study, server) == {"asked": 10, "judged": 1, "missing": 0, "kept": 9}
    changed = said_by_machine(store)[0]
    assert changed.value["answer"]["criteria"] == {"c": True}
    assert changed.version == 2


def test_a_new_prompt_is_asked_and_its_verdicts_replace_the_old_ones(
    study: Study, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        run(study, server, limit=3)
        prompt = judging.judge_prompt()
        newer = type(prompt)("2-abc", prompt.system, prompt.user + "\nBe strict.")
        monkeypatch.setattr(judging, "judge_prompt", lambda: newer)
        assert run(study, server, limit=3)["judged"] == 3
    assert {one.value["judge"]["prompt"] for one in said_by_machine(store)} == {"2-abc"}


def test_a_server_that_dies_halfway_costs_nothing_that_was_finished(
    study: Study, store: Store
) -> None:
    with model_server(lambda n, _body: GOOD if n < 4 else Said("", 503)) as server:
        with pytest.raises(EndpointFailed, match="503 1 times"):
            run(study, server)
        assert len(said_by_machine(store)) == 4
        server.script = lambda _number, _body: GOOD
        assert run(study, server) == {"asked": 10, "judged": 6, "missing": 0, "kept": 4}
    assert len(server.requests) == 5 + 6


def test_a_busy_moment_is_waited_out(study: Study) -> None:
    with model_server(lambda n, _body: Said("", 429) if n % 2 == 0 else GOOD) as server:
        assert run(study, server, attempts=2)["judged"] == 10


def test_garbage_is_missing_with_its_reason_and_is_asked_again_last(
    study: Study, store: Store
) -> None:
    replies = [completion("Nice sample!"), completion({**answer("great", 4)}),
               completion("{", finish="length"), Said("<html>"), *[GOOD] * 6]  # fmt: skip
    with model_server(lambda number, _body: replies[number]) as server:
        assert run(study, server) == {"asked": 10, "judged": 6, "missing": 4, "kept": 0}
        assert len(said_by_machine(store)) == 6
        assert judge_report(study, ADA)["judges"][0]["missing"] == {
            "the reply holds no JSON": 1,
            "the reply was cut off at its longest length": 1,
            "verdict: 'great' is not possible here": 1,
            "what came back is no chat completion": 1,
        }
        server.script = lambda _number, _body: GOOD
        assert run(study, server) == {"asked": 10, "judged": 4, "missing": 0, "kept": 6}
    assert judge_report(study, ADA)["judges"][0]["missing"] == {}


def test_an_endpoint_that_refuses_everything_is_given_up(study: Study, store: Store) -> None:
    with (
        model_server(lambda _number, _body: Said("", 400)) as server,
        pytest.raises(EndpointFailed, match="5 requests in a row got no reply"),
    ):
        run(study, server)
    assert len(server.requests) == GIVE_UP + 1
    # Before it is given up it is asked something that no filter objects to.
    assert server.requests[-1]["messages"] == list(HARMLESS)
    assert said_by_machine(store) == []


@pytest.mark.parametrize("code", [None, "content_filter"])
def test_texts_that_are_refused_are_missing_and_the_others_are_judged(
    study: Study, store: Store, code: str | None
) -> None:
    refused: set[str] = set()

    def script(number: int, body: dict[str, Any]) -> Said:
        text = body["messages"][-1]["content"]
        if number < GIVE_UP + 2 and body["messages"] != list(HARMLESS):
            refused.add(text)
        return Said({"error": {"code": code}}, 400) if text in refused else GOOD

    with model_server(script) as server:
        counts = run(study, server)
        assert len(server.requests) == 10 + (code is None)
    missing = GIVE_UP + 2 - (code is None)
    assert counts == {"asked": 10, "judged": 10 - missing, "missing": missing, "kept": 0}
    said = f"the endpoint refused this request (400{f', {code}' if code else ''})"
    assert judge_report(study, ADA)["judges"][0]["missing"] == {said: missing}


def test_samples_that_people_judged_come_first(study: Study, store: Store) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        run(study, server)
        last = sorted(said_by_machine(store), key=lambda one: one.at)[-1].sample
        rate(store, FORM, ANN, last)
        settings = {"endpoint": server.url, "model": "another"}
        chosen = build(JudgeSettings, {**settings, **RELEASE, "limit": 1})
        judging.run(study, study.find("selection"), chosen, silent(), person=ADA)
    found = [one.sample for one in said_by_machine(store) if one.reviewer == "machine:another"]
    assert found == [last]


def test_each_repeat_is_a_rater_of_its_own_with_its_own_seed(study: Study, store: Store) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        run(study, server, repeats=3, limit=2, seed=5)
        assert [body["seed"] for body in server.requests] == [5, 5, 6, 6, 7, 7]
    assert {one.reviewer for one in said_by_machine(store)} == {NAME, f"{NAME}#2", f"{NAME}#3"}


def test_a_critique_is_kept_and_an_unreadable_one_asked_again(study: Study, store: Store) -> None:
    def script(_number: int, body: dict[str, Any]) -> Said:
        return NO_POINTS if "Severities" in body["messages"][1]["content"] else GOOD

    with model_server(script) as server:
        counts = run(study, server, critique=True)
        # Some samples have no reasoning to compare.
        assert counts["compared"] + counts["not_compared"] == 10
        assert counts["compared"] > 0
        before = len(server.requests)
        assert before == 10 + counts["compared"]
        assert run(study, server, critique=True)["compared"] == counts["compared"]
        assert len(server.requests) == before
    table = judge_report(study, ADA)["judges"][0]["critique"]
    assert (table["compared"], table["missing"]) == (counts["compared"], counts["not_compared"])
    assert check_store(store) == []


def test_once_roles_are_given_a_model_needs_one_too(study: Study, store: Store) -> None:
    store.grant(ADA, "Ada", "admin", version=0, key="a")
    with model_server(lambda _number, _body: GOOD) as server:
        with pytest.raises(NotAllowed, match="no role in this study"):
            run(study, server)
        store.grant(ADA, NAME, "reviewer", version=0, key="m")
        assert run(study, server)["judged"] == 10
        store.grant(ADA, "Ben", "reviewer", version=0, key="b")
    with pytest.raises(NotAllowed, match="other people's judgements"):
        judge_report(study, type(BEN)("Ben", "admin"))


def test_report_compares_with_people_and_gives_only_plain_values(
    study: Study, store: Store
) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        run(study, server, rest=12)
    for one in said_by_machine(store):
        rate(store, FORM, ANN, one.sample, level=int(one.sample[1:]) % 5 + 1)
    found = judge_report(study, ADA, selection=study.find("selection"))
    assert json.loads(json.dumps(found)) == found
    (judge,) = found["judges"]
    assert judge["agreement"][0]["exact"]["pairs"] == 22
    assert judge["asked_by"]["model"] == MODEL
    assert not judge["may_use"]
    assert judge["effects"] is None
    assert found["people"]["effects"]["Safety check"]["samples"] == [10, 12]
    assert "not to be used: Nobody has set" in as_text(found)


def test_the_command_judges_as_a_job_and_its_record_holds_no_text(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sk-secret")
    with model_server(lambda _number, _body: GOOD) as server:
        settings = JudgeSettings(
            endpoint=server.url, model=MODEL, limit=3, critique=True, **RELEASE
        )
        command = judge_order("main", settings).command(study)
        done = CliRunner().invoke(app, [*command, "--as", "Ada", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["counts"]["judged"] == 3
    job = standing.look(study, "review", job_name(MODEL))
    assert job is not None
    assert (job.state, job.unit, job.done, job.total) == ("done", "requests", 6, 6)
    record = "".join(file.read_text() for file in study.jobs_folder.rglob("*") if file.is_file())
    assert "sk-secret" not in record
    assert "patient number" not in record
    said = CliRunner().invoke(app, ["review", "judge-report", "--study", str(study.path)])
    assert said.exit_code == 0, said.output
    assert f"'{NAME}': 3 verdicts" in said.output


def test_an_address_with_a_password_never_reaches_a_record(study: Study) -> None:
    url = "http://me:hunter2@localhost/v1"
    with pytest.raises(BadSetting, match="no name, password"):
        judge_order("main", JudgeSettings(endpoint=url, model="m")).command(study)
    command = ["review", "judge", "--study", str(study.path), "--endpoint", url, "--model", "m"]
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, BadSetting)
    assert not list(study.jobs_folder.glob("review-*"))


def test_models_have_jobs_of_their_own() -> None:
    names = {job_name(model) for model in ("a/b", "a-b", "", "ü", "x" * 200)}
    assert len(names) == 5
    assert all(len(name) <= 64 and name.isascii() for name in names)
