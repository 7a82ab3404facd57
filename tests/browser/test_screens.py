"""Every page by every reader: by screen reader, by key, in the dark, in a narrow window, by finger.

One window walks through all pages of one study in which everything is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError, expect

from benchmarks.review import NAME, prepare
from tests.support.benchmarks import write_benchmark
from tests.support.results import add_evaluation, add_run

pytestmark = pytest.mark.xdist_group("browser")

REVIEWER = NAME.replace(" ", "+")
PAGES = {
    "overview": "",
    "dataset": "dataset?",
    "dataset-samples": "dataset?view=Samples&",
    "difficulty": "difficulty?",
    "influence": "influence?",
    "explore": "explore?",
    "explore-sample": "explore?panel=sample&sample=s0012&",
    "review": f"review?reviewer={REVIEWER}&view=Review&",
    "results": f"review?reviewer={REVIEWER}&view=Results&",
    "export": "export?",
    "finetune": "finetune?",
    "evaluate": "evaluate?",
    "compare": "evaluate?view=Compare+two+models&",
}
NARROW = (1024, 768, 640, 390)
"""Widths in CSS pixels; 640 is what a window of 1280 has left at 200 %."""
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
# What axe calls serious, and that no heading is passed over.
BARRIERS = ("serious", "critical")
ORDER = "heading-order"

# Everything on the page that has a box, also inside of the desk.
_ALL = """const all = (root) => [...root.querySelectorAll("*")].flatMap(
    (one) => one.shadowRoot ? [one, ...all(one.shadowRoot)] : [one]);"""
# What of the page lies beyond the right edge, where nothing around it can be scrolled to it.
BEYOND = f"""() => {{ {_ALL}
  const above = (one) => one.parentElement || one.getRootNode().host;
  const own = (one) => ["stMain", "stAppViewContainer", "stApp"].includes(one.dataset?.testid);
  const reached = (one) => {{
    for (let box = above(one); box && !own(box); box = above(box))
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return true;
    return false;
  }};
  return all(document.querySelector("[data-testid=stMain]"))
    .filter((one) => {{
      const box = one.getBoundingClientRect();
      return box.width && box.height && box.right > innerWidth + 1 && !reached(one);
    }}).map((one) => `${{one.tagName}} ${{one.textContent.slice(0, 30)}}`);
}}"""
# What a finger is to hit on the desk, and is too small for it.
SMALL = f"""() => {{ {_ALL}
  return all(document).filter((one) => one.closest(".desk")
      && one.matches("button, .choice, .level, .mark, textarea, summary"))
    .map((one) => [one.textContent.slice(0, 20), one.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < 43.5 || box.width < 43.5))
    .map(([words, box]) => `${{words}} ${{box.width}} x ${{box.height}}`);
}}"""
# The name of what has the focus, inside of the desk as well.
FOCUSED = """() => {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const labels = one.labels ? [...one.labels].map((label) => label.textContent) : [];
  const whole = one.matches("main, body, section") ? "" : one.textContent;
  const name = one.getAttribute("aria-label") || labels.join(" ") || whole;
  return `${one.tagName.toLowerCase()} ${name.trim().replace(/\\s+/g, " ").slice(0, 60)}`;
}"""


@pytest.fixture(scope="module")
def study(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a study in which everything is done and a review goes on."""
    found = prepare(workspace, "screens")
    questions = write_benchmark(tmp_path_factory.mktemp("screens") / "medqa.jsonl", 12)
    run = add_run(found, found.find("export"))
    add_evaluation(found, [questions], {"b001", "b002"})
    add_evaluation(found, [questions], {f"b{n:03d}" for n in range(9)}, name="tuned", run=run)
    return found.path.name


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(45_000)
    yield page
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A window worked by a finger."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(45_000)
    yield page
    context.close()


def visit(page: Page, address: str, study: str, name: str) -> None:
    path = PAGES[name]
    page.goto(f"{address}/{path}{'' if path else '?'}study={study}")
    expect(page.locator("h1").first).to_be_attached()
    expect(page.locator(SETTLED)).to_be_visible()
    page.wait_for_function("document.documentElement.dataset.menu")
    if name == "review":
        page.wait_for_selector(".desk[data-sample]")
    if name.startswith("explore"):
        page.wait_for_selector(".js-plotly-plot .nsewdrag")


def barriers(page: Page) -> list[str]:
    """Return what axe finds, one line each."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found if one["impact"] in BARRIERS or one["id"] == ORDER
        for node in one["nodes"]
    ]  # fmt: skip


def beyond(page: Page) -> list[str]:
    """Return what lies beyond the right edge once the page has taken its new width."""
    with suppress(TimeoutError):
        page.wait_for_function(f"({BEYOND})().length === 0", timeout=5_000)
    found: list[str] = page.evaluate(BEYOND)
    return found


def tabbed(page: Page, last: str, most: int = 120) -> list[str]:
    """Press the tab key until `last` has the focus; return the names of all that had it."""
    names: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        names.append(page.evaluate(FOCUSED))
        if last in names[-1]:
            return names
    raise AssertionError(f"'{last}' is not reached: {names}")


def in_order(wanted: list[str], names: list[str]) -> list[str]:
    """Return what of `wanted` is not found in `names` in this order."""
    at, missing = 0, []
    for one in wanted:
        later = next((n for n, name in enumerate(names[at:], at) if one in name), None)
        if later is None:
            missing.append(one)
        else:
            at = later
    return missing


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_without_barriers_and_fits_every_window(
    window: Page, address: str, study: str, name: str
) -> None:
    window.set_viewport_size({"width": 1440, "height": 900})
    window.emulate_media(color_scheme="light")
    visit(window, address, study, name)
    assert window.locator("h1").count() == 1
    found = {"light": barriers(window)}
    window.emulate_media(color_scheme="dark")
    window.wait_for_function("getComputedStyle(document.body).colorScheme !== 'light'")
    found["dark"] = barriers(window)
    for width in NARROW:
        window.set_viewport_size({"width": width, "height": 900})
        expect(window.get_by_test_id("stHeaderLogo")).to_be_in_viewport()
        expect(window.get_by_test_id("stSidebar")).to_be_hidden()
        found[f"{width} pixels"] = beyond(window)
    assert {kind: what for kind, what in found.items() if what} == {}


def test_a_folded_menu_opens_over_the_page_and_folds_again(
    window: Page, address: str, study: str
) -> None:
    window.set_viewport_size({"width": 1024, "height": 800})
    visit(window, address, study, "difficulty")
    menu = window.get_by_test_id("stSidebar")
    opener = window.get_by_role("button", name="Expand sidebar")
    for leave in (
        lambda: menu.get_by_role("link", name="Influence").click(),
        lambda: window.mouse.click(900, 700),
        lambda: (
            menu.get_by_role("link", name="Overview").focus(),
            window.keyboard.press("Escape"),
        ),
    ):
        expect(menu).to_be_hidden()
        opener.click()
        expect(menu).to_be_visible()
        leave()
    expect(menu).to_be_hidden()
    expect(window.get_by_role("heading", name="Influence", exact=True)).to_be_visible()
    window.set_viewport_size({"width": 1440, "height": 900})
    expect(menu).to_be_visible()


def test_the_tab_key_goes_through_explore_as_it_is_read(
    window: Page, address: str, study: str
) -> None:
    window.set_viewport_size({"width": 1440, "height": 900})
    visit(window, address, study, "explore")
    names = tabbed(window, "Region by numbers")
    wanted = ["Skip to main content", "Overview", "Evaluate", "Fix this selection", "Strategy",
              "Paper rule", "Budget", "Difficulty score", "Hard from percentile",
              "Influential from percentile", "More", "Scores", "Region by numbers"]  # fmt: skip
    assert in_order(wanted, names) == []
    names = tabbed(window, "samples chosen")
    assert in_order(["Filter", "Summary", "samples chosen"], names) == []


def test_the_tab_key_goes_through_a_review_as_it_is_read(
    window: Page, address: str, study: str
) -> None:
    visit(window, address, study, "review")
    names = tabbed(window, "English")
    wanted = ["Skip to main content", "Overview", "Evaluate", "Review", "Not you?", "The sample",
              "1None", "Accept", "Factually wrong", "Comment", "Save and next", "Later",
              "All keys", "English"]  # fmt: skip
    assert in_order(wanted, names) == []


def test_on_a_phone_the_verdict_stays_in_reach_of_a_finger(
    phone: Page, address: str, study: str
) -> None:
    visit(phone, address, study, "review")
    accept = phone.locator(".choice", has_text="Accept").first
    save = phone.locator("button.submit")
    for part in (".card", ".scale >> nth=2", ".comment"):
        phone.locator(part).first.scroll_into_view_if_needed()
        expect(save).to_be_in_viewport(ratio=1)
    phone.locator(".card").first.scroll_into_view_if_needed()
    expect(accept).to_be_in_viewport(ratio=1)
    assert phone.evaluate(SMALL) == []
    expect(phone.locator("kbd:visible")).to_have_count(0)
    expect(phone.locator(".hint")).not_to_contain_text("Press")
    accept.tap()
    save.tap()
    expect(phone.locator(".complaint")).to_be_in_viewport(ratio=1)
