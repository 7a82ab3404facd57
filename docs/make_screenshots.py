"""Take the pictures of the README again, of the demo study in the real app.

python -m docs.make_screenshots
    python -m docs.make_screenshots --tuned studies/demo    also of a study with a run and two
                                                            evaluations, which take minutes to make
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.app_server import CHROMIUM, serve
from diq_core import demo
from diq_core.config import ExportSettings
from diq_core.jobs.progress import silent
from diq_core.stages import export as exporting
from diq_core.study import open_study

IMAGES = Path(__file__).resolve().parent / "images"
PAGES = {
    "overview": "",
    "dataset": "dataset",
    "difficulty": "difficulty",
    "influence": "influence",
    "explore": "explore",
    "export": "export",
}
TUNED = {
    "finetune": "finetune?study=tuned",
    "evaluate": "evaluate?study=tuned&view=Compare+two+models",
}
_RENAME = """folder => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    walker.currentNode.data = walker.currentNode.data.replaceAll(folder, "studies");
}"""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Open every page and keep what it looks like."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tuned", type=Path, help="folder of a study with a run, tested")
    tuned = parser.parse_args().tuned
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        workspace = Path(folder)
        demo.prepare(workspace)
        study = open_study(workspace / "demo")
        exporting.run(study, "main", ExportSettings(), silent(), selection=study.find("selection"))
        if tuned:
            shutil.copytree(tuned, workspace / "tuned", ignore=shutil.ignore_patterns("jobs"))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        with serve(workspace) as address:
            for name, path in PAGES.items():
                take(page, f"{address}/{path}?study=demo", IMAGES / f"{name}.png", folder)
            for name, path in TUNED.items() if tuned else ():
                take(page, f"{address}/{path}", IMAGES / f"{name}.png", folder)
            begin_review(page, f"{address}/review?study=demo")
            page.screenshot(path=str(IMAGES / "review.png"))
        browser.close()


def begin_review(page: Page, address: str) -> None:
    """Say who reviews, start a review of the selection, and rate the first sample's scales."""
    page.goto(address)
    page.get_by_label("Your name").fill("Dr A. Lindqvist")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Start this review").click()
    page.get_by_text("Everything is saved").wait_for()
    for key in "344":
        page.keyboard.press(key)
    page.wait_for_timeout(1500)


def take(page: Page, address: str, target: Path, folder: str) -> None:
    """Wait until a page has drawn itself, and keep it without naming the temporary folder."""
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    if page.locator(".js-plotly-plot").count() or "explore" in address:
        page.wait_for_selector(".js-plotly-plot .main-svg")
    page.wait_for_timeout(1500)
    page.evaluate(_RENAME, folder)
    page.screenshot(path=str(target))


if __name__ == "__main__":
    main()
