"""A review shows a sample as it is in its own dataset, with its image, or says what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from diq_core.errors import NotFound
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.queue.progress import queues
from diq_core.review.store.changes import open_store
from diq_core.study import Study, create_study
from pages.parts.review.room import finder
from tests.pages.conftest import Opened
from tests.support.studies import add_dataset, add_difficulty, add_influence, add_selection


@pytest.fixture
def study(workspace: Path) -> Study:
    """Two datasets with the same ids, the questions of "b" are others; "b" has a selection."""
    study = create_study(workspace / "one")
    add_dataset(study, name="a")
    questions = [f"Quite another question {number}?" for number in range(20)]
    other = add_dataset(study, name="b", samples=20, questions=questions)
    add_selection(study, other, add_difficulty(study, other), add_influence(study, other))
    return study


def settings(study: Study, name: str) -> QueueSettings:
    held = study.reference(study.find("dataset", name))
    return QueueSettings("q", "1", samples=held["path"], digest=held["digest"])


def test_a_sample_is_the_one_of_the_queues_own_dataset(study: Study):
    assert finder(study, settings(study, "b"))("s0001").question == "Quite another question 1?"
    assert finder(study, settings(study, "a"))("s0001").question.startswith("A patient number 1")


def test_an_older_plan_finds_only_what_is_the_same_everywhere(study: Study):
    with pytest.raises(NotFound, match="Several datasets have a sample 's0001', and they differ"):
        finder(study)("s0001")
    assert finder(study)("s0030").id == "s0030"


def test_a_dataset_that_was_replaced_is_not_shown(study: Study):
    gone = replace(settings(study, "b"), digest="ab" * 32)
    with pytest.raises(NotFound, match="plan the review again"):
        finder(study, gone)("s0001")


def test_a_review_keeps_in_its_plan_which_dataset_it_is_of(open_page: Opened, study: Study):
    app = open_page("pages/5_review.py", study="one", reviewer="Dr Dora", view="Review")
    app.button(key="setup-start").click().run()
    assert not app.exception
    store = open_store(study)
    planned = queues(store)["review 1"].settings
    store.close()
    assert planned.samples == "dataset/b"
    assert planned.digest == study.find("dataset", "b").digest
