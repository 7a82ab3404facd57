"""Equally good models, drawn, and what the tests and intervals of the product say of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from diq_core.evaluation.figures import CONFIDENCE
from diq_core.quality.asking import Side
from diq_core.quality.figures import Match, preference
from diq_core.statistics.intervals import Quantity, student, wilson
from diq_core.statistics.paired import Floats, paired_many
from diq_core.statistics.resampling import Bootstrap
from diq_core.statistics.significance import holm, share_p

Kind = Literal["accuracy", "loss", "skewed loss"]
KINDS: tuple[Kind, ...] = ("accuracy", "loss", "skewed loss")
LEVELS = (0.05, 0.003)
Interval = Literal[
    "accuracy (Wilson)",
    "difference of accuracies (Newcombe)",
    "mean loss (Student)",
    "difference of losses (bootstrap)",
    "difference of skewed losses (bootstrap)",
]
# p-values of tests do not depend on how many draws make the interval.
_FEW = Bootstrap(resamples=100)
_SIDES: tuple[tuple[Side, Side], ...] = (("first", "second"), ("same", "same"), ("second", "first"))


def null_pairs(
    kind: Kind, questions: int, seeds: tuple[int, int], spread: float, pairs: int, seed: int
) -> Iterator[tuple[Floats, Floats]]:
    """Yield pairs of equally good models: scores float64[seeds, questions] of each.

    Args:
        spread: standard deviation of an arm's seeds, on the scale of losses.
    """
    random = np.random.default_rng((seed, questions, *seeds))
    for _ in range(pairs):
        shared = random.normal(0.0, 0.5, questions)
        yield tuple(_arm(kind, shared, count, spread, random) for count in seeds)  # type: ignore[misc]


def _arm(
    kind: Kind, shared: Floats, count: int, spread: float, random: np.random.Generator
) -> Floats:
    """Return one arm: what a question is worth, what this arm makes of it, its seeds and noise."""
    size = (max(count, 1), len(shared))
    moved = random.normal(0.0, spread, (size[0], 1)) if count > 1 else 0.0
    own = random.normal(0.0, 0.3, len(shared))
    if kind == "accuracy":
        ease = 1 / (1 + np.exp(-2 * (shared + own + moved)))
        return np.asarray(random.random(size) < ease, dtype=np.float64)
    if kind == "skewed loss":
        own = random.exponential(0.3, len(shared)) - 0.3
    scores: Floats = 5.0 + shared + own + moved + random.normal(0.0, 0.1, size)
    return scores


def rejected(
    kind: Kind, questions: int, seeds: tuple[int, int], spread: float, pairs: int, seed: int = 0
) -> dict[float, int]:
    """Return for each level how many of `pairs` have a p-value at most as large."""
    quantity: Quantity = "share" if kind == "accuracy" else "loss"
    return _small([
        paired_many(first, second, _FEW, quantity).p
        for first, second in null_pairs(kind, questions, seeds, spread, pairs, seed)
    ])  # fmt: skip


def rejected_of_guessing(questions: int, pairs: int, seed: int = 0) -> dict[float, int]:
    """Return how many of `pairs` accuracies of blind guesses, 1 of 4, have so small a p-value."""
    random = np.random.default_rng((seed, questions))
    hits = random.binomial(questions, 0.25, pairs)
    return _small([share_p(int(each), questions, 0.25) for each in hits])


def rejected_of_preferences(
    questions: int, ties: float, pairs: int, seed: int = 0
) -> dict[float, int]:
    """Return the same of a judge who prefers neither side; `ties`: share of equal pairs."""
    random = np.random.default_rng((seed, questions))
    chances = [(1 - ties) / 2, ties, (1 - ties) / 2]
    found = []
    for drawn in random.choice(3, (pairs, questions), p=chances):
        sides = [_SIDES[each] for each in drawn]
        matches = [Match(str(place), *side) for place, side in enumerate(sides)]
        found.append(preference(matches, how=_FEW).p)
    return _small(found)


def rejected_in_a_table(
    kind: Kind, questions: int, rows: int, pairs: int, seed: int = 0
) -> dict[float, int]:
    """Return in how many of `pairs` tables any corrected p-value (Holm) of `rows` is so small."""
    quantity: Quantity = "share" if kind == "accuracy" else "loss"
    found = []
    drawn = null_pairs(kind, questions, (1, 1), 0.0, pairs * rows, seed)
    for _ in range(pairs):
        table = [paired_many(*next(drawn), _FEW, quantity).p for _ in range(rows)]
        found.append(min(holm(table)))
    return _small(found)


def missed(what: Interval, questions: int, pairs: int, seed: int = 0) -> int:
    """Return how many of `pairs` 95 % intervals do not hold the truth."""
    random = np.random.default_rng((seed, questions))
    count = 0
    for _ in range(pairs):
        low, high, truth = _interval(what, questions, random)
        count += not low <= truth <= high
    return count


def _interval(
    what: Interval, questions: int, random: np.random.Generator
) -> tuple[float, float, float]:
    if what == "accuracy (Wilson)":
        truth = float(random.choice([0.25, 0.5, 0.8]))
        hits = random.binomial(questions, truth)
        return (*wilson(hits / questions, questions, CONFIDENCE), truth)
    if what == "mean loss (Student)":
        return (*student(random.gamma(4.0, 0.5, questions), CONFIDENCE), 2.0)
    if what == "difference of accuracies (Newcombe)":
        gain = float(random.choice([0.0, 0.1, 0.2]))
        ease, luck = random.beta(2, 4, questions) * (1 - gain), random.random((2, questions))
        # On most questions related models succeed and fail together.
        other = np.where(random.random(questions) < 0.6, luck[0], luck[1])
        right = np.array([luck[0] < ease + gain, other < ease], dtype=np.float64)
        found = paired_many(right[:1], right[1:], _FEW, "share")
        return found.low, found.high, gain
    kind: Kind = "skewed loss" if "skewed" in what else "loss"
    one, other = next(null_pairs(kind, questions, (1, 1), 0.0, 1, int(random.integers(2**32))))
    found = paired_many(one, other, Bootstrap(resamples=1000), "loss")
    return found.low, found.high, 0.0


def _small(p_values: list[float]) -> dict[float, int]:
    found = np.array(p_values)
    return {level: int((found <= level).sum()) for level in LEVELS}
