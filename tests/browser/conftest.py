"""The real app in Debian's Chromium, on generated studies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.app_server import CHROMIUM, serve
from benchmarks.generate_study import generate_study
from tests.support.studies import full_study

SAMPLES = 3_000
# A busy machine may take its time; a test waits only as long as it has to.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; skipped where it is not installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not installed at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as player:
        found = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a generated study, "made", and one with hostile samples, "hostile"."""
    folder = tmp_path_factory.mktemp("browser") / "studies"
    folder.mkdir()
    generate_study(folder / "made", SAMPLES)
    generate_study(folder / "crowd", 12_000, embedding=False)
    full_study(folder / "hostile")
    return folder


@pytest.fixture(scope="session")
def address(browser: Browser, workspace: Path) -> Iterator[str]:
    """Where the app answers. Depends on the browser, so that nothing starts without one."""
    with serve(workspace) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh visitor."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(45_000)
    yield page
    context.close()
