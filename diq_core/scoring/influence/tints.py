"""Influence within one sample for the eye: how strongly a token or a step is tinted, and in words.

Source: our own; what is strong is relative to the sample, so tints of two samples cannot be
compared, and numbers can.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

STRONGEST = 4
"""Levels of a tint on either side of none."""
_FAINT = 0.05
"""Share of the strongest term below which nothing is tinted."""
_MOST_TASKS = 3


def tints(terms: Sequence[float]) -> list[int]:
    """Return the level of each term: −4 (hurts most) … 0 (next to nothing) … 4 (helps most).

    A level is the quarter that a term reaches of the largest absolute term.
    """
    largest = max(map(abs, terms), default=0.0)
    return [_level(term, largest) for term in terms]


def _level(term: float, largest: float) -> int:
    if not largest or abs(term) < _FAINT * largest:
        return 0
    level = min(math.ceil(STRONGEST * abs(term) / largest), STRONGEST)
    return level if term > 0 else -level


def effect(influence: float) -> str:
    """Return what an influence does, in a word."""
    if influence == 0:
        return "does nothing"
    return "helps" if influence > 0 else "hurts"


def share_words(influence: float, all_of_them: Sequence[float]) -> str:
    """Return which part of all that helps, or of all that hurts, an influence is.

    Args:
        all_of_them: the influences of which it is one.
    """
    whole = sum(abs(each) for each in all_of_them if each * influence > 0)
    if not whole:
        return effect(influence)
    percent = round(100 * abs(influence) / whole)
    verb = effect(influence)
    return f"{verb}: {percent if percent else 'under 1'} % of what {verb}"


def task_words(tasks: Mapping[str, float]) -> str:
    """Return which validation tasks a sample helps and which it hurts, the strongest first.

    Args:
        tasks: task → influence on its questions; NaN = not measured.

    Returns:
        E.g. ``"helps Pharmacology and Neurology, hurts Paediatrics"``; "" where there are none.
    """
    parts = []
    for verb, sign in (("helps", 1), ("hurts", -1)):
        found = sorted((-sign * value, task) for task, value in tasks.items() if sign * value > 0)
        if found:
            parts.append(f"{verb} {_listed([task for _, task in found])}")
    return ", ".join(parts)


def _listed(tasks: Sequence[str]) -> str:
    more = len(tasks) - _MOST_TASKS
    shown = [*tasks[:_MOST_TASKS], f"{more} more"] if more > 0 else list(tasks)
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
