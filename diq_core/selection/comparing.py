"""Selections side by side before anything is trained: what they share, and what each is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from diq_core.errors import BadSetting
from diq_core.selection.pool import Mask, Rows
from diq_core.selection.summary import NO_SOURCE

COLUMNS = ("id", "source", "subject", "quadrant", "length")
"""What `compare` reads of each kept sample; quadrant "Q1" to "Q4" or null, length a number."""
NO_QUADRANT = "–"


@dataclass(frozen=True, slots=True)
class Makeup:
    """What one selection is made of.

    Attributes:
        samples: how many it keeps.
        alone: ids that it keeps and no other does, in its order.
        mean_length, median_length: of response, over those that have one; None = none has.
        sources, subjects, quadrants: name → how many samples, the most frequent first.
    """

    name: str
    samples: int
    alone: tuple[str, ...]
    mean_length: float | None
    median_length: float | None
    sources: dict[str, int]
    subjects: dict[str, int]
    quadrants: dict[str, int]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two selections as sets of ids.

    Attributes:
        both: how many samples both keep.
        only_first, only_second: how many only one of the two keeps.
        jaccard: both / either, 0 to 1; 1 = the same samples.
        overlap: both / the smaller one, 0 to 1; 1 = one lies in the other.
    """

    first: str
    second: str
    both: int
    only_first: int
    only_second: int
    jaccard: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several selections compared.

    Attributes:
        in_all: how many samples every one of them keeps.
        in_any: how many at least one keeps.
        pairs: each two of them, in the order they were given.
    """

    selections: tuple[Makeup, ...]
    pairs: tuple[Pair, ...]
    in_all: int
    in_any: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """What another choice of the same samples changes: rows that come in and go out."""

    added: Rows
    removed: Rows


def compare(selections: Mapping[str, pa.Table]) -> Comparison:
    """Compare at least two selections.

    Args:
        selections: name → its kept samples with `COLUMNS`, in its order, each id once.

    Raises:
        BadSetting: there are fewer than two.
    """
    if len(selections) < 2:
        raise BadSetting(
            "Only one selection is named, so there is nothing to compare it with",
            which=", ".join(selections) or "none",
            todo="name at least two different ones",
        )
    ids = {name: set(table["id"].to_pylist()) for name, table in selections.items()}
    times = Counter(id for found in ids.values() for id in found)
    return Comparison(
        tuple(_makeup(name, table, times) for name, table in selections.items()),
        tuple(_pair(one, ids[one], two, ids[two]) for one, two in combinations(ids, 2)),
        in_all=sum(number == len(ids) for number in times.values()),
        in_any=len(times),
    )


def change(before: Mask, after: Mask) -> Change:
    """Return which rows come in and which go out from `before` to `after`, both bool[n]."""
    return Change(np.flatnonzero(after & ~before), np.flatnonzero(before & ~after))


def _makeup(name: str, table: pa.Table, times: Mapping[str, int]) -> Makeup:
    lengths = np.asarray(table["length"].to_numpy(zero_copy_only=False), dtype=np.float64)
    known = lengths[~np.isnan(lengths)]
    return Makeup(
        name,
        table.num_rows,
        tuple(id for id in table["id"].to_pylist() if times[id] == 1),
        float(known.mean()) if len(known) else None,
        float(np.median(known)) if len(known) else None,
        _counted(table["source"], NO_SOURCE),
        _counted(table["subject"], NO_SOURCE),
        _counted(table["quadrant"], NO_QUADRANT),
    )


def _pair(first: str, one: set[str], second: str, two: set[str]) -> Pair:
    both, either, smaller = len(one & two), len(one | two), min(len(one), len(two))
    return Pair(
        first, second, both, len(one) - both, len(two) - both,
        jaccard=both / either if either else 1.0, overlap=both / smaller if smaller else 1.0,
    )  # fmt: skip


def _counted(column: pa.ChunkedArray, missing: str) -> dict[str, int]:
    found = Counter(value or missing for value in column.to_pylist())
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))
