"""The chosen beside the pool."""

from __future__ import annotations

import math

import numpy as np

from diq_core.selection.pool import Pool
from diq_core.selection.scores import Scores
from diq_core.selection.summary import NO_SOURCE, SourceCount, by_source, means, percent_below


def test_means_leave_missing_scores_out() -> None:
    columns = {
        "difficulty": np.array([1.0, np.nan, 3.0, 100.0]),
        "influence": np.array([np.nan, np.nan, np.nan, 1.0]),
        "length": np.array([10.0, 20.0, 30.0, 1.0]),
    }
    found = means(columns, np.array([True, True, True, False]))
    assert (found.samples, found.of["difficulty"], found.of["length"]) == (3, 2.0, 20.0)
    assert math.isnan(found.of["influence"])


def test_means_of_nothing() -> None:
    none = np.zeros(2, bool)
    found = means({"difficulty": np.ones(2)}, none)
    assert found.samples == 0
    assert math.isnan(found.of["difficulty"])


def test_sources_largest_first_then_by_name() -> None:
    pool = Pool(
        Scores.of(
            map(str, range(6)), source=["b", "a", None, "b", "a", "c"], excluded=[None] * 5 + ["x"]
        )
    )
    chosen = np.array([True, False, True, False, False, True])
    assert by_source(pool, chosen) == [
        SourceCount("a", 2, 0),
        SourceCount("b", 2, 1),
        SourceCount(NO_SOURCE, 1, 1),
    ]


def test_percent_below_is_strict_and_rounded_down() -> None:
    ordered = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 5.0])
    assert percent_below(np.array([0.0, 1.0, 2.0, 9.0]), ordered).tolist() == [0, 0, 16, 100]
