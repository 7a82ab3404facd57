"""The value at one place of many numbers, without sorting or moving all of them."""

from __future__ import annotations

import math

import numpy as np

from diq_core.selection.scores import Floats

_MANY = 50_000
"""From so many on, looking at a few first is faster."""
_FEW = 8192
_SURE = 4.0
"""Standard errors that a guess may be off before all numbers are looked at."""


def nth(values: Floats, place: int) -> float:
    """Return the value that stands at a place once all are in ascending order.

    A few of the values say between which two it most likely lies; only what lies between these is
    then looked at (Floyd and Rivest, 1975). Where the guess was wrong, all are.

    Args:
        values: float64[n], without NaN.
        place: 0 to n - 1.
    """
    near, at = _near(values, place)
    return float(np.partition(near, at)[at])


def nth_and_next(values: Floats, place: int) -> tuple[float, float]:
    """Return the values at a place and at the next one, see `nth`.

    Args:
        values: float64[n], without NaN.
        place: 0 to n - 2.
    """
    near, at = _near(values, place)
    if at + 1 == len(near):
        near, at = values, place
    # One place at a time is several times faster than two.
    found = np.partition(near, at)
    return float(found[at]), float(found[at + 1 :].min())


def _near(values: Floats, place: int) -> tuple[Floats, int]:
    """Return as few of the values as possible, none left out that lies between two of them, and
    the place among these."""
    if len(values) < _MANY:
        return values, place
    few = np.sort(values[:: len(values) // _FEW])
    share = place / len(values)
    guess, error = share * len(few), _SURE * math.sqrt(len(few) * share * (1 - share)) + 1
    first, last = math.floor(guess - error), math.ceil(guess + error)
    low = few[first] if first >= 0 else -np.inf
    high = few[last] if last < len(few) else np.inf
    at = place - int(np.count_nonzero(values < low))
    near = values[(values >= low) & (values <= high)]
    return (near, at) if 0 <= at < len(near) else (values, place)
