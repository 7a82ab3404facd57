"""What a page is about, in a real browser: a link, a reload, back and forward, another page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator, Page, expect

from diq_core.data.table import problems_table, samples_table
from diq_core.draft import Draft, begin
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.stages.joining import SAMPLES
from diq_core.study import create_study
from tests.browser.walk import Walk
from tests.support.studies import add_selection, full_study, sample

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def walk(page: Page, address: str, workspace: Path) -> Walk:
    """A visitor of a study with two selections, "main" exported and then "five"; its folder needs
    percent signs in an address.
    """
    folder = workspace / "Étude 1 & 2"
    if not folder.exists():
        study = full_study(folder)
        made = [study.find(kind) for kind in ("dataset", "difficulty", "influence")]
        add_selection(study, *made, name="five", keep=5)
    return Walk(page, address, study=quote(folder.name))


def box(walk: Walk, label: str) -> Locator:
    return walk.page.get_by_role("combobox", name=label)


def test_go_to_export_opens_what_was_fixed(walk: Walk) -> None:
    page = walk.page
    walk.open("explore")
    page.get_by_role("button", name="Fix this selection").click()
    field = page.get_by_label("Name", exact=True)
    expect(field).not_to_have_value("")
    name = field.input_value()
    page.get_by_role("button", name="Fix it").click()
    walk.wait_for("is fixed")
    page.get_by_role("button", name="Go to Export").click()
    expect(box(walk, "Selection")).to_have_value(name)
    assert f"selection={name}" in page.url
    page.reload()
    expect(box(walk, "Selection")).to_have_value(name)


def test_back_and_forward_bring_back_what_the_page_was_about(walk: Walk) -> None:
    walk.open("export")
    newest = box(walk, "Selection").input_value()
    assert newest != "main"
    box(walk, "Selection").click()
    walk.page.get_by_role("option", name="main").click()
    walk.page.wait_for_url("**selection=main**")
    expect(walk.page.get_by_text("Download everything as zip")).to_be_visible()
    walk.page.go_back()
    expect(box(walk, "Selection")).to_have_value(newest)
    walk.page.go_forward()
    expect(box(walk, "Selection")).to_have_value("main")


def test_back_brings_back_the_map_that_was_shown(walk: Walk) -> None:
    walk.open("explore")
    walk.page.get_by_text("Meaning", exact=True).click()
    expect(walk.page.get_by_role("button", name="Make the map of meaning")).to_be_visible()
    walk.page.wait_for_url("**maps=meaning**")
    walk.page.go_back()
    expect(walk.page.get_by_role("button", name="Make the map of meaning")).to_have_count(0)
    assert "maps=" not in walk.page.url


def test_an_unknown_page_is_said_and_no_other_is_shown(walk: Walk) -> None:
    walk.page.goto(f"{walk.address}/nonsense?study={walk.study}")
    expect(walk.page.get_by_text("There is no page called 'nonsense'")).to_be_visible()
    expect(walk.page.get_by_text("Steps", exact=True)).to_have_count(0)


def test_without_its_image_a_sample_cannot_be_judged(walk: Walk, workspace: Path) -> None:
    page = walk.page
    if not (workspace / "imageless").exists():
        plan_imageless(workspace / "imageless")
    page.goto(f"{walk.address}/review?study=imageless&reviewer=Dora&view=Review&queue=q")
    page.wait_for_selector(".desk[data-sample]")
    expect(page.locator(".sample")).to_contain_text("Image gone.png cannot be shown")
    expect(page.locator(".complaint")).to_contain_text("Without its image this cannot be judged")
    expect(page.locator("button.submit")).to_be_disabled()
    assert page.locator(".judge input:enabled, .judge textarea:enabled").count() == 0
    for key in ("3", "a", "Enter"):
        page.keyboard.press(key)
    assert page.locator(".judge input:checked").count() == 0
    page.keyboard.press("l")
    expect(page.locator("p.said")).to_contain_text("Put aside")


def plan_imageless(path: Path) -> None:
    """Make a study of one sample whose image was not imported, with the review "q" of it."""
    study = create_study(path)
    draft = begin(study.folder("dataset", "main"), kind="dataset", settings={}, inputs={})
    assert isinstance(draft, Draft)
    samples = samples_table([replace(sample(1), images=("gone.png",))], {})
    pq.write_table(samples, draft.path / SAMPLES)
    pq.write_table(problems_table([]), draft.path / "problems.parquet")
    counts = {"rows": 1, "samples": 1, "included": 1, "unreadable": 0, "excluded": {},
              "findings": {}}  # fmt: skip
    dataset = draft.finish(counts=counts, facts={"format": "own", "reason": "", "kind": ""})
    held = study.reference(dataset)
    settings = QueueSettings("q", "1", samples=held["path"], digest=held["digest"])
    store = open_store(study)
    plan(store, Actor("Dora", "admin"), "q", [Item(sample(1).id)], settings, key="planned")
    store.close()
