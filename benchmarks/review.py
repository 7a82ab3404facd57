"""Review 50 samples by keyboard, with the network cut in the middle and the server killed twice.

    python -m benchmarks.review [--cut SECONDS]

Prints keys a sample, milliseconds from the Enter key until the next sample is painted, and how
many verdicts were lost or doubled.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.app_server import CHROMIUM
from benchmarks.review_walk import Walk, differences, judge, paints, watch
from benchmarks.review_wire import Server, Wire
from diq_core.review.form.form import load_form
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.material import items_of, members_of
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.stages.selection import SELECTION
from diq_core.study import Study
from tests.support.studies import full_study

NAME = "Dr Keys"
COUNT = 50


def prepare(workspace: Path, name: str = "made") -> Study:
    """Make a study with a review of 80 samples."""
    study = full_study(workspace / name, samples=90)
    samples = load_table(study.find("dataset"), SAMPLES)
    members = members_of(samples, load_table(study.find("selection"), SELECTION))
    store = open_store(study)
    items = items_of(members, "all")
    plan(store, Actor("Kim", "admin"), "review", items, QueueSettings("review", "1"), key="plan")
    store.close()
    return study


def open_desk(page: Page, port: int) -> None:
    """Open the review as a named reviewer and wait for the first sample."""
    name = NAME.replace(" ", "+")
    page.goto(f"http://127.0.0.1:{port}/review?study=made&reviewer={name}&view=Review")
    page.wait_for_selector(".desk[data-sample]", timeout=90_000)


def walk_through(page: Page, server: Server, wire: Wire, cut: float) -> Walk:
    """Judge 50 samples; cut the wire after 12 and kill the server after 30 and 40."""
    walk, chooser = Walk(), random.Random(7)
    for number in range(COUNT):
        if number == 12:
            # The walk is faster than any reader; let it be handed the samples to go on with.
            saved(page)
            wire.cut()
            began = time.monotonic()
        if number == 24:
            time.sleep(max(0.0, cut - (time.monotonic() - began)))
            wire.mend()
        if number in (30, 40):
            # Only a server that the page was talking to can be missed.
            saved(page)
            server.kill()
        if number in (33, 43):
            server.start()
        judge(page, walk, chooser)
    return walk


def saved(page: Page) -> None:
    """Wait until the page says that everything is saved."""
    page.wait_for_function(
        """() => [...document.querySelectorAll("*")].some((one) => one.shadowRoot
          && one.shadowRoot.querySelector(".state")?.textContent === "Everything is saved")""",
        timeout=120_000,
    )


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cut", type=float, default=120.0)
    cut = parser.parse_args().cut
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        study = prepare(Path(folder))
        server = Server(Path(folder))
        server.start()
        wire = Wire(server.port)
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            watch(page)
            open_desk(page, wire.port)
            walk = walk_through(page, server, wire, cut)
            saved(page)
            took = paints(page)
        finally:
            browser.close()
            server.kill()
            wire.close()
        store = open_store(study)
        told = {
            "samples": len(walk.judged),
            "most_keys": max(walk.keys),
            "paint_ms_median": round(statistics.median(took), 1),
            "paint_ms_p95": round(sorted(took)[int(0.95 * len(took))], 1),
            "paint_ms_worst": round(max(took), 1),
            "cut_seconds": cut,
            **differences(store, load_form(), NAME, walk),
        }
        store.close()
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
