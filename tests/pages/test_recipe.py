"""The page Fine-tune on a whole recipe: its steps, its start, its stop."""

from __future__ import annotations

from pathlib import Path

import pytest

from diq_core.config import RecipeSettings
from diq_core.jobs import queue
from diq_core.stages.recipe_progress import settings_of, start
from diq_core.study import Study, create_study
from tests.pages.conftest import Opened, words
from tests.stages.test_mix import SOURCES, made_study, mixed
from tests.support.studies import add_job
from tests.support.training import tiny_folder

PAGE = "pages/7_finetune.py"


@pytest.fixture
def study(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    # The queue fills, and nobody works at it.
    monkeypatch.setattr(queue, "wake", lambda _study: False)
    return made_study(workspace / "a")


def test_a_recipe_is_begun_seen_and_stopped(
    open_page: Opened, study: Study, tmp_path: Path
) -> None:
    mixed(study, *SOURCES)
    app = open_page(PAGE)
    assert app.selectbox(key="recipe-dataset").value == "mixture"
    assert "Ours: every value of the training" in words(app)
    app.text_input(key="recipe-model").set_value(tiny_folder(tmp_path / "model"))
    app.number_input(key="recipe-sft").set_value(20).run()
    app.button(key="recipe-begin").click().run()
    assert not app.exception
    assert len([one for one in queue.entries(study) if one.is_open]) == 10
    kept = settings_of(study, "infimed")
    assert (kept.dataset, kept.sft.max_steps, kept.sft.merge) == ("mixture", 20, True)
    said = words(app)
    assert "Evaluation infimed-before" in said
    assert "Waiting: 1st in line" in said
    assert app.text_input(key="recipe-name-infimed-2").value == "infimed-2"
    app.button(key="recipe-stop").click().run()
    assert not [one for one in queue.entries(study) if one.is_open]
    app.button(key="recipe-on").click().run()
    assert len([one for one in queue.entries(study) if one.is_open]) == 10


def test_a_step_that_failed_says_why(open_page: Opened, study: Study, tmp_path: Path) -> None:
    start(study, "mine", RecipeSettings(model=tiny_folder(tmp_path / "model"), dataset="texts"))
    first = queue.entries(study)[0]
    for one in queue.entries(study):
        queue.cancel(study, one.number)
    add_job(study, "selection", name="mine", state="failed", order=first.order,
            message="No sample fits")  # fmt: skip
    assert "No sample fits" in words(open_page(PAGE))


def test_without_a_dataset_the_page_says_what_comes_first(
    open_page: Opened, workspace: Path
) -> None:
    create_study(workspace / "a")
    assert "There is no dataset yet" in words(open_page(PAGE))


def test_what_cannot_be_begun_is_said(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE)
    app.text_input(key="recipe-model").set_value("nowhere/at-all/here").run()
    app.button(key="recipe-begin").click().run()
    assert not app.exception
    assert "nowhere/at-all/here" in words(app)
    assert not queue.entries(study)
