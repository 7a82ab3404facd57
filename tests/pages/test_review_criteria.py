from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from diq_core.review.desk.incoming import Desk
from diq_core.review.desk.outgoing import to_browser
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.material import items_of
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.refusals import NotAllowed
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import judgements
from diq_core.review.store.roles import Actor, Role
from diq_core.review.verdicts.criteria import criterion_entries
from diq_core.study import Study
from pages.parts.review.room import finder
from pages.parts.review.setup import pool
from tests.pages.conftest import Opened, words
from tests.pages.test_review import FORM, KIM, opened
from tests.support.kept import criteria_of
from tests.support.studies import HOSTILE, full_study


@pytest.fixture
def study(workspace: Path) -> Study:
    return full_study(workspace / "one")


@pytest.fixture
def store(study: Study) -> Store:
    return open_store(study)


def on_criteria(open_page: Opened, name: str = "Dr Dora", **query: str) -> AppTest:
    return opened(open_page, "Set up", name=name, setup="Case criteria", **query)


def add(app: AppTest, text: str, points: int) -> AppTest:
    next(one for one in app.text_area if one.label == "Statement").input(text)
    next(one for one in app.number_input if one.label.startswith("Weight")).set_value(points)
    return next(one for one in app.button if one.label == "Add this criterion").click().run()


def asked(study: Study, store: Store, sample: str) -> list[dict[str, str]]:
    """Return the criteria that a reviewer's browser is given with `sample`."""
    desk = Desk(store, Actor("Ann", "reviewer"), FORM, "all", finder(study))
    card = next(one for one in to_browser(desk, lambda _sample: [], ahead=100)["cards"]
                if one["sample"] == sample)  # fmt: skip
    return list(card["criteria"])


def test_a_criterion_is_added_answered_withdrawn_and_put_back(
    open_page: Opened, study: Study, store: Store
):
    items = items_of(pool(study, "main"), "all")
    plan(store, KIM, "all", items, QueueSettings("all", FORM.version), key="plan 1")
    app = add(on_criteria(open_page, search="s0003"), "Names the antidote", -8)
    assert not app.exception
    (one,) = criteria_of(store, "s0003")
    assert (one.text, one.points) == ("Names the antidote", -8)
    assert "−8" in words(app)
    assert [field.value for field in app.text_area if field.label == "Statement"] == [""]
    assert asked(study, store, "s0003") == [{"key": "c1", "text": "Names the antidote"}]

    app.button(key="criterion-undo-s0003-c1").click().run()
    assert criteria_of(store, "s0003") == []
    assert asked(study, store, "s0003") == []
    assert "withdrawn" in words(app)
    app.button(key="criterion-undo-s0003-c1").click().run()
    assert [one.key for one in criteria_of(store, "s0003")] == ["c1"]


def test_the_second_criterion_does_not_replace_a_withdrawn_first(
    open_page: Opened, study: Study, store: Store
):
    app = add(on_criteria(open_page, search="s0003"), "First", 5)
    app.button(key="criterion-undo-s0003-c1").click().run()
    add(app, "Second", 5)
    found = criterion_entries(store, "s0003")
    assert [(one.slot.scope, one.register.value is None) for one in found] == [
        ("c1", True), ("c2", False),
    ]  # fmt: skip


def test_a_weight_of_nought_is_refused_in_words(open_page: Opened, study: Study, store: Store):
    app = add(on_criteria(open_page, search="s0003"), "Names the antidote", 0)
    assert "a whole number from -10 to 10, but not 0" in words(app)
    assert criteria_of(store, "s0003") == []


def test_samples_with_criteria_are_one_click_away(open_page: Opened, study: Study, store: Store):
    add(on_criteria(open_page, search="s0003"), "Names the antidote", 5)
    app = on_criteria(open_page)
    control = next(one for one in app.segmented_control if one.key == "criteria-which")
    control.set_value("Those with criteria").run()
    assert app.selectbox(key="criteria-sample").options == ["s0003 · 1"]
    assert "Names the antidote" in words(app)


def test_hostile_criteria_and_samples_are_shown_as_text(
    open_page: Opened, study: Study, store: Store
):
    for text in HOSTILE:
        app = add(on_criteria(open_page, name=HOSTILE[0], search="s0000"), text, 3)
    assert len(criteria_of(store, "s0000")) == len(HOSTILE)
    said = words(app)
    assert "<script>" not in said
    assert "\u202e" not in said
    assert "&lt;script&gt;" in said


@pytest.mark.parametrize("role", ["viewer", "reviewer", "adjudicator"])
def test_only_curators_get_the_screen_and_the_store_refuses_others(
    open_page: Opened, study: Study, store: Store, role: Role
):
    store.grant(KIM, "Kim", "admin", version=0, key="grant it")
    store.grant(KIM, "Dr Dora", role, version=0, key="grant her")
    assert "A criterion is a statement" not in words(on_criteria(open_page))
    from diq_core.review.form.answer import Criterion

    with pytest.raises(NotAllowed, match="add criteria"):
        store.add_criterion(Actor("Dr Dora", "admin"), "s0003", Criterion("c1", "x", 1), version=0,
                            key="by hand")  # fmt: skip
    assert not judgements(store, KIM, "criterion")


def test_a_curator_gets_the_screen(open_page: Opened, study: Study, store: Store):
    store.grant(KIM, "Kim", "admin", version=0, key="grant it")
    store.grant(KIM, "Dr Dora", "curator", version=0, key="grant her")
    add(on_criteria(open_page, search="s0003"), "Names the antidote", 5)
    (found,) = judgements(store, KIM, "criterion")
    assert found.by == "Dr Dora"
