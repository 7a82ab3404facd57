"""Selections side by side: hand-counted overlaps, and what holds for any."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.errors import BadSetting, NotFound
from diq_core.managing.changes import rename
from diq_core.selection.comparing import change, compare
from diq_core.stages.selected import compare_selections, kept_of
from tests.support.studies import add_selection, full_study


def kept(ids: str, *, lengths: dict[str, float] | None = None) -> pa.Table:
    """Return the samples called by single letters; vowels are of source "v"."""
    known = lengths or {}
    return pa.table(
        {
            "id": pa.array(list(ids), pa.string()),
            "source": pa.array(["v" if id in "aeiou" else None for id in ids], pa.string()),
            "subject": pa.array(["Surgery"] * len(ids), pa.string()),
            "quadrant": pa.array(["Q1" if id < "d" else None for id in ids], pa.string()),
            "length": pa.array([known.get(id, float("nan")) for id in ids], pa.float64()),
        }
    )


def test_three_selections_counted_by_hand() -> None:
    found = compare(
        {"one": kept("abcd", lengths={"a": 2, "b": 4, "c": 12}), "two": kept("cdef"),
         "three": kept("d")}
    )  # fmt: skip
    assert (found.in_all, found.in_any) == (1, 6)
    pairs = {(pair.first, pair.second): pair for pair in found.pairs}
    first = pairs["one", "two"]
    assert (first.both, first.only_first, first.only_second) == (2, 2, 2)
    assert (first.jaccard, first.overlap) == (2 / 6, 2 / 4)
    assert (pairs["two", "three"].jaccard, pairs["two", "three"].overlap) == (1 / 4, 1.0)
    one, two, three = found.selections
    assert one.alone == ("a", "b")
    assert (two.alone, three.alone) == (("e", "f"), ())
    assert (one.mean_length, one.median_length) == (6.0, 4.0)
    assert two.mean_length is None
    assert one.sources == {"not stated": 3, "v": 1}
    assert one.quadrants == {"Q1": 3, "–": 1}
    assert one.subjects == {"Surgery": 4}


@given(st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")))
def test_the_figures_of_a_pair_fit_each_other(one: set[str], two: set[str]) -> None:
    tables = {"x": kept("".join(sorted(one))), "y": kept("".join(sorted(two)))}
    pair = compare(tables).pairs[0]
    turned = compare({"y": tables["y"], "x": tables["x"]}).pairs[0]
    assert pair.both + pair.only_first == len(one)
    assert pair.both + pair.only_second == len(two)
    assert 0 <= pair.jaccard <= pair.overlap <= 1
    assert (pair.jaccard == 1) == (one == two)
    assert (turned.both, turned.jaccard) == (pair.both, pair.jaccard)


def test_one_alone_is_compared_with_nothing() -> None:
    with pytest.raises(BadSetting, match="Only one selection.*Name at least two different ones"):
        compare({"one": kept("ab")})


def test_a_change_is_what_comes_in_and_what_goes_out() -> None:
    before, after = np.array([1, 1, 0, 0], dtype=bool), np.array([1, 0, 1, 0], dtype=bool)
    found = change(before, after)
    assert found.added.tolist() == [2]
    assert found.removed.tolist() == [1]


def test_the_command_compares_what_was_fixed_whatever_it_is_called_now(tmp_path: Path) -> None:
    study = full_study(tmp_path / "study", samples=30)
    parts = [study.find(kind) for kind in ("dataset", "difficulty", "influence")]
    add_selection(study, *parts, name="five", keep=5)
    rename(study, "dataset", "main", "ward")
    line = ["compare-selections", "main", "five", "--study", str(study.path)]
    said = json.loads(CliRunner().invoke(app, [*line, "--json"]).output)
    (pair,) = said["pairs"]
    # The best five of ten are the best five.
    assert (pair["both"], pair["only_first"], pair["only_second"]) == (5, 5, 0)
    assert (pair["jaccard"], pair["overlap"]) == (0.5, 1.0)
    assert len(said["selections"][0]["alone"]) == 5
    assert said["selections"][0]["mean_length"] > 0
    text = CliRunner().invoke(app, [*line, "--ids"]).output
    assert "5 in both, 5 and 0 in one only; Jaccard 0.500, overlap 1.000" in text
    assert text.count("only here: s") == 5
    ids = np.array(["nobody", said["selections"][0]["alone"][0]], dtype=object)
    assert kept_of(study.find("selection", "main"), ids).tolist() == [False, True]
    with pytest.raises(NotFound, match="There is no finished selection called 'none'"):
        compare_selections(study, ["main", "none"])
