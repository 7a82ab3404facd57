"""The view "Reflective chains": what became of the samples, and a job that is started there."""

from __future__ import annotations

from pathlib import Path

import pytest

from diq_core.config import ReflectSettings
from diq_core.study import Study
from tests.pages.conftest import Opened, words
from tests.stages.test_reflection import reflect, study_of
from tests.support.model_server import model_server
from tests.support.studies import command_for
from tests.support.teacher import Teacher, sample

PAGE, VIEW = "pages/1_dataset.py", "Reflective chains"
Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def study(workspace: Path) -> Study:
    return study_of(workspace, [*map(sample, ("at once", "later", "aided", "never", "malformed"))])


def test_chains_are_asked_for_once_a_teacher_is_named_and_what_it_may_cost_is_said(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(PAGE, study="study", view=VIEW)
    assert "Name the server and the model first" in words(app)
    app.text_input(key="reflect-endpoint").set_value("http://127.0.0.1:9/v1").run()
    app.text_input(key="reflect-model").set_value("big").run()
    app.number_input(key="reflect-attempts").set_value(2).run()
    assert "Estimate: 5 samples take 10 to 45 requests" in words(app)
    app.button(key="start-reflection").click().run()
    command = command_for(
        "reflection", study.path, "reflected", ReflectSettings(model="big", limit=5, attempts=2),
        endpoint="http://127.0.0.1:9/v1", dataset="main",
    )  # fmt: skip
    assert started == [("reflection", "reflected", command)]
    assert not app.exception


def test_acceptance_and_losses_stand_by_branch_and_lead_to_the_samples(
    open_page: Opened, study: Study
) -> None:
    with model_server(Teacher()) as server:
        reflect(study, server)
    app = open_page(PAGE, study="study", dataset="main", view=VIEW)
    said = words(app)
    assert "4 of 5 chains were accepted (80 %)" in said
    assert "Not in the dataset, since they saw the reference: 1" in said
    places = [said.index(each) for each in (
        "right at once", "right in a further attempt", "right once the reference was seen",
        "never right",
    )]  # fmt: skip
    assert places == sorted(places)
    assert "fit, with the schema sent along" in said
    app.number_input(key="attempts-reflected").set_value(2).run()
    assert "2. " in words(app)
    assert "It is 70 mg, then." in words(app)
    app.button(key="open-reflected").click().run()
    assert app.query_params["dataset"] == "reflected"
    assert not app.exception
