"""Fine-tune, lose the server, come back to the curve; test base and tuned, compare the two."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.review_wire import Server
from diq_core.study import open_study
from tests.browser.walk import LONG, Walk
from tests.support.benchmarks import write_benchmark
from tests.support.studies import full_study
from tests.support.training import tiny_folder

pytestmark = pytest.mark.xdist_group("browser")
STEPS = 150
"""So many that it still trains when its curve is on the page."""


def _type(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True).first
    field.fill(value)
    field.press("Enter")


def _test(walk: Walk, run: str | None, model: str, questions: str) -> None:
    """Test the base model or a run on a file of questions, and wait for the result."""
    page = walk.page
    walk.open("evaluate")
    again = page.get_by_text("Test another model")
    expect(again.or_(page.get_by_role("combobox", name="Model")).first).to_be_visible()
    if again.is_visible():
        again.click()
    walk.choose("Model", run or "The base model, not fine-tuned")
    if not run:
        _type(page, "Base model", model)
    walk.settle()
    page.locator("input[type=file]").first.set_input_files(questions)
    expect(page.get_by_test_id("stFileChipDeleteBtn")).to_be_visible()
    # Only the questions of one's own.
    page.get_by_test_id("stMultiSelect").nth(1).get_by_role("button", name="Clear").click()
    walk.settle()
    walk.press("Test the model")
    walk.wait_for("Stop")
    walk.wait_for(f"Tested: {run or Path(model).name}")


def test_a_run_outlives_the_server_and_is_compared_with_its_base(
    page: Page, tmp_path: Path
) -> None:
    workspace = tmp_path / "studies"
    workspace.mkdir()
    full_study(workspace / "mine")
    model = tiny_folder(tmp_path / "tiny")
    questions = write_benchmark(tmp_path / "signs.jsonl", 6)
    server = Server(workspace)
    server.start()
    try:
        walk = Walk(page, f"http://127.0.0.1:{server.port}", study="mine")
        walk.open("finetune")
        _type(page, "Base model", model)
        walk.settle()
        page.get_by_text("Change single settings").click()
        _type(page, "Steps (0 = by passes)", str(STEPS))
        walk.settle()
        walk.press("Fine-tune")
        expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=LONG)
        server.kill()
        assert not open_study(workspace / "mine").artefacts("run"), "it was to be still training"
        server.start()
        walk.open("finetune")
        expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=LONG)
        walk.wait_for(f"{STEPS} steps,")
        walk.look("finetune")
        _test(walk, None, model, questions)
        _test(walk, "main", model, questions)
        walk.look("evaluate")
        page.get_by_role("radio", name="Compare two models").click()
        walk.wait_for("What can be concluded")
        walk.wait_for("main minus base. Intervals are 95 %: of right answers by Newcombe's method")
        walk.wait_for("signs, letter: Too few to tell base and guessing apart")
        expect(page.get_by_role("columnheader", name="95 % interval")).to_be_visible()
        expect(page.get_by_role("cell", name="answer loss")).to_be_visible()
        expect(page.get_by_test_id("stPlotlyChart")).to_have_count(2)
        walk.look("compare")
    finally:
        server.kill()
    run = open_study(workspace / "mine").find("run")
    assert run.manifest["counts"]["steps"] == STEPS
