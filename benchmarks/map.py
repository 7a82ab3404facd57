"""Measure the map of the Explore page in a real browser, on a generated study.

    python -m benchmarks.map --samples 100000 --json map.json

Starts the app and Debian's Chromium (software rendering), and measures what a visitor waits
for: opening the page, a box, a lasso, a weight change beside a selection that was fixed, a word
that is looked for; and that the region survives both the change of colours and a reload. Times are
from the end of the gesture to the changed picture or number on screen, as medians of several
rounds; beside them the seconds that the server computed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.app_server import CHROMIUM, serve
from benchmarks.generate_study import generate_study
from benchmarks.rounds import Bench, Figure, settle
from diq_core.cli import app as diq

GOALS = {"open_cold": 6.0, "open": 1.5, "box": 0.4, "lasso": 0.4, "weight": 0.6, "find": 0.5}
WORDS = ("anticoagulant", "potassium", "cardiology", "rash", "neurology", "lumbar", "fever")
"""Words of generated samples."""
PATIENCE = 900_000
DRAWN = "document.querySelector('.js-plotly-plot')?.dataset.drawn"
REGION = "document.body.innerText.match(/([\\d,]+) samples? in the region/)?.[1]"
FOUND = "document.body.innerText.match(/([\\d,]+) samples? fit the filter/)?.[1]"


def measure(address: str, study: str, *, rounds: int) -> dict[str, Any]:
    """Return the figures of a study that the app at `address` serves."""
    server = next(one for one in psutil.Process().children() if "streamlit" in one.cmdline())
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(PATIENCE)
            bench = Bench(page, server)
            page.on("websocket", bench.traffic.watch)
            url = f"{address}/explore?study={study}&rule=weight"
            figures = {"open_cold": _open(bench, url, 1)}
            figures["open"] = _open(bench, url, rounds)
            figures["box"] = _gestures(bench, rounds, lasso=False)
            figures["lasso"] = _gestures(bench, rounds, lasso=True)
            figures["weight"], survives_colours = _weights(bench, rounds)
            survives_reload = _reload(page)
            figures["find_first"] = _find(bench, WORDS[:1])
            figures["find"] = _find(bench, WORDS[1 : rounds + 1])
            held = {"heap": bench.heap(), "server": bench.most}
        finally:
            browser.close()
    return {
        **{name: figure.as_dict() for name, figure in figures.items()},
        "survives": {"recolouring": survives_colours, "reload": survives_reload},
        "held": held,
    }


def _open(bench: Bench, url: str, rounds: int) -> Figure:
    figure, page = Figure(), bench.page
    for _ in range(rounds):
        with bench.round(figure):
            page.goto(url)
            page.wait_for_function(
                f"{DRAWN} && document.querySelector('.nsewdrag')", timeout=PATIENCE
            )
            page.wait_for_selector("text=samples chosen")
    return figure


def _gestures(bench: Bench, rounds: int, *, lasso: bool) -> Figure:
    figure, page = Figure(), bench.page
    choose_tool(page, "lasso" if lasso else "select")
    for number in range(rounds):
        before = page.evaluate(REGION)
        path = _lasso(number) if lasso else [(0.08 + 0.02 * number, 0.06), (0.95, 0.93)]
        with bench.round(figure) as begin:
            draw(page, path)
            begin()
            changed = f"{REGION} && {REGION} !== {json.dumps(before)}"
            page.wait_for_function(changed, timeout=PATIENCE)
    return figure


def choose_tool(page: Page, tool: str) -> None:
    """Choose "select" (box), "lasso", "zoom" or "pan" on the first map."""
    page.locator(f'.modebar-btn[data-val="{tool}"]').first.click()


def _lasso(number: int) -> list[tuple[float, float]]:
    turn = 2 * math.pi / 60
    size = 0.42 - 0.03 * number
    return [(0.5 + size * math.cos(turn * k), 0.5 + size * math.sin(turn * k)) for k in range(60)]


def draw(page: Page, path: list[tuple[float, float]]) -> None:
    """Drag along a path in shares of the map's width and height."""
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in path]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=3)
    page.mouse.up()


def _weights(bench: Bench, rounds: int) -> tuple[Figure, bool]:
    figure, page = Figure(), bench.page
    region = page.evaluate(REGION)
    slider = page.get_by_role("slider", name="Balance weight")
    for _ in range(rounds):
        before = page.evaluate(DRAWN)
        slider.focus()
        with bench.round(figure):
            page.keyboard.press("ArrowRight")
            changed = f"{DRAWN} && {DRAWN} !== {json.dumps(before)}"
            page.wait_for_function(changed, timeout=PATIENCE)
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => done(1)))")
    return figure, _has_region(page, region)


def _find(bench: Bench, words: Sequence[str]) -> Figure:
    figure, page = Figure(), bench.page
    # A region that is left would be part of what is counted.
    if page.evaluate(REGION):
        page.get_by_role("button", name="Remove").click()
        page.wait_for_function(f"!{REGION}")
        settle(page)
    page.get_by_role("button", name=re.compile("Filter(ed)?$|Filter(ed)? ")).first.click()
    box = page.get_by_role("textbox", name="Words in question, reasoning, answer")
    for word in words:
        before = page.evaluate(FOUND)
        box.fill(word)
        with bench.round(figure):
            page.keyboard.press("Enter")
            changed = f"{FOUND} && {FOUND} !== {json.dumps(before)}"
            page.wait_for_function(changed, timeout=PATIENCE)
    page.keyboard.press("Escape")
    return figure


def _reload(page: Page) -> bool:
    region = page.evaluate(REGION)
    page.reload()
    page.wait_for_function(f"{DRAWN} && {REGION}", timeout=60_000)
    settle(page)
    return _has_region(page, region)


def _has_region(page: Page, region: str) -> bool:
    outlines = page.locator(".selectionlayer path").count()
    return bool(page.evaluate(REGION) == region and outlines)


def report(figures: dict[str, Any]) -> str:
    """Return the figures as a table."""
    head = ("what", "median s", "goal s", "server s", "sent B", "received B")
    lines = [f"{head[0]:<12}" + "".join(f"{word:>12}" for word in head[1:])]
    for name, figure in figures.items():
        if name in ("survives", "held"):
            continue
        lines.append(
            f"{name:<12}{figure['seconds']:>12.2f}{GOALS.get(name, '–'):>12}"
            f"{figure['computed']:>12.2f}{figure['sent']:>12,}{figure['received']:>12,}"
        )
    kept, held = figures["survives"], figures["held"]
    lines.append(f"region survives recolouring: {kept['recolouring']}, reload: {kept['reload']}")
    lines.append(
        f"the page's scripts hold {held['heap'] / 1e6:,.0f} MB, "
        f"the server at most {held['server'] / 1e6:,.0f} MB"
    )
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--study", type=Path, help="an existing study; default: generate one")
    parser.add_argument("--fix", action="store_true", help="fix a selection first, to show changes")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        if given.study:
            (workspace / "study").symlink_to(given.study.resolve())
        else:
            generate_study(workspace / "study", given.samples)
        if given.fix:
            diq(["select", "--study", str(workspace / "study"), "--name", "fixed"],
                standalone_mode=False)  # fmt: skip
        with serve(workspace) as address:
            figures = measure(address, "study", rounds=given.rounds)
    figures["machine"] = {"load": os.getloadavg()[0], "processors": os.cpu_count()}
    machine = figures.pop("machine")
    print(report(figures))
    print(f"load average {machine['load']:.1f} on {machine['processors']} processors")
    if given.json:
        given.json.write_text(json.dumps({**figures, "machine": machine}, indent=2) + "\n")


if __name__ == "__main__":
    main()
