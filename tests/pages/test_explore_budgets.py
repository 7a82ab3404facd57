"""What budgets come to, the histograms along the map, and the names on the map of meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diq_core.study import create_study
from pages.parts.explore.packed import pack
from tests.pages.conftest import Opened, unpacked, words
from tests.pages.test_explore import PAGE
from tests.pages.test_map import picture
from tests.support.studies import add_dataset, add_difficulty, add_influence


def test_each_measure_is_drawn_over_the_budget(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    app = open_page(PAGE, panel="curves", budget="10", quotas="subject<=40%")
    assert not app.exception
    assert "The line is the present budget: 26.3 %" in words(app)
    told = [chart.proto.spec for chart in app.get("plotly_chart")]
    for title in ("Mean difficulty", "Mean influence", "All responses", "Subjects covered",
                  "Subjects of validation tasks covered"):  # fmt: skip
        assert sum(f'"{title}' in spec for spec in told) == 1, title


def test_histograms_along_the_map_are_as_high_as_their_counts() -> None:
    across = (np.array([1, 2, 4, 0]), np.array([0, 1, 0, 0]))
    up = (np.array([7, 0]), np.array([0, 0]))
    found, _ = unpacked(pack(picture(margins=(across, up)), "box"))
    along, aside = found["margins"]
    assert [height / 0.085 for height in along[0]] == pytest.approx([0.25, 0.5, 1, 0], abs=1e-3)
    assert [height / 0.085 for height in along[1]] == pytest.approx([0, 1, 0, 0], abs=1e-3)
    # Of the chosen none lies anywhere along the second edge.
    assert aside == [[0.05, 0.0], []]
