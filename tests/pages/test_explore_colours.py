"""Colours, quotas and sorting on the Explore page: set by controls, undone, kept in the address."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from diq_core.stages.joining import load_scores
from diq_core.study import Study, create_study
from pages.parts.palette import KIND_COLOURS, OTHER, QUADRANT_COLOURS, SCALE_COLOURS, UNSCORED
from tests.pages.conftest import Opened, words
from tests.pages.test_explore import PAGE, address, chosen
from tests.support.studies import add_dataset, add_difficulty, add_influence


@pytest.fixture
def study(workspace: Path) -> Study:
    """40 samples with both scores."""
    study = create_study(workspace / "a")
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    return study


def test_colours_have_a_legend_and_can_be_undone(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE)
    app.selectbox(key="explore:colour").set_value("source").run()
    said = words(app)
    assert "medmcqa" in said
    assert KIND_COLOURS[0] in said
    app.selectbox(key="explore:colour").set_value("length").run()
    assert address(app, "colour") == "length"
    assert SCALE_COLOURS[-1] in words(app)
    app.button(key="explore-undo").click().run()
    app.button(key="explore-undo").click().run()
    assert address(app, "colour") is None
    assert "diq-legend" not in words(app).replace(".diq-legend", "")
    assert not app.exception


def test_quotas_are_added_kept_refused_and_removed(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, budget="10")
    app.selectbox(key="quota-column").set_value("subject").run()
    app.text_input(key="quota-amount").set_value("2").run()
    app.button(key="quota-add").click().run()
    assert address(app, "quotas") == "subject<=2"
    assert chosen(app) == 10
    assert "over a quota" in words(app)
    app.text_input(key="explore:quotas").set_value("subject<=2; subject=Surgery>=9").run()
    assert "contradict each other: at least 9 and at most 2 samples" in words(app)
    app.button(key="quota-remove-1").click().run()
    app.button(key="explore-undo").click().run()
    assert address(app, "quotas") == "subject<=2; subject=Surgery>=9"
    assert not app.exception


def test_sorting_sorts_all_samples_and_not_the_page_that_is_shown(
    open_page: Opened, study: Study
) -> None:
    app = open_page(PAGE, panel="list", listed="all", sort="-length")
    first = app.dataframe[0].value["id"].tolist()
    app.selectbox(key="explore:sort").set_value("length").run()
    last = app.dataframe[0].value["id"].tolist()
    assert address(app, "sort") == "length"
    scores = load_scores(study.find("dataset"), None, study.find("influence"))
    rows = np.flatnonzero([why is None for why in scores.excluded])
    ordered = sorted(rows, key=lambda row: (-scores["length"][row], scores.ids[row]))
    assert first == [scores.ids[row] for row in ordered[: len(first)]]
    ordered = sorted(rows, key=lambda row: (scores["length"][row], scores.ids[row]))
    assert last == [scores.ids[row] for row in ordered[: len(last)]]


def test_every_colour_stands_out_from_both_pages_and_from_the_others() -> None:
    def linear(colour: str) -> np.ndarray:
        parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)

    def light(colour: str) -> float:
        return float(linear(colour) @ [0.2126, 0.7152, 0.0722])

    def contrast(one: str, other: str) -> float:
        high, low = sorted((light(one), light(other)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for colour in (*KIND_COLOURS, *SCALE_COLOURS, OTHER):
        assert contrast(colour, "#FFFFFF") >= 3, colour
        assert contrast(colour, "#13232B") >= 3, colour
    # Machado, Oliveira and Fernandes (2009), severity 1: red-blind, green-blind, blue-blind.
    seen_by = [np.eye(3)] + [np.array(rows) for rows in (
        [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
        [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
        [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    )]  # fmt: skip
    for eye in seen_by:
        pairs = [*itertools.combinations(KIND_COLOURS, 2),
                 *itertools.combinations(SCALE_COLOURS[::3], 2)]  # fmt: skip
        for one, other in pairs:
            apart = _lab(eye @ linear(one)) - _lab(eye @ linear(other))
            assert np.linalg.norm(apart) > 0.06, (one, other)
    assert UNSCORED not in (*KIND_COLOURS, *SCALE_COLOURS, *QUADRANT_COLOURS.values())


def _lab(linear: np.ndarray) -> np.ndarray:
    """Return a colour in Oklab (Ottosson, 2020)."""
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
    found = np.cbrt(cones @ np.clip(linear, 0, 1))
    turned = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506],
                       [0.0259, 0.7828, -0.8087]])  # fmt: skip
    made: np.ndarray = turned @ found
    return made
