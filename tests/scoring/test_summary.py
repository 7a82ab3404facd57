from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from diq_core.scoring.summary import (
    aspect_summary,
    band_number,
    extremes,
    histogram,
    influence_summary,
    length_bands,
    missing_by_reason,
    spread_points,
)


def influence(values: list[float | None], tokens: list[int | None] | None = None) -> pa.Table:
    ids = [f"s{number}" for number in range(len(values))]
    return pa.table(
        {
            "id": ids,
            "influence": pa.array(values, pa.float64()),
            "response_tokens": pa.array(tokens or list(range(1, len(values) + 1)), pa.int32()),
            "reason": pa.array([None if v is not None else "no answer" for v in values]),
        }
    )


def test_an_aspect_is_summarised_over_the_scored_samples_only() -> None:
    chances = {
        f"p_overall_{level}": [0.2, None, 1.0 if level == 5 else 0.0] for level in range(1, 6)
    }
    found = aspect_summary(pa.table({"overall": [3.0, None, 5.0], **chances}), "overall")
    assert (found.scored, found.mean, found.median) == (2, 4.0, 4.0)
    # Equal chances count as the lowest level.
    assert found.levels == (1, 0, 0, 0, 1)
    assert sum(found.histogram.counts) == 2
    assert found.histogram.edges[0] == 1.0
    assert found.histogram.edges[-1] == 5.0


def test_an_aspect_without_any_score_is_empty() -> None:
    none = pa.array([None], pa.float32())
    table = pa.table({"overall": none, **{f"p_overall_{level}": none for level in range(1, 6)}})
    found = aspect_summary(table, "overall")
    assert found.scored == 0
    assert math.isnan(found.mean)
    assert found.levels == (0, 0, 0, 0, 0)


def test_extremes_are_ordered_and_never_overlap() -> None:
    table = pa.table({"id": ["b", "a", "c", "d"], "overall": [2.0, 2.0, None, 5.0]})
    assert extremes(table, "overall", 1) == (["d"], ["a"])
    assert extremes(table, "overall", 9) == (["d"], ["a"])
    assert extremes(table.slice(2, 1), "overall", 3) == ([], [])


def test_influence_counts_what_raises_the_loss() -> None:
    found = influence_summary(influence([-1.0, 0.0, 2.0, None]))
    assert (found.scored, found.negative, found.median) == (3, 1, 0.0)
    assert found.length_correlation == pytest.approx(1.0)
    spread = found.histogram
    assert sum(spread.counts) + spread.below + spread.above == 3


def test_no_correlation_is_invented() -> None:
    assert influence_summary(influence([1.0, 2.0])).length_correlation is None
    assert influence_summary(influence([1.0, 1.0, 1.0])).length_correlation is None
    assert influence_summary(influence([1.0, 2.0, 3.0], [5, 5, 5])).length_correlation is None
    empty = influence_summary(influence([None]))
    assert (empty.scored, empty.histogram.counts) == (0, ())


def test_bands_hold_equal_numbers_by_length() -> None:
    tokens = list(range(60, 0, -1))
    bands = length_bands(influence([*map(float, tokens), None], [*tokens, 99]))
    assert [(band.low, band.high, band.count, band.median) for band in bands] == [
        (1, 30, 30, 15.5), (31, 60, 30, 45.5)
    ]  # fmt: skip
    assert length_bands(influence([None])) == []


def test_a_band_of_few_samples_is_none() -> None:
    assert [band_number(samples) for samples in (0, 59, 60, 90, 239, 240, 10**6)] == [
        0, 0, 2, 3, 7, 8, 8,
    ]  # fmt: skip
    tokens = list(range(1, 60))
    assert length_bands(influence([*map(float, tokens)], tokens)) == []


def test_the_points_of_a_scatter_keep_the_extremes() -> None:
    values = [float((number * 7919) % 10007) for number in range(5000)]
    shown = spread_points(influence([*values, None]), limit=100)
    found = shown["influence"].to_pylist()
    assert len(found) == 100
    assert (min(found), max(found)) == (min(values), max(values))
    assert len(spread_points(influence([1.0, None, 2.0]))) == 2


def test_reasons_are_counted_commonest_first() -> None:
    table = pa.table({"reason": ["b", None, "a", "b", "c"]})
    assert list(missing_by_reason(table).items()) == [("b", 2), ("a", 1), ("c", 1)]


def test_a_histogram_counts_every_value_once() -> None:
    found = histogram(np.array([0.0, 0.5, 1.0, 2.0, -1.0]), bins=2, low=0.0, high=1.0)
    assert (found.counts, found.below, found.above) == ((1, 2), 1, 1)
    assert histogram(np.array([3.0, 3.0]), bins=4, low=3.0, high=3.0).counts == (2,)
