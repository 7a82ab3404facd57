"""Measure the map of the Explore page in a real browser, on a generated study.

    python -m benchmarks.map --samples 100000 --json map.json

Starts the app and Debian's Chromium (software rendering), and measures what a visitor waits
for: opening the page, a box, a lasso, a weight change; and that the region survives both the
change of colours and a reload. Times are from the end of the gesture to the changed picture or
number on screen, as medians of several rounds.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, WebSocket, sync_playwright

from benchmarks.app_server import CHROMIUM, serve
from benchmarks.generate_study import generate_study

GOALS = {"open": 5.0, "box": 1.0, "lasso": 1.0, "weight": 1.0}
DRAWN = "document.querySelector('.js-plotly-plot')?._fullLayout?.meta?.drawn"
REGION = "document.body.innerText.match(/([\\d,]+) samples? in the region/)?.[1]"


@dataclass
class Traffic:
    """Bytes that went over the page's websocket since the last `reset`."""

    sent: int = 0
    received: int = 0

    def watch(self, socket: WebSocket) -> None:
        """Count the frames of a websocket."""
        socket.on("framesent", lambda frame: self._add(frame, sent=True))
        socket.on("framereceived", lambda frame: self._add(frame, sent=False))

    def reset(self) -> None:
        """Begin at zero."""
        self.sent = self.received = 0

    def _add(self, frame: str | bytes, *, sent: bool) -> None:
        if sent:
            self.sent += len(frame)
        else:
            self.received += len(frame)


@dataclass
class Figure:
    """The rounds of one measurement."""

    seconds: list[float] = field(default_factory=list)
    sent: int = 0
    received: int = 0

    @property
    def median(self) -> float:
        """Median of the rounds in seconds."""
        return statistics.median(self.seconds)


def measure(address: str, study: str, *, rounds: int) -> dict[str, Any]:
    """Return the figures of a study that the app at `address` serves."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            traffic = Traffic()
            page.on("websocket", traffic.watch)
            url = f"{address}/explore?study={study}&rule=weight"
            figures = {"open_cold": _open(page, url, traffic, 1)}
            figures["open"] = _open(page, url, traffic, rounds)
            figures["box"] = _gestures(page, traffic, rounds, lasso=False)
            figures["lasso"] = _gestures(page, traffic, rounds, lasso=True)
            figures["weight"], survives_colours = _weights(page, traffic, rounds)
            survives_reload = _reload(page)
        finally:
            browser.close()
    found: dict[str, Any] = {
        name: {"seconds": figure.median, "rounds": figure.seconds, "sent": figure.sent,
               "received": figure.received}
        for name, figure in figures.items()
    }  # fmt: skip
    return {**found, "survives": {"recolouring": survives_colours, "reload": survives_reload}}


def _open(page: Page, url: str, traffic: Traffic, rounds: int) -> Figure:
    figure = Figure()
    for _ in range(rounds):
        traffic.reset()
        start = time.perf_counter()
        page.goto(url)
        page.wait_for_function(f"{DRAWN} && document.querySelector('.nsewdrag')", timeout=120_000)
        page.wait_for_selector("text=samples chosen")
        figure.seconds.append(time.perf_counter() - start)
        figure.sent, figure.received = traffic.sent, traffic.received
        _settle(page)
    return figure


def _gestures(page: Page, traffic: Traffic, rounds: int, *, lasso: bool) -> Figure:
    figure = Figure()
    choose_tool(page, "lasso" if lasso else "select")
    for number in range(rounds):
        before = page.evaluate(REGION)
        path = _lasso(number) if lasso else [(0.08 + 0.02 * number, 0.06), (0.95, 0.93)]
        traffic.reset()
        start = draw(page, path)
        page.wait_for_function(f"{REGION} && {REGION} !== {json.dumps(before)}", timeout=30_000)
        figure.seconds.append(time.perf_counter() - start)
        figure.sent, figure.received = traffic.sent, traffic.received
        _settle(page)
    return figure


def choose_tool(page: Page, tool: str) -> None:
    """Choose "select" (box), "lasso", "zoom" or "pan" on the first map."""
    page.locator(f'.modebar-btn[data-val="{tool}"]').first.click()


def _lasso(number: int) -> list[tuple[float, float]]:
    turn = 2 * math.pi / 60
    size = 0.42 - 0.03 * number
    return [(0.5 + size * math.cos(turn * k), 0.5 + size * math.sin(turn * k)) for k in range(60)]


def draw(page: Page, path: list[tuple[float, float]]) -> float:
    """Drag along a path in shares of the map's width and height; return when it ended."""
    box = page.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in path]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=3)
    page.mouse.up()
    return time.perf_counter()


def _weights(page: Page, traffic: Traffic, rounds: int) -> tuple[Figure, bool]:
    figure, region = Figure(), page.evaluate(REGION)
    slider = page.get_by_role("slider", name="Balance weight")
    for _ in range(rounds):
        before = page.evaluate(DRAWN)
        traffic.reset()
        slider.focus()
        start = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"{DRAWN} && {DRAWN} !== {json.dumps(before)}", timeout=30_000)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => done(1)))")
        figure.seconds.append(time.perf_counter() - start)
        figure.sent, figure.received = traffic.sent, traffic.received
        _settle(page)
    return figure, _has_region(page, region)


def _reload(page: Page) -> bool:
    region = page.evaluate(REGION)
    page.reload()
    page.wait_for_function(f"{DRAWN} && {REGION}", timeout=60_000)
    _settle(page)
    return _has_region(page, region)


def _has_region(page: Page, region: str) -> bool:
    outlines = page.locator(".selectionlayer path").count()
    return bool(page.evaluate(REGION) == region and outlines)


def _settle(page: Page) -> None:
    """Wait until the page has finished its work, so that rounds do not disturb each other."""
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(700)


def report(figures: dict[str, Any]) -> str:
    """Return the figures as a table."""
    lines = [f"{'what':<12}{'median s':>10}{'goal s':>8}{'sent B':>9}{'received B':>12}"]
    for name, figure in figures.items():
        if name == "survives":
            continue
        goal = GOALS.get(name)
        lines.append(
            f"{name:<12}{figure['seconds']:>10.2f}{goal if goal else '–':>8}"
            f"{figure['sent']:>9,}{figure['received']:>12,}"
        )
    kept = figures["survives"]
    lines.append(f"region survives recolouring: {kept['recolouring']}, reload: {kept['reload']}")
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--study", type=Path, help="an existing study; default: generate one")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        if given.study:
            (workspace / "study").symlink_to(given.study.resolve())
        else:
            generate_study(workspace / "study", given.samples)
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
