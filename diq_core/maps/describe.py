"""Single scores in words that need no manual.

Source: the level words are those of the rating rubric (docs/method.md); the wording is our own.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from diq_core.score import Score
from diq_core.selection.scores import Floats

Aspect = Literal["knowledge", "reasoning", "overall"]

LEVEL_WORDS: dict[Aspect, tuple[str, str, str, str, str]] = {
    "knowledge": (
        "everyday health facts",
        "core facts every medical student knows",
        "core clinical knowledge of a newly licensed doctor",
        "specialist knowledge",
        "sub-specialist knowledge that most specialists look up",
    ),
    "reasoning": (
        "recall of one fact",
        "one inference, or telling similar facts apart",
        "several findings integrated into one conclusion",
        "linked steps, or competing hypotheses to weigh",
        "a long chain with conflicting, missing or quantitative evidence",
    ),
    "overall": (
        "a careful general doctor almost never gets it wrong",
        "a careful general doctor seldom gets it wrong",
        "a careful general doctor gets it wrong about half of the time",
        "a careful general doctor usually gets it wrong",
        "a careful general doctor nearly always gets it wrong",
    ),
}


def level_words(aspect: Aspect, difficulty: float) -> str:
    """Return what the level nearest to an expected level (1 to 5, halves up) means.

    A missing score (NaN) gives "no difficulty score".
    """
    if math.isnan(difficulty):
        return "no difficulty score"
    level = min(max(math.floor(difficulty + 0.5), 1), 5)
    return f"level {level} of 5: {LEVEL_WORDS[aspect][level - 1]}"


def difficulty_words(difficulty: float, ordered: Floats) -> str:
    """Return how hard a sample is among others, e.g. "harder than 83 % of this set".

    Args:
        difficulty: its score; NaN gives "no difficulty score".
        ordered: the difficulty of the set, ascending, without NaN.
    """
    if math.isnan(difficulty):
        return "no difficulty score"
    return _place(difficulty, ordered, "harder", "hardest", "easiest")


def influence_words(influence: float, ordered: Floats) -> str:
    """Return how influential a sample is among others, e.g. "more influential than 12 % of
    this set".

    Args:
        influence: its score; NaN gives "no influence score".
        ordered: the influence of the set, ascending, without NaN.
    """
    if math.isnan(influence):
        return "no influence score"
    return _place(influence, ordered, "more influential", "most influential", "least influential")


def score_words(score: Score, value: float, ordered: Floats) -> str:
    """Return a sample's score among others, e.g. "Pass rate 0.25: lower than that of 83 % …".

    Args:
        score: what the number is.
        value: the sample's, as it is given; NaN gives "No pass rate".
        ordered: the scores of the set, oriented so that higher is better, ascending, without NaN.
    """
    if math.isnan(value):
        return score.without[:1].upper() + score.without[1:]
    oriented, than = (value, "higher") if score.best == "high" else (-value, "lower")
    most, least = ("highest", "lowest") if score.best == "high" else ("lowest", "highest")
    unit = f" {score.unit}" if score.unit else ""
    return f"{score.label} {value:.4g}{unit}: {_place(oriented, ordered, than, most, least)}"


def effect_words(influence: float) -> str:
    """Return what the sign of an influence score means."""
    if math.isnan(influence):
        return "no influence score"
    if influence == 0:
        return "a training step on it leaves the validation loss as it is"
    verb = "lowers" if influence > 0 else "raises"
    return f"a training step on it {verb} the validation loss"


def _place(value: float, ordered: Floats, more: str, most: str, least: str) -> str:
    """Say which share of the set lies strictly below, in whole percent, never rounded up."""
    below = int(np.searchsorted(ordered, value, side="left"))
    above = len(ordered) - int(np.searchsorted(ordered, value, side="right"))
    if below == 0 and above == 0:
        return "not comparable: no other value in this set"
    if above == 0:
        return f"among the {most} of this set"
    if below == 0:
        return f"among the {least} of this set"
    percent = 100 * below // len(ordered)
    return f"{more} than {percent if percent else 'less than 1'} % of this set"
