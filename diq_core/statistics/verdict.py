"""When there is too little to conclude anything, in words: the same on every page and report."""

from __future__ import annotations

from collections.abc import Sequence

from diq_core.statistics.paired import Difference
from diq_core.statistics.significance import ALPHA, FEWEST_QUESTIONS, finest_p, holm

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


def corrected(
    found: Sequence[Difference], doubts: Sequence[str]
) -> tuple[list[str], list[float | None]]:
    """Return what each comparison has too little of, and its p-value corrected (Holm).

    Only comparisons that could tell something apart are tested and corrected for; None for the
    others. Which they are depends on how many questions were asked, never on the answers, so
    leaving them out is no choice after the fact.

    Args:
        doubts: what else each has too little of; "" = nothing.
    """
    alone = [doubt or too_few_questions(each) for each, doubt in zip(found, doubts, strict=True)]
    tested = sum(not doubt for doubt in alone)
    among = [
        doubt or too_few_questions(each, tested) for each, doubt in zip(found, alone, strict=True)
    ]
    p_values = iter(holm([each.p for each, doubt in zip(found, among, strict=True) if not doubt]))
    return among, [None if doubt else next(p_values) for doubt in among]


def p_cell(p: float) -> str:
    """Return a p-value as it stands in a table: "0.125", "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def adjusted_cell(p: float | None) -> str:
    """Return a corrected p-value as it stands in a table; None = there is too little to tell."""
    return "too few to tell" if p is None else p_cell(p)


def p_words(p: float, name: str = "p") -> str:
    """Return a p-value as it is said: "p = 0.125", "p < 0.001"."""
    cell = p_cell(p)
    return f"{name} {cell}" if cell.startswith("<") else f"{name} = {cell}"
