"""Tints and words for influence within a sample, worked by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.scoring.influence.tints import STRONGEST, effect, share_words, task_words, tints


def test_a_tint_is_the_quarter_of_the_strongest_term() -> None:
    assert tints([8.0, 4.0, 4.1, 2.0, -2.1, -8.0, 0.3, 0.0]) == [4, 2, 3, 1, -2, -4, 0, 0]
    assert tints([]) == []
    assert tints([0.0, 0.0]) == [0, 0]


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-9), min_size=1))
def test_tints_keep_sign_and_order(terms: list[float]) -> None:
    found = tints(terms)
    assert all(level * term >= 0 and abs(level) <= STRONGEST
               for level, term in zip(found, terms, strict=True))  # fmt: skip
    ordered = sorted(zip(terms, found, strict=True))
    assert all(one[1] <= other[1] for one, other in pairwise(ordered))
    assert tints([-term for term in terms]) == [-level for level in found]


def test_shares_are_of_what_does_the_same() -> None:
    every = [3.0, 1.0, -1.0, -0.001, 0.0]
    assert share_words(3.0, every) == "helps: 75 % of what helps"
    assert share_words(-0.001, every) == "hurts: under 1 % of what hurts"
    assert share_words(0.0, every) == effect(0.0) == "does nothing"


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ({"Pharmacology": 0.2, "Paediatrics": -0.1}, "helps Pharmacology, hurts Paediatrics"),
        ({"A": 1.0, "B": 3.0, "C": -1.0}, "helps B and A, hurts C"),
        ({"A": 1.0, "B": 2.0, "C": 3.0, "D": 4.0, "E": 5.0}, "helps E, D, C and 2 more"),
        ({"A": 0.0, "B": float("nan")}, ""),
        ({}, ""),
    ],
)
def test_tasks_are_told_in_words(tasks: dict[str, float], words: str) -> None:
    assert task_words(tasks) == words
