"""Scores in words never claim more than the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from diq_core.maps.describe import (
    LEVEL_WORDS,
    difficulty_words,
    effect_words,
    influence_words,
    level_words,
)

SET = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 5.0])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.0, "among the easiest of this set"),
        (2.0, "harder than 16 % of this set"),
        (4.0, "harder than 66 % of this set"),
        (5.0, "among the hardest of this set"),
        (4.5, "harder than 83 % of this set"),
        (float("nan"), "no difficulty score"),
    ],
)
def test_place_in_the_set(value: float, words: str) -> None:
    assert difficulty_words(value, SET) == words


def test_influence_has_its_own_words() -> None:
    assert influence_words(2.5, SET) == "more influential than 50 % of this set"
    assert influence_words(-9.0, SET) == "among the least influential of this set"
    assert influence_words(float("nan"), SET) == "no influence score"


def test_less_than_one_percent_is_not_called_zero() -> None:
    assert difficulty_words(1, np.arange(1000.0)) == "harder than less than 1 % of this set"
    assert difficulty_words(998, np.arange(1000.0)) == "harder than 99 % of this set"


def test_without_others_there_is_no_comparison() -> None:
    for ordered in (np.array([]), np.array([3.0]), np.full(5, 3.0)):
        assert difficulty_words(3.0, ordered) == "not comparable: no other value in this set"


@pytest.mark.parametrize(
    ("value", "level"), [(1.0, 1), (1.49, 1), (2.5, 3), (4.5, 5), (5.0, 5), (0.2, 1), (6.0, 5)]
)
def test_the_nearest_level_is_named(value: float, level: int) -> None:
    for aspect, words in LEVEL_WORDS.items():
        assert level_words(aspect, value) == f"level {level} of 5: {words[level - 1]}"
        assert level_words(aspect, float("nan")) == "no difficulty score"


def test_the_sign_of_influence_in_words() -> None:
    assert effect_words(1e-9) == "a training step on it lowers the validation loss"
    assert effect_words(-1e-9) == "a training step on it raises the validation loss"
    assert effect_words(0.0) == "a training step on it leaves the validation loss as it is"
    assert effect_words(float("nan")) == "no influence score"
