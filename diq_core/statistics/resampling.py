"""Drawing again: every bootstrap here takes its draws from this module, by seed and in blocks.

What is drawn are places: of questions, of samples with all their ratings, of seeds. The same seed
gives the same draws, whatever the size of a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CELLS = 4_000_000
"""Largest number of cells (draws times items) that is held at once."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are made.

    Attributes:
        resamples: how many times the items are drawn again.
        seed: of the drawing.
        confidence: of the interval, e.g. 0.95.
    """

    resamples: int = 2000
    seed: int = 0
    confidence: float = 0.95


DEFAULT = Bootstrap()


def blocks(total: int, width: int) -> Iterator[range]:
    """Cut `total` rows of `width` cells into ranges that fit the memory."""
    size = max(1, _CELLS // max(width, 1))
    for start in range(0, total, size):
        yield range(start, min(start + size, total))


def drawn_rows(count: int, how: Bootstrap, *, width: int = 0) -> Iterator[Ints]:
    """Yield the drawn places, block by block: int64[draws, count], each 0 to `count` − 1.

    Args:
        width: cells that the caller makes of one draw, where these are more than `count`.
    """
    random = np.random.default_rng(how.seed)
    for block in blocks(how.resamples, max(width, count)):
        yield random.integers(count, size=(len(block), count))


def drawn_times(count: int, resamples: int, random: np.random.Generator) -> Floats:
    """Return how often each of `count` items was drawn: float64[resamples, count]."""
    return random.multinomial(count, np.full(count, 1 / count), size=resamples).astype(float)


@lru_cache(maxsize=8)
def drawn_weights(count: int, resamples: int, seed: int, stream: int) -> Floats:
    """Return the weight of each item in each draw: float64[resamples, count], rows sum to 1.

    Deviations from 1/n are widened by √(n/(n−1)): plain draws vary too little where n is small.

    Args:
        stream: tells independent draws of one seed apart, e.g. those of questions and of seeds.
    """
    times = drawn_times(count, resamples, np.random.default_rng((seed, stream, count)))
    weights: Floats = 1 / count + (times / count - 1 / count) * np.sqrt(count / (count - 1))
    weights.flags.writeable = False
    return weights
