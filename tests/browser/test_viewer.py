"""The image viewer in a real browser: in the reading drawer and on the reviewers' desk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect

from diq_core.config import ImportSettings
from diq_core.jobs.progress import silent
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.stages import dataset as importing
from diq_core.study import create_study
from tests.support.studies import add_difficulty, add_influence, add_selection

pytestmark = pytest.mark.xdist_group("browser")

BARRIERS = ("serious", "critical")
EXPLORE = "explore?study=pictures&panel=sample&sample=s0000"
REVIEW = "review?study=pictures&reviewer=Dora&view=Review&queue=q"
# Whether both halves of the picture are drawn in these greys.
HALVES = """([canvas, ...greys]) => greys.every((grey, half) => grey === canvas.getContext("2d")
  .getImageData(Math.floor(canvas.width * (half ? 0.55 : 0.45)),
    Math.floor(canvas.height / 2), 1, 1).data[0])"""


@pytest.fixture(scope="module")
def pictures(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A study of samples with one deep picture, and one with two further ones."""
    folder = tmp_path_factory.mktemp("pictures")
    # Eight bits would see no difference between the two halves.
    Image.fromarray(np.tile(np.repeat([30000, 30060], 32).astype(np.uint16), (64, 1))).save(
        folder / "deep.png"
    )
    for shade in (40, 200):
        Image.new("RGB", (60, 40), (shade, 0, 0)).save(folder / f"{shade}.png")
    rows = [
        {"id": f"s{number:04d}", "question": f"What does film {number} show?", "answer": "A mass",
         "images": ["deep.png", "40.png", "200.png"] if number == 1 else ["deep.png"],
         "meta": {"modality": "CT"}}
        for number in range(8)
    ]  # fmt: skip
    (folder / "pool.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    study = create_study(workspace / "pictures")
    dataset = importing.run(
        study, "main", ImportSettings(), silent(), source=str(folder / "pool.jsonl")
    )
    scores = add_difficulty(study, dataset), add_influence(study, dataset)
    add_selection(study, dataset, *scores, keep=8)
    held = study.reference(dataset)
    settings = QueueSettings("q", "1", samples=held["path"], digest=held["digest"])
    store = open_store(study)
    plan(store, Actor("Dora", "admin"), "q", [Item("s0001")], settings, key="planned")
    store.close()


def see(page: Page, left: int, right: int) -> None:
    canvas = page.locator(".viewer .stage canvas").first.element_handle()
    page.wait_for_function(HALVES, arg=[canvas, left, right])


def barriers(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [str(one["id"]) for one in found if one["impact"] in BARRIERS]


def said(page: Page) -> Locator:
    return page.locator(".viewer figcaption").first


@pytest.mark.usefixtures("pictures")
def test_a_deep_picture_is_read_by_keys_pointer_and_sliders(page: Page, address: str) -> None:
    page.goto(f"{address}/{EXPLORE}")
    stage = page.locator(".viewer .stage")
    expect(said(page)).to_contain_text("Image for this question: CT")
    expect(said(page)).to_contain_text("grey 30,000 to 30,060 (level 30,030, width 60)")
    expect(page.get_by_role("img", name="Image for this question: CT")).to_be_visible()
    expect(page.locator(".viewer .waiting")).to_have_count(0)
    see(page, 0, 255)
    assert barriers(page) == []

    stage.focus()
    page.keyboard.press("g")
    expect(said(page)).to_contain_text("inverted")
    see(page, 255, 0)
    before = said(page).inner_text()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert said(page).inner_text() != before
    page.keyboard.press(".")
    expect(said(page)).to_contain_text("width 48), changed here")
    page.keyboard.press("d")
    expect(said(page)).to_contain_text("from its darkest to its brightest value")
    expect(said(page)).not_to_contain_text("inverted")

    # The wheel is the page's until the image was clicked.
    fitted = said(page).inner_text()
    stage.hover()
    stage.evaluate("one => one.blur()")
    page.mouse.wheel(0, -100)
    assert said(page).inner_text() == fitted
    stage.click()
    page.mouse.wheel(0, -100)
    expect(said(page)).not_to_have_text(fitted)
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Contrast").click()
    page.get_by_role("slider", name="Width").fill("20")
    expect(said(page)).to_contain_text("width 20)")


@pytest.mark.usefixtures("pictures")
def test_several_pictures_on_the_desk_and_one_that_does_not_arrive(
    page: Page, address: str
) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/media/**", refuse)
    page.goto(f"{address}/{REVIEW}")
    page.wait_for_selector(".desk[data-sample]")
    expect(page.locator(".viewer .waiting").first).to_contain_text("did not arrive")
    expect(page.locator(".complaint")).to_contain_text("Without its image this cannot be judged")
    expect(page.locator("button.submit")).to_be_disabled()
    page.unroute("**/media/**", refuse)
    page.locator(".viewer").get_by_role("button", name="Try again").first.click()
    expect(page.locator(".viewer .waiting")).to_have_count(0)
    expect(page.locator("button.submit")).to_be_enabled()
    assert barriers(page) == []

    expect(page.locator(".viewer .counted")).to_have_text("1 of 3")
    page.locator(".viewer .stage").first.focus()
    page.keyboard.press("PageDown")
    expect(page.get_by_role("img", name="Image 2 of 3 for this question: CT")).to_be_visible()
    assert page.locator(".viewer .stage").first.evaluate(
        "one => one.getRootNode().activeElement === one"
    )
    # A key of the viewer judges nothing, and one of the desk is still the desk's.
    page.keyboard.press("g")
    assert page.locator(".judge input:checked").count() == 0
    page.keyboard.press("a")
    expect(page.locator(".judge input:checked")).to_have_count(1)


@pytest.mark.usefixtures("pictures")
def test_a_finger_reaches_the_tools_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/{EXPLORE.replace('s0000', 's0001')}")
    expect(said(page)).to_contain_text("Image 1 of 3", timeout=60_000)
    boxes = [one.bounding_box() for one in page.locator(".viewer .tools button").all()]
    sizes = [(box["width"], box["height"]) for box in boxes if box]
    assert len(sizes) >= 9
    assert min(min(size) for size in sizes) >= 43.5
    right = page.evaluate("document.scrollingElement.scrollWidth")
    context.close()
    assert right <= 390
