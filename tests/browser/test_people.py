"""What a newcomer and a clinician meet first on the demo study, in their own clicks and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.app_server import serve
from benchmarks.people import SAMPLES, counted, judge_ten, look_around, steps_on_desk
from diq_core import demo
from diq_core.review.store.changes import open_store
from diq_core.review.store.reading import judgements
from diq_core.review.store.roles import Actor
from diq_core.study import open_study

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people") / "studies"
    demo.prepare(folder)
    return folder


@pytest.fixture(scope="module")
def demo_address(browser: Browser, home: Path) -> Iterator[str]:
    with serve(home) as found:
        yield found


def test_a_newcomer_sees_the_map_first_and_is_led_to_the_desk(
    page: Page, demo_address: str
) -> None:
    with counted(page) as sittings:
        look_around(page, demo_address)
    # The tour's three buttons and one dot of the map.
    assert (sittings[0].clicks, sittings[0].keys) == (4, 0)
    # What was closed stays closed, and can be found again; all of it by keyboard.
    page.goto(f"{demo_address}/?study=demo")
    page.get_by_role("button", name="Take the tour").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Next: choose")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Take the tour")).to_be_focused()
    page.reload()
    expect(page.get_by_role("button", name="Take the tour")).to_be_visible()
    page.get_by_role("button", name="What the words mean").click()
    expect(page.get_by_role("definition").first).to_contain_text("One training item")


def test_a_clinician_judges_ten_samples_that_reason(
    page: Page, demo_address: str, home: Path
) -> None:
    steps: list[int] = []
    with counted(page) as sittings:
        judge_ten(page, demo_address, lambda _name: steps.append(steps_on_desk(page)))
    assert steps[0] > 1
    store = open_store(open_study(home / "demo"))
    saved = judgements(store, Actor("checker", "admin"), "verdict")
    store.close()
    assert len(saved) == SAMPLES
    assert sittings[0].clicks == 2
    assert sittings[0].keys <= 6 * SAMPLES
