"""How often the tests see a difference where there is none, by simulation.

    python -m benchmarks.test_size --pairs 2000

Prints one row for each kind of scores, number of questions and numbers of seeds: the share of
simulated pairs of equally good models with p at most 0.05 and at most 0.003. A test keeps its size
where the share is no larger than the level, up to what chance leaves of so many pairs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Literal

import numpy as np

from diq_core.statistics.intervals import Quantity
from diq_core.statistics.paired import Floats, paired_many
from diq_core.statistics.resampling import Bootstrap

Kind = Literal["accuracy", "loss", "skewed loss"]
KINDS: tuple[Kind, ...] = ("accuracy", "loss", "skewed loss")
LEVELS = (0.05, 0.003)
QUESTIONS = (4, 6, 8, 10, 15, 20, 21, 30, 50, 100, 200, 500)
SEEDS = ((1, 1), (3, 3), (5, 5), (3, 0), (5, 0))
"""Of first and second; 0 = the base model, which was not trained and so has no seeds."""
# How far seeds move a whole arm, beside 0.3 for a question: from not at all to as far.
_SEED_SPREADS = (0.0, 0.03, 0.1, 0.3)


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
    how = Bootstrap(resamples=100)
    p = np.array([
        paired_many(first, second, how, quantity).p
        for first, second in null_pairs(kind, questions, seeds, spread, pairs, seed)
    ])  # fmt: skip
    return {level: int((p <= level).sum()) for level in LEVELS}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=2000)
    pairs = parser.parse_args().pairs
    print(f"{pairs:,} pairs of equally good models a row\n")
    print("| scores | questions | seeds | spread of seeds | p ≤ 0.05 | p ≤ 0.003 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for kind in KINDS:
        for seeds in SEEDS:
            for questions in QUESTIONS if seeds == (1, 1) else (10, 50, 200):
                for spread in _SEED_SPREADS if max(seeds) > 1 else (0.0,):
                    found = rejected(kind, questions, seeds, spread, pairs)
                    shares = " | ".join(f"{found[level] / pairs:.4f}" for level in LEVELS)
                    named = f"{seeds[0]} : {seeds[1] or 'base'}"
                    print(f"| {kind} | {questions} | {named} | {spread:g} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
