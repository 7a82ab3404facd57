"""Whom a page may have asked: whoever runs the app says so, as soon as people sign in."""

from __future__ import annotations

import os

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.app_server import ROOT
from diq_core.asking.allowed import ENDPOINTS_VARIABLE, allow_list
from tests.pages.conftest import words


def draw_fields() -> None:
    from pages.parts.model_server import show_where_text_goes

    show_where_text_goes("The samples' text is")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without a list; whatever the app sets is gone afterwards."""
    monkeypatch.setenv(ENDPOINTS_VARIABLE, "")
    monkeypatch.delenv(ENDPOINTS_VARIABLE)


@pytest.mark.usefixtures("workspace")
def test_with_a_login_nothing_is_asked_that_is_not_listed() -> None:
    app = AppTest.from_file(str(ROOT / "overview.py"), default_timeout=30)
    app.run()
    assert allow_list() is None
    app.secrets["auth"] = {"cookie_secret": "made for this test only"}
    app.run()
    # Jobs are started with this environment.
    assert os.environ[ENDPOINTS_VARIABLE] == ""
    assert "None may be asked so far" in words(AppTest.from_function(draw_fields).run())


@pytest.mark.usefixtures("workspace")
def test_a_login_leaves_a_list_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINTS_VARIABLE, "https://models.example")
    app = AppTest.from_file(str(ROOT / "overview.py"), default_timeout=30)
    app.secrets["auth"] = {"cookie_secret": "made for this test only"}
    app.run()
    assert allow_list() == ("https://models.example:443",)
    shown = words(AppTest.from_function(draw_fields).run())
    assert "Only these may be asked" in shown
    assert "https://models.example:443" in shown
