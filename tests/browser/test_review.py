"""Reviewing in a real browser: by keyboard alone, without a connection, with hostile texts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlparse

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, WebSocketRoute, expect

from benchmarks.review import NAME, open_desk, prepare, saved, walk_through
from benchmarks.review_walk import Walk, differences, judge, on_desk
from benchmarks.review_wire import Server, Wire
from diq_core.config import PairSettings
from diq_core.jobs.progress import silent
from diq_core.review.form.answer import Criterion
from diq_core.review.form.form import load_form
from diq_core.review.queue.claiming import claim
from diq_core.review.queue.pairs import prefer
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import judgements
from diq_core.review.store.roles import Actor
from diq_core.stages import answers as answering
from diq_core.stages.quality_sending import send
from diq_core.study import Study
from tests.browser.walk import settle
from tests.support.kept import own_edits
from tests.support.written import add_written, write_questions

ME = Actor(NAME, "admin")
FORM = load_form()


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return prepare(tmp_path)


@pytest.fixture
def store(study: Study) -> Iterator[Store]:
    found = open_store(study)
    yield found
    found.close()


@pytest.fixture
def server(browser: Browser, study: Study) -> Iterator[Server]:
    found = Server(study.path.parent)
    found.start()
    yield found
    found.kill()


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    found = Wire(server.port)
    yield found
    found.close()


def test_fifty_samples_by_keyboard_survive_a_cut_wire_and_two_kills(
    page: Page, store: Store, server: Server, wire: Wire
):
    open_desk(page, wire.port)
    walk = walk_through(page, server, wire, cut=0)
    saved(page)
    assert len(walk.judged) == 50
    assert max(walk.keys) <= 6
    nothing = {"lost": 0, "other": 0, "doubled": 0, "extra": 0}
    assert differences(store, FORM, NAME, walk) == nothing


def test_what_was_judged_without_a_connection_outlives_the_tab(
    browser: Browser, store: Store, server: Server, wire: Wire
):
    context = browser.new_context()
    page = context.new_page()
    open_desk(page, wire.port)
    walk, chooser = Walk(), random.Random(1)
    judge(page, walk, chooser)
    saved(page)
    wire.cut()
    for _ in range(3):
        judge(page, walk, chooser)
    page.close(run_before_unload=False)
    wire.mend()
    again = context.new_page()
    open_desk(again, wire.port)
    saved(again)
    context.close()
    assert len(walk.judged) == 4
    assert not any(differences(store, FORM, NAME, walk).values())


def test_a_server_that_answers_nothing_any_more_is_asked_anew(
    page: Page, store: Store, server: Server
):
    muted = False

    def carry(near: WebSocketRoute) -> None:
        far = near.connect_to_server()
        near.on_message(lambda message: None if muted else far.send(message))

    page.route_web_socket("**/_stcore/stream", carry)
    open_desk(page, server.port)
    walk = Walk()
    muted = True
    judge(page, walk, random.Random(6))
    page.wait_for_event("framenavigated", timeout=30_000)
    muted = False
    page.wait_for_selector(".desk[data-sample]")
    saved(page)
    assert not any(differences(store, FORM, NAME, walk).values())


def test_a_verdict_is_taken_back_in_a_later_session_and_given_anew(
    browser: Browser, store: Store, server: Server
):
    first = browser.new_page()
    open_desk(first, server.port)
    walk = Walk()
    judge(first, walk, random.Random(2))
    saved(first)
    first.context.close()
    (sample,) = walk.judged
    page = browser.new_page()
    open_desk(page, server.port)
    page.keyboard.press("z")
    page.wait_for_selector(f'.desk[data-sample="{sample}"]')
    saved(page)
    assert not judgements(store, ME, "verdict")
    for key in ("Backspace", "Backspace", "Backspace", "2", "r", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(f'.desk:not([data-sample="{sample}"])')
    saved(page)
    page.context.close()
    (verdict,) = judgements(store, ME, "verdict")
    assert verdict.version == 3
    assert verdict.value["answer"]["scales"]["differential_diagnosis"] == 2
    assert verdict.value["answer"]["verdict"] == "reject"


def test_an_edit_is_saved_beside_the_original(page: Page, store: Store, server: Server):
    open_desk(page, server.port)
    while not page.locator(".steps li").count():
        judge(page, Walk(), random.Random(3))
    sample = on_desk(page) or ""
    for key in "333e":
        page.keyboard.press(key)
    page.keyboard.type("First of all: ")
    assert page.locator(".diff ins").first.inner_text().startswith("First of all:")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(f'.desk:not([data-sample="{sample}"])')
    saved(page)
    value = own_edits(store, ME, sample)["reasoning"].register.value or {}
    assert value["text"] == "First of all: " + value["original"]


def test_what_is_typed_is_kept_as_a_draft(page: Page, store: Store, server: Server):
    open_desk(page, server.port)
    sample = on_desk(page)
    page.keyboard.press("4")
    page.keyboard.press("c")
    page.keyboard.type("half a thou")
    page.wait_for_timeout(100)
    page.reload()
    page.wait_for_selector(".desk[data-sample]")
    assert on_desk(page) == sample
    assert page.locator(".comment textarea").input_value() == "half a thou"
    assert page.locator(".scale").first.locator("input").nth(3).is_checked()


def test_an_incomplete_verdict_says_what_is_missing(page: Page, store: Store, server: Server):
    open_desk(page, server.port)
    sample = on_desk(page)
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    assert "Safety check" in page.locator(".complaint").inner_text()
    page.keyboard.press("3")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    assert "verdict is missing" in page.locator(".complaint").inner_text()
    assert on_desk(page) == sample
    assert not judgements(store, ME, "verdict")


def test_in_a_small_window_what_matters_stays_in_view(page: Page, store: Store, server: Server):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_desk(page, server.port)
    sample = on_desk(page)
    for key in "344":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator(".complaint")).to_be_in_viewport(ratio=1)
    page.keyboard.press("a")
    expect(page.locator(".choice", has_text="Accept").first).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.desk:not([data-sample="{sample}"])')
    expect(page.locator(".scale").first.locator("input").first).to_be_in_viewport(ratio=1)
    assert page.locator(".side-panel").evaluate("panel => panel.scrollTop") == 0


def test_one_click_on_a_closed_scale_chooses_its_level(page: Page, store: Store, server: Server):
    open_desk(page, server.port)
    page.locator(".scale").nth(2).locator("input").nth(3).click()
    expect(page.locator(".scale").nth(2).locator("input").nth(3)).to_be_checked()
    expect(page.locator(".scale").first).to_have_class("scale open")


def test_newcomers_are_told_what_to_do_three_times(page: Page, store: Store, server: Server):
    open_desk(page, server.port)
    for _ in range(3):
        expect(page.locator(".hint")).to_contain_text("Press 1 to 5")
        judge(page, Walk(), random.Random(8))
    expect(page.locator(".hint")).to_be_hidden()


def test_it_speaks_another_language_and_keeps_what_was_chosen(
    page: Page, store: Store, server: Server
):
    open_desk(page, server.port)
    sample = on_desk(page)
    page.keyboard.press("4")
    page.get_by_role("radio", name="Deutsch").click()
    expect(page.locator(".scale legend").first).to_contain_text("Differenzialdiagnose")
    expect(page.locator(".scale").first.locator("input").nth(3)).to_be_checked()
    expect(page.locator("button.submit")).to_have_text("Speichern und weiter Enter")
    expect(page).to_have_url(re.compile("language=de"))
    page.keyboard.press("Enter")
    expect(page.locator(".complaint")).to_contain_text("„Sicherheitsprüfung“ hat noch keine Stufe")
    for key in ("3", "2", "r", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(f'.desk:not([data-sample="{sample}"])')
    expect(page.locator(".state")).to_have_text("Alles ist gespeichert")
    (found,) = judgements(store, ME, "verdict")
    assert found.sample == sample
    levels = {"differential_diagnosis": 4, "safety_check": 3, "evidence_citation": 2}
    assert found.value["answer"]["scales"] == levels
    assert found.value["answer"]["verdict"] == "reject"


def test_it_works_by_mouse_and_marks_a_step(page: Page, store: Store, server: Server):
    open_desk(page, server.port)
    while not page.locator(".steps li").count():
        judge(page, Walk(), random.Random(4))
    sample = on_desk(page)
    page.get_by_label("Step 2: Unsupported").check()
    for place in range(3):
        page.locator(".scale").nth(place).locator("label.level").nth(1).click()
    page.locator(".choice", has_text="Reject").click()
    page.locator("button.submit").click()
    page.wait_for_selector(f'.desk:not([data-sample="{sample}"])')
    saved(page)
    found = {one.sample: one.value["answer"] for one in judgements(store, ME, "verdict")}
    assert found[sample]["marks"] == [[2, "unsupported"]]
    assert set(found[sample]["scales"].values()) == {2}


EVIL = '<img src="http://evil.example/x" onerror="alert(1)">![x](http://evil.example/y)'
MALLORY = Actor(EVIL, "admin")
SCREENS = (
    "review?view=Set+up&setup=Case+criteria",
    "review?view=Results",
    "review?view=Results&results=Side+by+side",
    "review?view=Results&results=Agreement",
    "review?view=Results&results=Reviewers",
    "review?view=Judge",
    "review?view=Settle",
    "review?view=Certificate",
    "review?view=People+and+log",
    "evaluate?view=Judge+written+answers",
)
"""Where words of reviewers, judges and models are shown, apart from the desk."""


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Addresses that the page fetched so far; a script that speaks up fails the test."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    return found


def write_evil(store: Store) -> None:
    """Put hostile words into names, comments and criteria."""
    answer = {"scales": {scale.key: 2 for scale in FORM.scales}, "comment": EVIL}
    people = (MALLORY, Actor("Dr B", "admin"), Actor(f"j {EVIL}", "admin", True))
    for sample in ("s0000", "s0001", "s0002", "s0003"):
        for place, actor in enumerate(people):
            verdict = "reject" if place == 0 else "accept"
            store.submit(actor, sample, {**answer, "verdict": verdict}, form=FORM, version=0,
                         key=f"{sample} verdict {place}")  # fmt: skip
        criterion = Criterion(f"c-{sample}", EVIL, 1)
        store.add_criterion(ME, sample, criterion, version=0, key=f"{sample} criterion")


def write_evil_answers(study: Study, store: Store, questions: Path) -> None:
    """Put hostile words into models' answers, and have one of their pairs preferred."""
    evaluations = [add_written(study, name, questions, [f"{EVIL} of {name}"] * 4)
                   for name in ("tuned", "base")]  # fmt: skip
    answers = answering.run(study, "main", PairSettings(), silent(), first=evaluations[0],
                            second=evaluations[1], benchmarks=[str(questions)])  # fmt: skip
    send(study, answers, EVIL, person=ME)
    for number, task in enumerate(claim(store, MALLORY, EVIL, ahead=4)):
        prefer(store, MALLORY, task, {"preference": "left", "comment": EVIL}, form=FORM,
               version=0, key=f"preference {number}")  # fmt: skip


def check_nothing_fetched(page: Page, asked: list[str]) -> None:
    assert not [url for url in asked if urlparse(url).hostname == "evil.example"]
    assert "DIQ Studio" in page.title()
    assert page.locator('img[src*="evil"]').count() == 0


def test_hostile_words_are_inert_on_the_desk(
    page: Page, store: Store, server: Server, asked: list[str]
):
    write_evil(store)
    open_desk(page, server.port)
    for _ in range(20):
        judge(page, Walk(), random.Random(5))
    check_nothing_fetched(page, asked)


def test_hostile_words_are_inert_on_every_screen(
    page: Page, study: Study, store: Store, server: Server, asked: list[str], tmp_path: Path
):
    write_evil(store)
    write_evil_answers(study, store, write_questions(tmp_path, 4))
    unseen = []
    seen = "document.querySelector('[data-testid=stMain]').innerText.includes('evil.example')"
    for screen in SCREENS:
        page.goto(f"http://127.0.0.1:{server.port}/{screen}&study=made&reviewer={quote(EVIL)}")
        settle(page)
        expect(page.get_by_text("our fault")).to_have_count(0)
        # Folded parts are drawn when they are opened.
        for summary in page.locator("[data-testid=stExpander] summary").all():
            summary.click()
        try:
            page.wait_for_function(seen, timeout=20_000)
        except TimeoutError:
            unseen.append(screen)
        page.wait_for_load_state("networkidle")
        check_nothing_fetched(page, asked)
    assert unseen == []
