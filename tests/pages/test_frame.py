from __future__ import annotations

import logging
from pathlib import Path

import pytest

from diq_core import status as status_module
from diq_core.study import create_study
from pages.parts.frame import PAGES
from tests.pages.conftest import Opened, words
from tests.support.studies import HOSTILE, add_dataset, full_study

FILES = [page.file for page in PAGES]


@pytest.mark.parametrize("file", FILES)
def test_every_page_opens_cold_on_a_finished_study(
    open_page: Opened, workspace: Path, file: str
) -> None:
    full_study(workspace / "one")
    app = open_page(file, study="one")
    assert not app.exception
    assert "our fault" not in words(app)
    assert app.sidebar.selectbox[0].value == "one"


@pytest.mark.parametrize("file", FILES)
def test_every_page_opens_cold_without_any_study(open_page: Opened, file: str) -> None:
    app = open_page(file)
    assert not app.exception
    assert "our fault" not in words(app)
    assert app.title


@pytest.mark.parametrize("file", FILES)
def test_every_page_opens_on_an_empty_study(open_page: Opened, workspace: Path, file: str) -> None:
    create_study(workspace / "new")
    app = open_page(file)
    assert not app.exception
    assert "our fault" not in words(app)


def test_without_a_study_in_the_address_the_first_is_shown_and_named(
    open_page: Opened, workspace: Path
) -> None:
    create_study(workspace / "a")
    create_study(workspace / "b")
    app = open_page()
    assert app.sidebar.selectbox[0].value == "a"
    assert app.query_params["study"] == "a"


@pytest.mark.parametrize("file", ["overview.py", "pages/1_dataset.py", "pages/5_review.py"])
def test_an_unknown_study_is_said_and_none_is_shown_instead(
    open_page: Opened, workspace: Path, file: str
) -> None:
    full_study(workspace / "a", title="Cardiology pool")
    app = open_page(file, study="../../etc")
    assert "There is no study called &#x27;../../etc&#x27; here" in words(app)
    assert "Choose one on the left" in words(app)
    assert not app.title
    assert not app.metric
    assert app.sidebar.selectbox[0].value is None
    app.sidebar.selectbox[0].select("Cardiology pool").run()
    assert app.query_params == {"study": "a"}
    assert "There is no study called" not in words(app)


def test_an_unknown_study_is_said_where_there_is_none_at_all(
    open_page: Opened, workspace: Path
) -> None:
    app = open_page(study="ghost")
    assert "There is no study called &#x27;ghost&#x27; here" in words(app)
    assert "Which few samples are worth training on?" in words(app)


def test_choosing_another_study_drops_what_belonged_to_the_old_one(
    open_page: Opened, workspace: Path
) -> None:
    full_study(workspace / "a")
    full_study(workspace / "b", title="Other")
    app = open_page("pages/1_dataset.py", study="a", view="Samples", search="sign")
    app.sidebar.selectbox[0].select("b").run()
    assert app.query_params == {"study": "b"}
    assert app.sidebar.selectbox[0].value == "b"
    assert app.get("segmented_control")[0].value == "What is in it"
    assert not app.exception


def test_a_damaged_study_does_not_take_the_others_away(open_page: Opened, workspace: Path) -> None:
    full_study(workspace / "good")
    (workspace / "bad").mkdir()
    (workspace / "bad" / "study.toml").write_text("title = [", encoding="utf-8")
    app = open_page(study="good")
    assert not app.exception
    assert "bad (damaged)" in app.sidebar.selectbox[0].options
    app = open_page(study="bad")
    assert "damaged" in words(app)
    assert "our fault" not in words(app)


def test_our_own_failure_shows_a_reference_and_no_detail(
    open_page: Opened,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    study = create_study(workspace / "a")
    add_dataset(study)

    def fail(*_: object) -> None:
        raise RuntimeError("secret /home/somebody")

    monkeypatch.setattr("diq_core.data.composition.compose", fail)
    with caplog.at_level(logging.ERROR):
        app = open_page("pages/1_dataset.py")
    assert not app.exception
    assert "it is our fault" in words(app)
    assert "secret" not in words(app)
    reference = caplog.records[-1].args
    assert isinstance(reference, tuple)
    assert str(reference[0]) in words(app)


def test_titles_are_text(open_page: Opened, workspace: Path) -> None:
    for number, text in enumerate(HOSTILE):
        create_study(workspace / f"s{number}", title=text.replace("\x00", "").replace("\x07", ""))
        app = open_page(study=f"s{number}")
        assert not app.exception
        assert "<script>" not in words(app)
        assert "<img" not in words(app)
        assert "\u202e" not in words(app)


def test_a_broken_status_leaves_the_menu(
    open_page: Opened, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_study(workspace / "a")
    monkeypatch.setattr(status_module, "_step_status", lambda *_: 1 / 0)
    app = open_page("pages/1_dataset.py")
    assert len(app.sidebar.get("page_link")) == len(PAGES)


def test_two_studies_of_one_title_stay_apart(open_page: Opened, workspace: Path) -> None:
    for folder in ("first", "second"):
        create_study(workspace / folder, title="Cardiology")
    app = open_page("pages/1_dataset.py", study="first")
    assert app.sidebar.selectbox[0].options == ["Cardiology (first)", "Cardiology (second)"]
    app.run()
    assert app.query_params["study"] == "first"
