"""What a person does on the Explore page beside turning knobs: place, undo, go back, compare."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from diq_core.cli import app as diq
from diq_core.jobs import control
from diq_core.jobs.order import Order
from diq_core.study import Study, create_study
from pages.parts.explore.dots import row_in
from pages.parts.explore.history import Steps
from pages.parts.explore.state import View, query_of, view_of
from tests.pages.conftest import ROOT, Opened, words
from tests.pages.test_explore import PAGE, address, chosen
from tests.support.studies import add_dataset, add_difficulty, add_influence, add_selection


@pytest.fixture
def study(workspace: Path) -> Study:
    """40 samples with both scores, of which a selection keeps 4 and a later one 10."""
    study = create_study(workspace / "a")
    dataset = add_dataset(study)
    parts = dataset, add_difficulty(study, dataset), add_influence(study, dataset)
    add_selection(study, *parts, name="a-four", keep=4)
    add_selection(study, *parts, name="b-ten", keep=10)
    return study


def test_placing_changing_undoing_and_redoing(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, budget="12", panel="list", listed="added")
    assert "12" in words(app)
    assert "2 samples, best first" in words(app)
    app = open_page(PAGE, budget="12", panel="sample", sample="s0001")
    app.button(key="place-take out").click().run()
    assert address(app, "out") == '["s0001"]'
    assert "taken out" in words(app)
    app.button(key="place-put in").click().run()
    assert (address(app, "in"), address(app, "out")) == ('["s0001"]', None)
    app.segmented_control(key="explore:panel").set_value("summary").run()
    assert chosen(app) == 12
    app.segmented_control(key="explore:rule").set_value("weight").run()
    for _ in range(3):
        app.button(key="explore-undo").click().run()
    assert (address(app, "in"), address(app, "out"), address(app, "rule")) == (None, None, None)
    assert app.button(key="explore-undo").disabled
    for _ in range(3):
        app.button(key="explore-redo").click().run()
    assert (address(app, "in"), address(app, "rule")) == ('["s0001"]', "weight")
    assert app.button(key="explore-redo").disabled
    assert not app.exception


def test_a_knob_that_was_turned_before_this_server_drew_it_is_taken(
    open_page: Opened, study: Study
) -> None:
    app = AppTest.from_file(str(ROOT / "overview.py"), default_timeout=30).switch_page(PAGE)
    # A page of the server before was turned as it found this one.
    app.session_state["explore:scale"] = "ranks"
    app.run()
    assert app.segmented_control(key="explore:scale").value == "ranks"
    assert address(app, "scale") == "ranks"
    assert not app.exception


def test_the_choice_beside_the_selection_that_was_fixed_last(
    open_page: Opened, study: Study
) -> None:
    app = open_page(PAGE, budget="7")
    assert "+0 in, −3 out" in words(app)
    assert "b-ten" in words(app)
    assert "explore-added" not in [button.key for button in app.button]
    app.button(key="explore-compare").click().run()
    said = words(app)
    for text in ("a-four · b-ten", "Jaccard", "mean length", "Pharmacology"):
        assert text in said
    app.button(key="explore-removed").click().run()
    assert address(app, "listed") == "removed"
    assert "3 samples, best first" in words(app)


def test_placements_stand_in_the_address_and_those_of_other_samples_are_dropped(
    open_page: Opened, study: Study
) -> None:
    view = View(put_in=("a,b", 'ü"'), taken_out=("c",))
    assert view_of(query_of(view)) == view
    assert view_of({"in": "a", "out": '[1, "x"]'}) == View()
    app = open_page(PAGE, **{"in": '["of another dataset"]'})
    assert "of another dataset" in words(app)
    assert chosen(app.run()) == 4


def test_going_back_in_the_browser_is_a_step_back() -> None:
    steps = Steps()
    views = [View(), View(weight=0.2), View(weight=0.2, budget="5%")]
    for view in views:
        steps.follow(view)
    steps.arrive(View(weight=0.2, panel="list"))
    assert steps.at == 1
    assert steps.go(1) == views[2]
    assert steps.go(1) is None
    steps.arrive(View())
    assert steps.at == 0
    assert steps.go(1) == View(weight=0.2, panel="list")
    steps.follow(View(strategy="random"))
    assert (steps.at, len(steps.views)) == (2, 3)
    assert steps.go(-1) == View(weight=0.2, panel="list")
    steps.arrive(View(weight=0.9))
    assert steps.go(-1) == View(weight=0.2, panel="list")


def test_setting_by_hand_what_was_set_before_is_a_step_too() -> None:
    steps = Steps()
    for weight in (0.5, 0.2, 0.5):
        steps.follow(View(weight=weight))
    assert steps.go(-1) == View(weight=0.2)
    assert steps.go(1) == View(weight=0.5)


def test_what_is_found_is_listed_marked_and_placed(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, find="finding", where="reasoning=yes; length>=100", budget="5",
                    marks="yes")  # fmt: skip
    number = re.search(r"\*\*(\d+) samples\*\* found", words(app))
    assert number is not None
    assert 0 < int(number[1]) < 38
    app.button(key="explore-list-found").click().run()
    assert f"{number[1]} samples, best first" in words(app)
    app.button(key="place-all-take out").click().run()
    assert not app.exception
    assert len(json.loads(address(app, "out") or "[]")) == int(number[1])
    app.text_input(key="explore:where").set_value("nothing=1").run()
    assert "There is no column" in words(app)
    app.text_input(key="explore:where").set_value("").run()
    app.button(key="explore-clear").click().run()
    assert (address(app, "find"), address(app, "where")) == (None, None)


def test_a_filter_is_what_is_drawn_listed_and_chosen_from_and_can_be_undone(
    open_page: Opened, study: Study
) -> None:
    app = open_page(PAGE, budget="50%")
    assert chosen(app) == 19
    app.multiselect(key="filter-source-").set_value(["medmcqa", "medquad"]).run()
    assert address(app, "where") == "source=medmcqa|medquad"
    number = int(re.search(r"\*\*(\d+) samples\*\* fit the filter", words(app))[1])  # type: ignore[index]
    assert 20 < number < 30
    assert chosen(app) == round(number / 2 + 0.1)
    app.button(key="explore-list-found").click().run()
    assert f"{number} samples, best first" in words(app)
    app.selectbox(key="filter-column").set_value("length").run()
    app.text_input(key="filter-length-source=medmcqa|medquad-From").set_value("60").run()
    assert address(app, "where") == "source=medmcqa|medquad; length>=60"
    app.text_input(key="explore:find").set_value("sign").run()
    app.button(key="explore-undo").click().run()
    app.button(key="explore-undo").click().run()
    assert (address(app, "where"), address(app, "find")) == ("source=medmcqa|medquad", None)
    app.text_input(key="explore:where").set_value("length=long").run()
    assert "is a number, and" in words(app)
    assert not app.exception
    app.button(key="explore-unfilter").click().run()
    assert (address(app, "where"), address(app, "find")) == (None, None)


def test_a_dot_opens_its_sample_whatever_the_browser_says() -> None:
    rows = np.array([3, 8, 9])
    assert (row_in(8, rows), row_in(9.0, rows)) == (8, 9)
    for wrong in (None, "8", 4, -1, 8.5, [8], float("nan"), 10**30, {"x": 8}, True):
        assert row_in(wrong, rows) is None


def test_a_part_of_the_map_is_looked_at_only_between_its_own_axes() -> None:
    app = AppTest.from_function(_look)
    app.run()
    assert [each.value for each in app.markdown] == [
        "Box(left=0.0, right=1.0, bottom=2.0, top=3.5)", "None", "None", "None", "None",
    ]  # fmt: skip


def _look() -> None:
    import streamlit as st

    from pages.parts.explore.dots import look, looked_at

    look("map", "frame", [0, 1, 2, 3.5])
    st.markdown(str(looked_at("map", "frame")))
    st.markdown(str(looked_at("map", "another")))
    for said in ([], [1, 0, 0, 1], [0, float("nan"), 0, 1]):
        look("map", "frame", said)
        st.markdown(str(looked_at("map", "frame")))


def test_what_was_placed_stays_when_the_budget_has_no_room_for_it(
    open_page: Opened, study: Study
) -> None:
    placed = json.dumps([f"s00{number}" for number in range(10, 16)])
    app = open_page(PAGE, **{"in": placed}, budget="12")
    assert chosen(app) == 12
    app.number_input(key="explore:amount").set_value(4.0).run()
    assert "6 samples are put in by hand, but the budget keeps 4" in words(app)
    assert address(app, "in") == placed
    app.button(key="explore-undo").click().run()
    assert chosen(app) == 12


def test_two_people_fix_different_selections_under_one_name(
    open_page: Opened, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_now(study: Study, order: Order) -> None:
        diq(order.command(study), standalone_mode=False)

    monkeypatch.setattr(control, "start", make_now)
    first, second = open_page(PAGE, budget="5"), open_page(PAGE, budget="6", out='["s0011"]')
    third = open_page(PAGE, budget="5")
    for person in (first, second, third):
        named = next(one for one in person.text_input if one.label == "Name")
        named.set_value("ours").run()
    first.button(key="explore-fix").click().run()
    assert "The selection 'ours' is fixed" in first.success[0].value
    # Another one is refused in words; what this person chose and placed is still there.
    second.button(key="explore-fix").click().run()
    assert "There is another selection called 'ours' already" in unescape(words(second))
    assert (chosen(second), address(second, "out")) == (6, '["s0011"]')
    # The same one is the same one, and is not this person's to take back.
    third.button(key="explore-fix").click().run()
    assert "was fixed before, with exactly these samples" in third.success[0].value
    assert not [one for one in third.button if one.key == "explore-unfix"]
    assert study.find("selection", "ours").manifest["counts"]["kept"] == 5


def test_who_comes_second_in_the_same_moment_is_told(
    open_page: Opened, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def others_were_faster(study: Study, order: Order) -> None:
        faster = replace(order, settings={**order.settings, "budget": "9"})
        diq(faster.command(study), standalone_mode=False)

    monkeypatch.setattr(control, "start", others_were_faster)
    app = open_page(PAGE, budget="7", out='["s0011"]')
    app.button(key="explore-fix").click().run()
    said = unescape(words(app))
    assert "Meanwhile another selection was fixed under the name 'diq-7-placed'" in said
    assert (chosen(app), address(app, "out")) == (7, '["s0011"]')
