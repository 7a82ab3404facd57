"""Texts that share rare words are near; a word that all share counts nothing."""

from __future__ import annotations

import pytest

from diq_core.data.nearest import nearest

OTHERS = [
    "What treats acute gout?",
    "What treats chronic heart failure?",
    "What causes gout, and what treats acute gout?",
    "What is the capital of France?",
]


def test_rare_words_decide_and_the_likest_comes_first() -> None:
    found = nearest("What drug is best in acute gout?", OTHERS, most=3)
    assert [each.place for each in found] == [0, 2, 3]
    assert set(found[0].shared) == {"acute", "gout"}
    # "what" is in every text, so it is no reason; "is" is in one.
    assert found[2].shared == ("is",)
    assert all("what" not in each.shared for each in found)


def test_the_same_words_have_likeness_one_and_none_in_common_is_not_near() -> None:
    [found, *_] = nearest("chronic heart failure: what treats?", OTHERS, most=1)
    assert found.likeness == pytest.approx(1.0)
    assert nearest("Ophthalmoplegia", OTHERS, most=3) == []
    assert nearest("", OTHERS, most=3) == nearest("a", [], most=3) == []


def test_ties_go_by_place() -> None:
    found = nearest("gout", ["gout x", "heart y", "gout z"], most=3)
    assert [each.place for each in found] == [0, 2]
