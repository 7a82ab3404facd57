"""Three people's first sittings, in a real browser: what each clicks and how long it takes.

    python -m benchmarks.people                      clicks, keys and seconds of each
    python -m benchmarks.people --pictures FOLDER    also a picture of each step

A newcomer looks around for three minutes, a clinician judges ten samples, a researcher goes from
a file to an export. The clicks and keys are those that reach the page; the seconds are this
machine's, without the time that a person reads.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.app_server import CHROMIUM, serve
from benchmarks.map import DRAWN
from benchmarks.review_walk import Walk, judge, on_desk
from diq_core import demo

SAMPLES = 10
LOOK = Callable[[str], object]

# Kept over a reload, and only what a person does: a script's own click is not trusted. A press of
# the pointer is a click here, since a chart keeps the click itself to itself.
_COUNT = """
for (const kind of ["pointerdown", "keydown"]) {
  window.addEventListener(kind, (event) => {
    if (!event.isTrusted || event.repeat) return;
    const name = `diq-${kind}`;
    sessionStorage.setItem(name, 1 + Number(sessionStorage.getItem(name) || 0));
  }, true);
}
"""
_COUNTED = """["pointerdown", "keydown"].map(
  (kind) => Number(sessionStorage.getItem(`diq-${kind}`) || 0)
)"""


# Where the dot farthest right lies in the window.
_RIGHTMOST = """() => {
  const chart = document.querySelector(".js-plotly-plot");
  const { xaxis, yaxis } = chart._fullLayout;
  const box = chart.querySelector(".nsewdrag").getBoundingClientRect();
  const { x, y } = chart.diqMap.picture;
  const last = x.indexOf(Math.max(...x));
  return [box.left + xaxis.c2p(x[last]), box.top + yaxis.c2p(y[last])];
}"""


@dataclass(frozen=True)
class Sitting:
    """What a sitting took."""

    clicks: int
    keys: int
    seconds: float


@contextmanager
def counted(page: Page) -> Iterator[list[Sitting]]:
    """Count what reaches the page until the block ends; the list then holds the sitting."""
    page.add_init_script(_COUNT)
    sittings: list[Sitting] = []
    start = time.monotonic()
    yield sittings
    clicks, keys = page.evaluate(_COUNTED)
    sittings.append(Sitting(clicks, keys, time.monotonic() - start))


def look_around(page: Page, address: str, look: LOOK = str) -> None:
    """A newcomer: the map at a glance, the tour, another budget, one sample, the desk's door."""
    page.goto(f"{address}/?study=demo")
    page.get_by_role("button", name="See the map").wait_for()
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    look("newcomer-1-overview")
    page.get_by_role("button", name="Next: choose").click()
    page.wait_for_function(f"{DRAWN} && document.querySelector('.nsewdrag')")
    click_a_dot(page)
    look("newcomer-2-map")
    page.get_by_role("button", name="Next: judge").click()
    page.get_by_label("Your name").wait_for()
    look("newcomer-3-review")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Done").wait_for(state="detached")


def click_a_dot(page: Page) -> None:
    """Click the hardest sample's dot, and wait until its sample is open."""
    x, y = page.evaluate(_RIGHTMOST)
    page.mouse.move(x, y)
    page.locator(".diq-map-tip").wait_for()
    page.mouse.click(x, y)
    page.wait_for_url(re.compile("sample="))
    page.locator(".diq-id").first.wait_for()


def judge_ten(page: Page, address: str, look: LOOK = str) -> Walk:
    """A clinician: says who they are, starts the review, judges ten samples by keys."""
    walk, chooser = Walk(), random.Random(3)
    page.goto(f"{address}/review?study=demo")
    page.get_by_label("Your name").fill("Dr A. Lindqvist")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Start this review").click()
    for number in range(SAMPLES):
        page.wait_for_selector(".desk[data-sample]")
        if number == 0:
            look("clinician-1-first-sample")
        judge(page, walk, chooser)
    page.get_by_text("Everything is saved").wait_for()
    look("clinician-2-after-ten")
    return walk


def steps_on_desk(page: Page) -> int:
    """Return in how many steps the sample on the desk reasons."""
    assert on_desk(page)
    return page.locator(".desk .steps li[data-step]").count()


def cases(path: Path, rows: int = 14) -> Path:
    """Write a researcher's own small file: questions with reasoning, taken from the demo."""
    lines = (demo.DEMO / "uploads" / "demo_samples.jsonl").read_text(encoding="utf-8").split("\n")
    short = sorted(map(json.loads, filter(None, lines)), key=lambda row: len(row["reasoning"]))
    kept = [{name: row[name] for name in ("question", "reasoning", "answer")} for row in short]
    path.write_text("".join(json.dumps(row) + "\n" for row in kept[:rows]), encoding="utf-8")
    return path


def main() -> None:
    """Let all three sit down, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep one of each step")
    pictures = parser.parse_args().pictures
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        workspace = Path(folder) / "studies"
        demo.prepare(workspace)
        file = cases(Path(folder) / "cases.jsonl")
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        with serve(workspace) as address:
            for name, sit in sittings(address, file).items():
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.set_default_timeout(120_000)
                with counted(page) as found:
                    sit(page, camera(page, pictures))
                print(f"{name}: {found[0].clicks} clicks, {found[0].keys} keys, "
                      f"{found[0].seconds:.0f} s", flush=True)  # fmt: skip
                page.context.close()
        browser.close()


def sittings(address: str, file: Path) -> dict[str, Callable[[Page, LOOK], object]]:
    """Return who sits down, and what they do."""
    from tests.browser.walk import to_an_export

    return {
        "a newcomer's first look": lambda page, look: look_around(page, address, look),
        "a clinician's first ten": lambda page, look: judge_ten(page, address, look),
        "from a file to an export": lambda page, look: to_an_export(page, address, file, look),
    }


def camera(page: Page, folder: Path | None) -> LOOK:
    """Return what takes a picture of a step; without a folder it takes none."""

    def take(name: str) -> None:
        if folder is not None:
            folder.mkdir(exist_ok=True)
            page.wait_for_timeout(1500)
            page.screenshot(path=str(folder / f"{name}.png"))

    return take


if __name__ == "__main__":
    main()
