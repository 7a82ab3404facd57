from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from diq_core.draft import begin
from diq_core.errors import NotFound
from diq_core.jobs import control, ledger, queue, worker_lease
from diq_core.jobs.order import Order
from diq_core.jobs.progress import Snapshot
from diq_core.jobs.running import running
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor, Role
from diq_core.study import Study, create_study
from pages.parts import frame, server_path
from pages.parts.job_panel import progress_line
from tests.pages.conftest import Opened, words
from tests.support.studies import HOSTILE, add_dataset, add_job

PAGE = "pages/2_difficulty.py"
LIMITED = Order("difficulty", "main", {"limit": 7})
Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def study(workspace: Path) -> Study:
    study = create_study(workspace / "a")
    add_dataset(study)
    return study


def test_a_running_job_shows_how_far_it_is_and_can_be_stopped(
    open_page: Opened, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []
    monkeypatch.setattr(control, "stop", lambda _study, kind, name: stopped.append((kind, name)))
    with running(study, Order("difficulty", "main")) as progress:
        progress.expect(200, finished=50, message="Rating")
        app = open_page(PAGE)
        assert app.get("progress")[0].proto.value == 25
        assert "50 of 200 samples" in app.get("progress")[0].proto.text
        assert "diq difficulty --study" in words(app)
        assert not [button for button in app.button if button.key == "start-difficulty"]
        app.button(key="stop-difficulty-main").click().run()
    assert stopped == [("difficulty", "main")]


def test_when_it_ends_the_page_shows_the_form_or_the_result(
    open_page: Opened, study: Study
) -> None:
    with running(study, Order("difficulty", "main")):
        app = open_page(PAGE)
        assert app.get("progress")
    app.run()
    assert not app.get("progress")
    assert app.button(key="start-difficulty")


def test_an_interrupted_job_goes_on_where_it_stopped(
    open_page: Opened, study: Study, started: Started
) -> None:
    begin(study.folder("difficulty", "main"), kind="difficulty", settings={}, inputs={})
    add_job(study, "difficulty", state="running", done=12, total=38, order=LIMITED)
    app = open_page(PAGE)
    assert "It was interrupted" in words(app)
    assert "12 samples of 38 were finished." in words(app)
    app.button(key="again-difficulty-main").click().run()
    assert started == [("difficulty", "main", LIMITED.command(study))]


def test_beginning_anew_throws_the_unfinished_work_away(
    open_page: Opened, study: Study, started: Started
) -> None:
    begin(study.folder("difficulty", "main"), kind="difficulty", settings={}, inputs={})
    add_job(study, "difficulty", state="stopped", order=replace(LIMITED, restart=True))
    app = open_page(PAGE)
    app.button(key="anew-difficulty-main").click().run()
    assert started == [("difficulty", "main", [*LIMITED.command(study), "--restart"])]


def test_a_job_that_failed_before_it_began_can_only_be_tried_again(
    open_page: Opened, study: Study, started: Started
) -> None:
    add_job(study, "difficulty", state="failed", message="The disk is full", log="line one\n")
    app = open_page(PAGE)
    assert "The disk is full" in words(app)
    assert "line one" in words(app)
    assert app.button(key="anew-difficulty-main").label == "Try again"
    assert not [button for button in app.button if button.key == "again-difficulty-main"]


@pytest.mark.parametrize("text", HOSTILE)
def test_message_and_log_are_text(open_page: Opened, study: Study, text: str) -> None:
    add_job(study, "difficulty", state="failed", message=text, log=text)
    said = words(open_page(PAGE))
    assert "<script>" not in said.replace(text, "") or "&lt;script&gt;" in said
    assert "\u202e" not in said
    assert "\x00" not in said


def test_the_label_of_the_bar_holds_only_our_words_and_numbers() -> None:
    job = Snapshot("running", "influence", "main", done=1200, total=5000, rate=3.25,
                   seconds_left=1169.0, message="![x](http://e) :red[Reading] `a`")  # fmt: skip
    line = progress_line(job)
    assert not set(line) & set("![]()`:<>/")
    assert line.endswith("1,200 of 5,000 samples · 3.25 a second · about 19 min 29 s left")
    slow = progress_line(replace(job, rate=0.125))
    assert "8 s each" in slow
    assert "of" not in progress_line(replace(job, done=5000, message="Writing"))


def test_a_press_that_comes_too_late_is_a_message(
    open_page: Opened, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(study, Order("difficulty", "main")):
        app = open_page(PAGE)
        monkeypatch.setattr(
            control, "stop", lambda *_: (_ for _ in ()).throw(NotFound("Gone", todo="wait"))
        )
        app.button(key="stop-difficulty-main").click().run()
        assert "Gone" in words(app)
        assert not app.exception


@pytest.fixture
def line(study: Study) -> Iterator[Study]:
    """A study where the run 'b' waits behind 'a', with a worker that never begins anything."""
    with ledger.changing(study) as line:
        line.add(Order("run", "a"), ())
        line.add(Order("run", "b"), (1,))
    with FileLock(worker_lease.lock_file(study)):
        yield study


def test_what_waits_says_its_place_and_can_be_cancelled(open_page: Opened, line: Study) -> None:
    app = open_page()
    assert "Waiting: 1st in line" in words(app)
    assert "Waiting: 2nd in line, after the run 'a'" in words(app)
    assert "--name b" in words(app)
    app.button(key="cancel-run-b").click().run()
    assert "2nd in line" not in words(app)
    assert "1st in line" in words(app)
    assert [one.name for one in queue.entries(line) if one.state == "waiting"] == ["a"]


@pytest.fixture
def foreign(study: Study, monkeypatch: pytest.MonkeyPatch) -> Order:
    """An order that came with the study: it waits in the queue, signed on another machine."""
    monkeypatch.setattr(queue, "wake", lambda _study: False)
    study.uploads_folder.mkdir()
    own = study.uploads_folder / "own.jsonl"
    own.write_text("{}\n")
    order = Order(
        "evaluation", "theirs", {"max_tokens": 480},
        {"benchmark": [str(own), "/their/questions.jsonl"], "run": "tuned"},
    ).kept(study)  # fmt: skip
    with ledger.changing(study) as line:
        line.put(replace(line.add(order), signature="00" * 32))
    return order


def test_before_an_order_from_elsewhere_is_started_it_says_what_it_makes_and_reaches(
    open_page: Opened, study: Study, foreign: Order
) -> None:
    app = open_page()
    shown = unescape(words(app))
    assert "It came with this study; start it if you trust it" in shown
    assert "Evaluate: it makes an evaluation called 'theirs'" in shown
    assert (
        "Files and addresses that it names: uploads/own.jsonl in this study, "
        "/their/questions.jsonl." in shown
    )
    assert (
        "Other than by default: benchmark: uploads/own.jsonl in this study, "
        "/their/questions.jsonl; run: tuned; max tokens: 480." in shown
    )
    assert queue.is_foreign(study, 1)
    app.button(key="trust-evaluation-theirs").click().run()
    assert not queue.is_foreign(study, 1)
    assert "it makes an evaluation called" not in words(app)


def test_what_was_begun_elsewhere_says_so_before_it_is_begun_again(
    open_page: Opened, study: Study
) -> None:
    add_job(study, "difficulty", state="stopped", order=LIMITED)
    shown = unescape(words(open_page(PAGE)))
    assert "This was begun elsewhere" in shown
    assert "Difficulty: it makes difficulty scores called 'main'" in shown
    assert "Files and addresses that it names: none." in shown
    assert "Other than by default: limit: 7." in shown


def test_opening_a_page_adopts_what_waits_once_in_a_while(
    open_page: Opened, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Study] = []
    monkeypatch.setattr(queue, "wake", woken.append)
    open_page()
    assert woken == []
    with ledger.changing(study) as line:
        line.add(Order("run", "a"), ())
    st.cache_resource.clear()
    open_page()
    open_page(PAGE)
    assert woken == [study]


def _button(study: str, kind: str) -> None:
    from pathlib import Path
    from typing import cast

    from diq_core.jobs.order import Order
    from diq_core.study import Kind, Study
    from pages.parts.job_panel import start_button

    start_button(Study(Path(study)), Order(cast(Kind, kind), "main"), "Start")


@pytest.mark.parametrize(
    ("kind", "queued"),
    [("run", True), ("evaluation", True), ("experiment", True), ("influence", False)],
)
def test_long_jobs_take_their_turn_and_others_start_at_once(
    study: Study, monkeypatch: pytest.MonkeyPatch, kind: str, queued: bool
) -> None:
    calls = []
    monkeypatch.setattr(queue, "enqueue", lambda *given: calls.append(("queue", *given[1:])))
    monkeypatch.setattr(control, "start", lambda *given: calls.append(("start", *given[1:])))
    app = AppTest.from_function(_button, args=(str(study.path), kind)).run()
    app.button(key=f"start-{kind}").click().run()
    assert calls == [("queue" if queued else "start", Order(kind, "main"))]


def test_a_job_that_says_nothing_for_long_shows_for_how_long() -> None:
    now = time.time()
    job = Snapshot("running", "run", "main", done=3, total=9, started=now - 999, updated=now - 300,
                   message="Training", beat=now)  # fmt: skip
    assert progress_line(job).endswith(" · nothing new for 5 min")
    # A step that takes two minutes is nothing to wonder about.
    assert "nothing new" not in progress_line(replace(job, rate=1 / 120))
    assert "nothing new" not in progress_line(replace(job, updated=now - 30))


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Be somebody who signed in."""
    ben = Actor("ben@clinic.example", "viewer")
    monkeypatch.setattr(server_path, "has_login", lambda: True)
    monkeypatch.setattr(frame, "require_login", lambda: None)
    monkeypatch.setattr(server_path, "current_reviewer", lambda: ben)
    return ben


def give(study: Study, actor: Actor, role: Role | None) -> None:
    """Give somebody a role of the study, or leave them without one."""
    with closing(open_store(study)) as store:
        boss = Actor("ada@clinic.example", "admin")
        store.grant(boss, boss.name, "admin", version=0, key="first one")
        if role:
            store.grant(boss, actor.name, role, version=0, key="second one")


@pytest.mark.parametrize(
    ("role", "may"),
    [(None, False), ("viewer", False), ("reviewer", False), ("adjudicator", False),
     ("curator", True), ("admin", True)],
)  # fmt: skip
def test_behind_a_login_only_curators_and_admins_start_what_came_with_a_study(
    open_page: Opened, study: Study, signed_in: Actor, role: Role | None, may: bool,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(queue, "wake", lambda _study: False)
    with monkeypatch.context() as elsewhere:
        (tmp_path / "theirs").write_text("ab" * 32)
        elsewhere.setenv("DIQ_SECRET_FILE", str(tmp_path / "theirs"))
        queue.enqueue(study, Order("run", "theirs"))
    give(study, signed_in, role)
    app = open_page()
    assert not app.exception
    offered = [each for each in app.button if each.key == "trust-run-theirs"]
    assert bool(offered) == may
    assert ("Only a curator or an admin of this study may start" in words(app)) != may


@pytest.mark.parametrize(("role", "may"), [("reviewer", False), ("curator", True)])
def test_nor_do_others_continue_what_was_begun_elsewhere(
    open_page: Opened, study: Study, signed_in: Actor, role: Role, may: bool
) -> None:
    add_job(study, "difficulty", state="failed", order=LIMITED)
    give(study, signed_in, role)
    app = open_page(PAGE)
    assert "This was begun elsewhere" in words(app)
    assert bool([each for each in app.button if each.key == "anew-difficulty-main"]) == may
    assert ("Only a curator or an admin of this study may start" in words(app)) != may
