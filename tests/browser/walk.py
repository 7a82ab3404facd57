"""The main way through the app, step by step in a real browser: from a file to an export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, expect

SOON, LONG = 30_000, 300_000


def settle(page: Page) -> None:
    """Wait until the page has drawn itself.

    Before the first script runs a page is as little at work as after the last one, so what the
    menu shows is awaited first: it is drawn by a script that still runs.
    """
    expect(page.get_by_test_id("stPageLink").first).to_be_attached(timeout=SOON)
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible(
        timeout=SOON
    )


def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list; whoever opens it while the page redraws itself sees it close."""
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(4):
        page.get_by_role("combobox", name=label).click()
        try:
            wanted.click(timeout=SOON / 4)
            return
        except TimeoutError:
            page.keyboard.press("Escape")
    raise AssertionError(f"'{label}' does not offer '{option}'")


@dataclass
class Walk:
    """One person with one browser tab.

    Attributes:
        page: the tab.
        address: where the app is.
        look: called with a name after each step, e.g. to take a picture.
        study: folder name of the study, once it is there.
    """

    page: Page
    address: str
    look: Callable[[str], object] = str
    study: str = ""

    def open(self, page: str) -> None:
        """Open a page of the study by its address, as a bookmark does."""
        self.page.goto(f"{self.address}/{page}?study={self.study}")
        self.settle()

    def go(self, title: str) -> None:
        """Open a page by its entry in the menu."""
        self.page.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
        expect(self.page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=SOON)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has drawn itself."""
        settle(self.page)

    def press(self, name: str) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=name, exact=False).first.click()

    def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        self.settle()
        choose(self.page, label, option)

    def new_study(self, file: Path, title: str) -> None:
        """Create a study from a file and wait for its samples."""
        self.page.goto(self.address)
        self.settle()
        another = self.page.get_by_text("Start another study")
        if another.is_visible():
            another.click()
        self.page.locator("input[type=file]").first.set_input_files(file)
        expect(self.page.get_by_test_id("stFileChipDeleteBtn")).to_be_visible(timeout=SOON)
        # What is pressed while the page still says what it found in the file may be drawn anew.
        self.settle()
        self.page.get_by_label("Name of the study").fill(title)
        self.settle()
        self.press("Create the study and read the file")
        expect(self.page.get_by_role("heading", name="Dataset")).to_be_visible(timeout=SOON)
        self.study = self.page.evaluate("new URLSearchParams(location.search).get('study')")
        self.wait_for("Lengths")
        self.look("dataset")

    def wait_for(self, words: str, timeout: float = LONG) -> None:
        """Wait until these words are on the page."""
        expect(self.page.get_by_text(words, exact=False).first).to_be_visible(timeout=timeout)

    def rate_difficulty(self) -> None:
        """Rate all samples."""
        self.go("Difficulty")
        self.press("Rate difficulty")
        self.wait_for("Samples rated")
        self.look("difficulty")

    def measure_influence(self, samples: int, per_task: int) -> None:
        """Measure the influence of some samples, and see it progress."""
        self.go("Influence")
        self.page.get_by_text("A random part").click()
        self._fill("How many", samples)
        self._fill("Questions of each task", per_task)
        self.press("Measure influence")
        expect(self.page.get_by_role("progressbar").first).to_be_visible(timeout=SOON)
        self.look("influence-running")
        self.wait_for("How influence spreads")
        self.look("influence")

    def _fill(self, label: str, value: int) -> None:
        field = self.page.get_by_role("spinbutton", name=label)
        field.fill(str(value))
        field.press("Enter")
        self.settle()
        expect(field).to_have_value(str(value))

    def fix_selection(self) -> None:
        """Fix what the map shows as chosen."""
        self.go("Explore")
        self.look("explore")
        self.press("Fix this selection")
        self.page.get_by_role("button", name="Fix it").click()
        self.wait_for("is fixed")
        self.look("fixed")

    def export(self) -> None:
        """Write the fixed selection in the format that is offered first."""
        self.go("Export")
        self.press("Write the export")
        self.wait_for("Download everything as zip")
        self.look("export")


def to_an_export(page: Page, address: str, file: Path, look: Callable[[str], object] = str) -> Walk:
    """A researcher: from a file of one's own to an export, by what the pages offer."""
    numbered = iter(range(1, 100))
    walk = Walk(page, address, lambda name: look(f"researcher-{next(numbered)}-{name}"))
    walk.new_study(file, "My cases")
    walk.rate_difficulty()
    walk.measure_influence(samples=6, per_task=1)
    walk.fix_selection()
    walk.export()
    return walk
