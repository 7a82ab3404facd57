"""Which colour each sample gets by what stands in a column: kinds with a legend, or a scale."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

KINDS = 7
"""Kinds that have a colour of their own; the others share one."""
STEPS = 7
"""Steps of a scale."""
NOTHING, OTHER = 0, -1


@dataclass(frozen=True, eq=False)
class Coding:
    """The colours of n samples.

    Attributes:
        code: int8[n]; 0 = nothing stands there, 1 to k = that entry of `names`.
        names: of kinds, the most frequent first, or the steps of a scale from low to high.
        counts: how many samples each has.
        missing: how many have nothing there.
        other: how many kinds share the last entry, called ""; 0 = none do.
        is_scale: whether it is a scale of numbers.
    """

    code: NDArray[np.int8]
    names: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int
    other: int = 0
    is_scale: bool = False


def coded(column: pa.Array) -> Coding:
    """Return the colours by a column: numbers on a scale, anything else by kind."""
    if pa.types.is_boolean(column.type):
        return kinds(pc.if_else(column, "yes", "no"))
    if pa.types.is_string(column.type):
        return kinds(column)
    return scale(np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False)))


def kinds(column: pa.Array, most: int = KINDS) -> Coding:
    """Return colours by kind; beyond the `most` frequent ones (equal ones by name) they share one.

    Args:
        column: texts; null and "" = nothing.
    """
    encoded = column.fill_null("").dictionary_encode()
    names = encoded.dictionary.to_pylist()
    code = np.asarray(encoded.indices.to_numpy(zero_copy_only=False))
    counts = np.bincount(code, minlength=len(names))
    ordered = sorted((place for place, name in enumerate(names) if name),
                     key=lambda place: (-counts[place], names[place]))  # fmt: skip
    own = ordered if len(ordered) <= most + 1 else ordered[:most]
    number = np.full(len(names), len(own) + 1, dtype=np.int8)
    number[own] = np.arange(1, len(own) + 1)
    number[[place for place, name in enumerate(names) if not name]] = NOTHING
    rest = len(ordered) - len(own)
    coded = number[code]
    found = np.bincount(coded, minlength=len(own) + 2)
    return Coding(
        coded,
        (*(names[place] for place in own), *([""] if rest else [])),
        tuple(found[1 : len(own) + (2 if rest else 1)].tolist()),
        int(found[0]),
        rest,
    )


def scale(values: NDArray[np.float64], steps: int = STEPS) -> Coding:
    """Return colours on a scale of steps that hold about equally many of the different places.

    Equal numbers have equal colours, so there may be fewer steps; a far outlier takes no more of
    the scale than its rank.

    Args:
        values: float64[n], NaN = nothing.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return Coding(np.zeros(len(values), np.int8), (), (), len(values), is_scale=True)
    ends = np.unique(np.quantile(known, np.arange(1, steps) / steps, method="higher"))
    ends = ends[ends > known.min()]
    code = np.where(np.isnan(values), NOTHING, np.searchsorted(ends, values, side="right") + 1)
    bounds = [float(known.min()), *ends.tolist(), float(known.max())]
    names = tuple(f"{low:.3g} to {high:.3g}" for low, high in pairwise(bounds))
    found = np.bincount(code, minlength=len(names) + 1)
    return Coding(
        code.astype(np.int8), names, tuple(found[1:].tolist()), int(found[0]), is_scale=True
    )
