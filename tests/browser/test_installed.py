"""The installed app in a browser: every page of the demo study draws itself, and a job runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walk import Walk
from tests.support.installed import Installed, installed

__all__ = ["installed"]
pytestmark = [pytest.mark.xdist_group("installed"), pytest.mark.slow]

PAGES = {
    "": "Steps",
    "dataset": "Lengths",
    "difficulty": "Difficulty",
    "influence": "How influence spreads",
    "explore": "Explore and select",
    "review": "Who is reviewing?",
    "finetune": "Fine-tune",
    "evaluate": "Evaluate",
}


def test_every_page_draws_itself_and_an_export_is_written(
    page: Page, installed: Installed, tmp_path: Path
) -> None:
    with installed.app(tmp_path) as (_, address):
        walk = Walk(page, address, study="demo")
        for name, words in PAGES.items():
            walk.open(name)
            expect(page.get_by_test_id("stMain").get_by_text(words).first).to_be_visible()
            expect(page.locator(".diq-box[role=alert]")).to_have_count(0)
        walk.open("export")
        walk.export()
    assert list((tmp_path / "studies/demo/export").glob("*/train.jsonl"))
