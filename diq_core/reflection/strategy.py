"""How a chain goes on whose conclusion is wrong: drawn by lot, the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

STRATEGIES: Mapping[str, str] = {
    "explore": "Explore another path: take up a line of thought that has not been followed yet.",
    "verify": "Verify again: go through the steps one by one and see which does not hold.",
    "correct": "Correct: name the mistake that you find most likely, and put it right.",
    "back": "Go back: return to an earlier step, say which, and think on from there another way.",
}
"""What a teacher is told, by the strategy's name.

Source: the four of HuatuoGPT-o1; the words are ours.
"""
_ONLY_LATER = ("back",)


def strategy_for(sample: str, *, seed: int, attempt: int, correction: int) -> str:
    """Return by which strategy a chain goes on.

    Args:
        sample: its id.
        correction: from 1; going back has a meaning from the second on only.
    """
    open_to = [each for each in STRATEGIES if correction > 1 or each not in _ONLY_LATER]
    return open_to[_number(sample, seed, attempt, correction, "strategy") % len(open_to)]


def seed_for(sample: str, *, seed: int, attempt: int, correction: int, what: str = "") -> int:
    """Return the seed of one request, from 0 to 2³¹ - 1: no two of a sample's are the same draw."""
    return _number(sample, seed, attempt, correction, f"request {what}") % 2**31


def _number(*facts: object) -> int:
    text = "\0".join(map(str, facts))
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])
