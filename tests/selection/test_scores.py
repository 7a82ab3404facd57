"""Scores are aligned, finite and unique, and missing stays missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from diq_core.errors import BadFile
from diq_core.selection.scores import Scores, is_absent


def test_missing_numbers_and_texts_have_one_form_whatever_the_columns_are() -> None:
    from_lists = Scores.of(["a", "b"], [None, 2.0], [float("nan"), -1], source=["", "x"])
    from_arrow = Scores.of(
        pa.array(["a", "b"]), pa.array([None, 2.0]), pa.array([None, -1.0]), source=[None, "x"]
    )
    frame = pd.DataFrame(
        {"id": ["a", "b"], "d": [np.nan, 2], "i": [np.nan, -1], "s": [np.nan, "x"]}
    )
    from_pandas = Scores.of(frame["id"], frame["d"], frame["i"], source=frame["s"])
    for scores in (from_lists, from_arrow, from_pandas):
        np.testing.assert_array_equal(scores["difficulty"], [np.nan, 2])
        np.testing.assert_array_equal(scores["influence"], [np.nan, -1])
        assert scores.source.tolist() == [None, "x"]
        assert is_absent(scores.excluded).all()
        assert len(scores) == 2


def test_a_chunked_column_of_a_table_is_read() -> None:
    table = pa.table(
        {"id": pa.chunked_array([["a"], ["b"]]), "d": pa.chunked_array([[1.0], [None]])}
    )
    scores = Scores.of(table["id"], table["d"])
    np.testing.assert_array_equal(scores["difficulty"], [1, np.nan])


def test_callers_columns_are_not_changed() -> None:
    source = np.array(["", "x"], dtype=object)
    Scores.of(["a", "b"], source=source)
    assert source.tolist() == ["", "x"]


def test_one_giant_id_does_not_widen_the_others() -> None:
    scores = Scores.of(["a", "b" * 100_000])
    assert scores.ids.nbytes < 100


def test_repeated_ids_are_named() -> None:
    with pytest.raises(BadFile, match=r"stands for two samples \(id 'b'\)\. Give every sample"):
        Scores.of(["a", "b", "c", "b"])


def test_infinite_scores_are_named() -> None:
    with pytest.raises(BadFile, match=r"influence of 2 samples is infinite \(first: id 'b'\)"):
        Scores.of(["a", "b", "c"], influence=[0, float("inf"), float("-inf")])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"difficulty has shape \(1,\), but there are 2 ids"):
        Scores.of(["a", "b"], [1.0])


def test_wrong_types_are_refused() -> None:
    good = Scores.of(["a"])
    with pytest.raises(ValueError, match="difficulty holds int64, expected float64"):
        Scores(**{**vars(good), "columns": {"difficulty": np.array([1])}})
