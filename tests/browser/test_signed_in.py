"""Behind a login the whole app works: under its own rules for the browser, until one signs out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from diq_core import demo
from tests.support.login import behind_login, sign_in

PAGES = {
    "": "Steps", "dataset": "Dataset", "difficulty": "Difficulty", "influence": "Influence",
    "explore": "Explore", "review": "Review", "export": "Export", "finetune": "Fine-tune",
    "evaluate": "Evaluate",
}  # fmt: skip


@pytest.fixture(scope="module")
def team(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    workspace = tmp_path_factory.mktemp("team")
    demo.prepare(workspace)
    with behind_login(workspace) as (address, _):
        yield address


def test_every_page_works_under_the_policy(page: Page, team: str) -> None:
    sign_in(page, team, "1")
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Policy" in line.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    for path, words in PAGES.items():
        page.goto(f"{team}/{path}?study=demo")
        expect(page.get_by_role("heading", name=words).first).to_be_visible()
        expect(
            page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        ).to_be_visible()
        if path == "explore":
            expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert refused == []


def test_a_file_goes_in_and_a_path_does_not(page: Page, team: str, tmp_path: Path) -> None:
    file = tmp_path / "pool.jsonl"
    file.write_text('{"question": "Which vitamin prevents scurvy?", "answer": "C"}\n' * 3)
    sign_in(page, team, "2")
    page.get_by_text("Start another study").click()
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_test_id("stFileChipDeleteBtn")).to_be_visible()
    page.goto(f"{team}/difficulty?study=demo")
    page.get_by_text("Rate again with another classifier").click()
    page.get_by_text("One of my own").click()
    page.get_by_role("textbox", name="Its folder").fill("/etc")
    page.get_by_role("textbox", name="Its folder").press("Enter")
    expect(page.get_by_text("Only a curator or an admin of this study may name")).to_be_visible()


def test_who_signs_out_must_sign_in_again(page: Page, team: str) -> None:
    sign_in(page, team, "1")
    page.goto(f"{team}/review?study=demo")
    page.get_by_role("button", name="Sign out").click()
    # The provider asks on a page of its own whether to end its session, too.
    expect(page.get_by_role("heading", name="End Session")).to_be_visible()
    page.goto(f"{team}/review?study=demo")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_file_beyond_the_quota_is_refused_in_words(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    workspace = tmp_path_factory.mktemp("small")
    demo.prepare(workspace)
    file = {"name": "pool.jsonl", "mimeType": "application/json", "buffer": b"x" * 3_000_000}
    with behind_login(workspace, limits={"person_upload_mb": 1}) as (address, _):
        sign_in(page, address, "1")
        page.get_by_text("Start another study").click()
        page.locator("input[type=file]").first.set_input_files(file)
        expect(page.locator("[data-testid=stFileChip][aria-invalid=true]")).to_be_visible()
        name = page.locator("[aria-invalid=true] [data-testid=stFileChipName]")
        said = name.evaluate("name => getComputedStyle(name, '::after').content")
        assert "“pool.jsonl” was not taken: it is too large" in said
        assert "send a smaller file." in said
