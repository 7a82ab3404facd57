"""When there is too little to conclude anything, in words: the same on every page and report."""

from __future__ import annotations

from diq_core.statistics.paired import Difference
from diq_core.statistics.significance import ALPHA, FEWEST_QUESTIONS, finest_p

FEWEST_SEEDS = 3
"""Fewest training runs from which anything is concluded about how a model was trained. One run
says nothing of how much a result depends on the seed, and two next to nothing: their spread is
one number."""


def too_few_questions(found: Difference, comparisons: int = 1) -> str:
    """Return why no data on so few questions could tell two models apart; "" = they could.

    Args:
        comparisons: for how many the p-value is corrected.
    """
    if found.questions < FEWEST_QUESTIONS:
        return f"at least {FEWEST_QUESTIONS} questions are needed"
    finest = finest_p(found.questions, binary=found.test == "mcnemar")
    if finest * comparisons < ALPHA:
        return ""
    return (
        f"whatever the answers are, {found.questions} questions give no smaller p than "
        f"{finest:.2g}, and corrected for {comparisons} comparisons that is not below {ALPHA:g}"
    )


def too_few_seeds(seeds: int) -> str:
    """Return why so few training runs show nothing about the way of training; "" = enough."""
    if seeds >= FEWEST_SEEDS:
        return ""
    return f"{seeds} seed{'' if seeds == 1 else 's'}, at least {FEWEST_SEEDS} are needed"


def p_cell(p: float) -> str:
    """Return a p-value as it stands in a table: "0.125", "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def p_words(p: float, name: str = "p") -> str:
    """Return a p-value as it is said: "p = 0.125", "p < 0.001"."""
    cell = p_cell(p)
    return f"{name} {cell}" if cell.startswith("<") else f"{name} = {cell}"
