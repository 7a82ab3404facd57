"""What a page is about: the artefact in its address, else what was made last; never another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from diq_core.artefact import MANIFEST, Artefact
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.material import items_of, members_of
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.study import Study, create_study
from tests.pages.conftest import Opened, words
from tests.support.studies import (
    add_dataset,
    add_difficulty,
    add_export,
    add_influence,
    add_job,
    add_selection,
)

DATASET, DIFFICULTY, EXPLORE, REVIEW, EXPORT = (
    f"pages/{name}.py"
    for name in ("1_dataset", "2_difficulty", "4_explore", "5_review", "6_export")
)
LATER = iter(range(10_000))


def made(artefact: Artefact) -> Artefact:
    """Let `artefact` be made a second after the one before."""
    moment = 1_700_000_000 + next(LATER)
    os.utime(artefact.path / MANIFEST, (moment, moment))
    return artefact


@pytest.fixture
def study(workspace: Path) -> Study:
    """Two datasets of 40 and 20 samples; of the first two selections, "diq-10" exported."""
    study = create_study(workspace / "a")
    first = made(add_dataset(study))
    scores = made(add_difficulty(study, first)), made(add_influence(study, first))
    ten = made(add_selection(study, first, *scores, name="diq-10", keep=10))
    made(add_export(study, ten, name="ten"))
    made(add_selection(study, first, *scores, name="diq-5pct", keep=2))
    return study


def address(app: AppTest, name: str) -> str | None:
    found = app.query_params.get(name)
    return found[0] if isinstance(found, list) else found


def test_export_opens_on_the_selection_that_was_fixed_last(open_page: Opened, study: Study) -> None:
    app = open_page(EXPORT)
    assert app.selectbox(key="selection").value == "diq-5pct"
    assert app.selectbox(key="export").value is None
    assert "<b>2" not in words(app)
    assert "**2 samples** are chosen." in words(app)
    assert not app.metric


def test_export_opens_on_the_selection_in_the_address_and_its_export(
    open_page: Opened, study: Study
) -> None:
    app = open_page(EXPORT, study="a", selection="diq-10")
    assert app.selectbox(key="selection").value == "diq-10"
    assert app.metric[0].value == "10"


def test_an_export_in_the_address_brings_the_selection_it_was_made_of(
    open_page: Opened, study: Study
) -> None:
    app = open_page(EXPORT, study="a", export="ten")
    assert app.selectbox(key="selection").value == "diq-10"


def test_choosing_one_drops_what_was_made_of_another(open_page: Opened, study: Study) -> None:
    app = open_page(EXPORT, study="a", export="ten")
    app.selectbox(key="selection").select("diq-5pct").run()
    assert app.selectbox(key="selection").value == "diq-5pct"
    assert app.selectbox(key="export").value is None
    assert address(app, "selection") == "diq-5pct"
    assert "export" not in app.query_params
    app.selectbox(key="export").select("ten").run()
    assert app.selectbox(key="selection").value == "diq-10"
    assert address(app, "export") == "ten"
    assert "selection" not in app.query_params


def test_a_new_export_of_an_older_selection_leads(open_page: Opened, study: Study) -> None:
    made(add_export(study, study.find("selection", "diq-10"), name="again"))
    app = open_page(EXPORT)
    assert app.selectbox(key="export").value == "again"
    assert app.selectbox(key="selection").value == "diq-10"


def test_the_record_of_a_job_says_when_it_was_made(open_page: Opened, study: Study) -> None:
    add_job(study, "selection", name="diq-10", finished=2e9)
    assert open_page(EXPORT).selectbox(key="selection").value == "diq-10"


def test_a_new_dataset_has_no_scores_of_the_old_one(open_page: Opened, study: Study) -> None:
    made(add_dataset(study, name="new", samples=20))
    app = open_page(DIFFICULTY)
    assert app.selectbox(key="dataset").value == "new"
    assert app.selectbox(key="difficulty").value is None
    assert not app.metric
    app.selectbox(key="difficulty").select("main").run()
    assert app.selectbox(key="dataset").value == "main"
    assert app.metric


def test_explore_shows_what_the_named_scores_were_made_of(open_page: Opened, study: Study) -> None:
    other = made(add_dataset(study, name="new", samples=20))
    made(add_difficulty(study, other, name="of-new"))
    app = open_page(EXPLORE)
    assert app.selectbox(key="dataset").value == "new"
    assert app.selectbox(key="difficulty").value == "of-new"
    assert app.selectbox(key="influence").value is None
    app = open_page(EXPLORE, study="a", influence="main")
    assert app.selectbox(key="dataset").value == "main"
    assert app.selectbox(key="difficulty").value == "main"
    app = open_page(EXPLORE, study="a", selection="diq-10")
    assert app.selectbox(key="dataset").value == "main"


@pytest.mark.parametrize("file", [EXPORT, DATASET, EXPLORE, DIFFICULTY])
def test_an_unknown_artefact_is_said_on_every_page(
    open_page: Opened, study: Study, file: str
) -> None:
    app = open_page(file, study="a", selection="ghost")
    assert "This study has no selection called &#x27;ghost&#x27;" in words(app)
    assert "made last is shown instead. There is: diq-10, diq-5pct." in words(app)
    assert not app.exception


@pytest.mark.parametrize("name", ["../dataset/main", "", "x" * 5000, "<b>x", "diq-10.part"])
def test_a_name_that_cannot_be_is_unknown(open_page: Opened, study: Study, name: str) -> None:
    app = open_page(EXPORT, study="a", selection=name)
    assert "This study has no selection called" in words(app)
    assert app.selectbox(key="selection").value == "diq-5pct"
    assert "<b>x" not in words(app)
    app.selectbox(key="selection").select("diq-10").run()
    assert "This study has no selection called" not in words(app)


def test_the_only_one_is_named_where_another_was_asked_for(open_page: Opened, study: Study) -> None:
    app = open_page(DATASET, study="a", dataset="ghost")
    assert app.selectbox(key="dataset").value == "main"
    assert "no dataset called &#x27;ghost&#x27;" in words(app)


def test_one_that_is_being_made_is_said(open_page: Opened, study: Study) -> None:
    add_job(study, "selection", name="soon", state="starting", started=1e12, updated=1e12,
            beat=1e12, finished=0.0)  # fmt: skip
    said = words(open_page(EXPORT, study="a", selection="soon"))
    assert "&#x27;soon&#x27;" in said


def test_two_that_do_not_belong_together_are_said(open_page: Opened, study: Study) -> None:
    made(add_dataset(study, name="new", samples=20))
    app = open_page(DIFFICULTY, study="a", dataset="new", difficulty="main")
    assert "Difficulty scores &#x27;main&#x27; and dataset &#x27;new&#x27;" in words(app)
    assert app.selectbox(key="dataset").value == "new"
    assert not app.metric


def test_the_way_on_carries_what_was_finished(open_page: Opened, study: Study) -> None:
    app = open_page(DATASET, study="a", dataset="main")
    app.button(key="next").click().run()
    assert address(app, "dataset") == "main"


def test_what_lies_in_a_replaced_folder_is_not_what_it_was_made_of(
    open_page: Opened, study: Study
) -> None:
    manifest = study.find("selection", "diq-10").path / MANIFEST
    manifest.write_text(manifest.read_text("utf-8") + "\n", encoding="utf-8")
    app = open_page(EXPORT, study="a", selection="diq-10")
    assert app.selectbox(key="export").value is None


EVALUATE, FINETUNE = "pages/8_evaluate.py", "pages/7_finetune.py"


def plan_review(study: Study, name: str) -> None:
    """Plan a review of all samples of the dataset "main", after those that are planned."""
    dataset = study.find("dataset", "main")
    held = study.reference(dataset)
    settings = QueueSettings(name, "1", samples=held["path"], digest=held["digest"])
    store = open_store(study)
    members = members_of(load_table(dataset, SAMPLES), None)
    plan(store, Actor("Dora", "admin"), name, items_of(members, "all"), settings, key=name)
    store.close()


def open_review(open_page: Opened, **query: str) -> AppTest:
    return open_page(REVIEW, study="a", reviewer="Dora", view="Review", **query)


def test_review_opens_on_the_review_that_was_planned_last(open_page: Opened, study: Study) -> None:
    plan_review(study, "z first")
    plan_review(study, "a last")
    assert open_review(open_page).selectbox(key="queue").value == "a last"


def test_review_opens_on_the_review_in_the_address(open_page: Opened, study: Study) -> None:
    plan_review(study, "50 % & more?")
    plan_review(study, "a last")
    app = open_review(open_page, queue="50 % & more?")
    assert app.selectbox(key="queue").value == "50 % & more?"
    app.selectbox(key="queue").select("a last").run()
    assert address(app, "queue") == "a last"


def test_an_unknown_review_is_said(open_page: Opened, study: Study) -> None:
    plan_review(study, "only one")
    app = open_review(open_page, queue="<b>ghost")
    assert "There is no review called &#x27;&lt;b&gt;ghost&#x27;" in words(app)
    assert app.selectbox(key="queue").value == "only one"


@pytest.mark.parametrize("file", [DATASET, EVALUATE])
def test_an_unknown_part_of_a_page_is_said(open_page: Opened, study: Study, file: str) -> None:
    app = open_page(file, study="a", view="Nonsense")
    assert "no part of this page for you called &#x27;Nonsense&#x27;" in words(app)
    assert not app.exception


def test_a_knob_that_means_nothing_is_said(open_page: Opened, study: Study) -> None:
    app = open_page(EXPLORE, study="a", strategy="ghost", w="2", budget="10%")
    assert "It is left as it usually is: strategy = ghost, w = 2." in words(app)
    assert "this page cannot set" not in words(app.run())
