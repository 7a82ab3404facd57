"""Measure how long a visitor waits for each page of the demo study, cold and warm.

    python -m benchmarks.pages [--rounds 3] [--json pages.json] [--only explore export]

Cold is the first visit after a start of the server, by a browser that was never here: a new
server and a new visitor for each page. Warm are later visits of the same visitor, each in a new
tab. A page is there once it has drawn itself and whatever chart it promises. Beside the seconds
stand the CPU seconds of the server: they mean something on a busy machine too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.app_server import CHROMIUM
from benchmarks.review_wire import Server
from diq_core import demo
from diq_core.config import ExportSettings
from diq_core.jobs.progress import silent
from diq_core.stages import export as exporting
from diq_core.study import open_study

PAGES = {
    "overview": ".js-plotly-plot .main-svg",
    "dataset": ".js-plotly-plot .main-svg",
    "difficulty": ".js-plotly-plot .main-svg",
    "influence": ".js-plotly-plot .main-svg",
    "explore": ".js-plotly-plot .nsewdrag",
    "review": "[data-testid=stForm]",
    "export": "[data-testid=stDownloadButton]",
    "finetune": "[data-testid=stSelectbox]",
    "evaluate": "[data-testid=stButtonGroup]",
}
"""Each page and what is on it when it is there."""
GOALS = {"cold": 5.0, "warm": 1.5}
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one page took, in seconds; the warm ones are medians.

    Attributes:
        cold_cpu, warm_cpu: CPU seconds of the server during a visit.
    """

    cold: float
    cold_cpu: float
    warm: float
    warm_cpu: float


def measure(browser: Browser, workspace: Path, page: str, rounds: int) -> Figures:
    """Return the figures of one page, on a server of its own."""
    server = Server(workspace)
    server.start()
    visitor = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        cold, *warm = (_visit(visitor, server, page) for _ in range(1 + rounds))
    finally:
        visitor.close()
        server.kill()
    seconds, cpu = zip(*warm, strict=True)
    return Figures(*cold, statistics.median(seconds), statistics.median(cpu))


def _visit(visitor: BrowserContext, server: Server, page: str) -> tuple[float, float]:
    """Return the seconds that a new tab waits, and the server's CPU seconds meanwhile."""
    tab = visitor.new_page()
    before, start = _cpu(server), time.perf_counter()
    path = "" if page == "overview" else page
    tab.goto(f"http://127.0.0.1:{server.port}/{path}?study=demo", timeout=120_000)
    tab.wait_for_selector(PAGES[page], timeout=120_000)
    tab.wait_for_selector(SETTLED, timeout=120_000)
    took = time.perf_counter() - start, _cpu(server) - before
    tab.close()
    return took


def _cpu(server: Server) -> float:
    used = psutil.Process(server.pid).cpu_times()
    return float(used.user + used.system)


def prepare(workspace: Path) -> None:
    """Put the demo study there, with an export, so that every page has something to show."""
    demo.prepare(workspace)
    study = open_study(workspace / "demo")
    exporting.run(study, "main", ExportSettings(), silent(), selection=study.find("selection"))


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PAGES, default=list(PAGES))
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        prepare(Path(folder))
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        print(f"{'page':<12}{'cold s':>8}{'cpu':>7}{'warm s':>9}{'cpu':>7}")
        for page in given.only:
            one = found[page] = measure(browser, Path(folder), page, given.rounds)
            print(f"{page:<12}{one.cold:>8.2f}{one.cold_cpu:>7.2f}"
                  f"{one.warm:>9.2f}{one.warm_cpu:>7.2f}", flush=True)  # fmt: skip
        browser.close()
    print(f"goals: {GOALS}; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    if given.json:
        given.json.write_text(json.dumps({n: asdict(one) for n, one in found.items()}, indent=2))


if __name__ == "__main__":
    main()
