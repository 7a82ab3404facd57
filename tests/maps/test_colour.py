"""Colours by a column: a legend that has an end, and a scale that equal numbers share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from diq_core.maps.colour import coded, kinds, scale


def test_the_most_frequent_kinds_have_colours_of_their_own() -> None:
    found = kinds(pa.array(["b", "a", "b", None, "c", "d", "", "a", "e"]), most=2)
    # Equally frequent ones by name; the others share the last colour.
    assert found.names == ("a", "b", "")
    assert found.code.tolist() == [2, 1, 2, 0, 3, 3, 0, 1, 3]
    assert (found.counts, found.missing, found.other) == ((2, 2, 3), 2, 3)
    # A single further kind needs no "other".
    assert kinds(pa.array(["a", "b", "c"]), most=2).names == ("a", "b", "c")


def test_answers_and_numbers() -> None:
    yes = coded(pa.array([True, False, True, None]))
    assert (yes.names, yes.code.tolist()) == (("yes", "no"), [1, 2, 1, 0])
    numbers = coded(pa.array([5, 1, None, 9], pa.int64()))
    assert numbers.is_scale
    assert numbers.code[2] == 0
    assert numbers.code[1] < numbers.code[0] < numbers.code[3]
    assert coded(pa.array([None, None], pa.float64())).names == ()
    assert scale(np.array([3.0, 3.0])).names == ("3 to 3",)


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1))
def test_a_scale_keeps_the_order_of_numbers(values: list[float]) -> None:
    found = scale(np.array(values))
    pairs = sorted((value, code) for value, code in zip(values, found.code.tolist(), strict=True)
                   if value == value)  # fmt: skip
    assert [code for _, code in pairs] == sorted(code for _, code in pairs)
    assert len({code for value, code in pairs}) <= len({value for value, _ in pairs})
    assert sum(found.counts) + found.missing == len(values)
    assert len(found.names) <= 7
