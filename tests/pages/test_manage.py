"""The menu "…" beside a name, on the page where the artefact is made; the way back is beside it."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from diq_core.jobs import record as records
from diq_core.study import Study
from tests.managing.test_managing import plan_review
from tests.pages.conftest import Opened, words
from tests.support.studies import add_job, full_study

EXPORT, DATASET = "pages/6_export.py", "pages/1_dataset.py"


@pytest.fixture
def study(workspace: Path) -> Study:
    """Dataset, two scores, a selection and its export, each called "main"."""
    return full_study(workspace / "a")


def test_the_dialog_says_what_goes_and_undo_brings_it_back(open_page: Opened, study: Study) -> None:
    page = open_page(EXPORT)
    page.menu_button(key="manage-selection").set_value("delete").run()
    assert "export 'main'" in unescape(words(page))
    page.button(key="manage-do").click().run()
    assert not page.exception
    assert study.artefacts("selection") == []
    assert "</bdi> is deleted" in words(page)
    page.button(key="manage-undo").click().run()
    assert [one.name for one in study.artefacts("export")] == ["main"]
    assert "is deleted" not in words(page)


def test_a_renamed_export_and_its_copy_are_what_the_page_is_about(
    open_page: Opened, study: Study
) -> None:
    page = open_page(EXPORT)
    for act, name in (("rename", "ward"), ("duplicate", "ward-2")):
        page.menu_button(key="manage-export").set_value(act).run()
        page.text_input(key=f"manage-name-{act}").set_value(name).run()
        page.button(key="manage-do").click().run()
        assert page.query_params["export"] in (name, [name])
    assert [one.name for one in study.artefacts("export")] == ["ward", "ward-2"]
    assert page.menu_button(key="manage-selection")


def test_the_overview_restores_what_was_archived(open_page: Opened, study: Study) -> None:
    plan_review(study)
    page = open_page(DATASET)
    page.menu_button(key="manage-dataset").set_value("delete").run()
    assert "what they judged is never deleted" in words(page)
    assert "ward round" in words(page)
    page.button(key="manage-do").click().run()
    assert study.artefacts("dataset") == []
    assert "</bdi> is archived" in words(page)
    page = open_page()
    page.button(key="restore-dataset-main-0").click().run()
    assert [one.name for one in study.artefacts("dataset")] == ["main"]


def test_a_running_job_is_named_and_nothing_is_offered(open_page: Opened, study: Study) -> None:
    add_job(study, "run", name="r", state="running", order=None, finished=0.0)
    with records.FileLock(study.job_folder("run", "r") / "lock"):
        page = open_page(EXPORT)
        page.menu_button(key="manage-export").set_value("archive").run()
        assert "run 'r' is being made and needs it" in unescape(words(page))
        assert "manage-do" not in [button.key for button in page.button]
