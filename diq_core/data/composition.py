"""What a dataset is made of, in numbers: for the dataset page and the datasheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diq_core.data.lengths import column_unit, text_lengths
from diq_core.data.text import WORDS

if TYPE_CHECKING:
    import pyarrow as pa

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_BINS = 40
UNSTATED = "not stated"


@dataclass(frozen=True)
class Lengths:
    """Lengths of one text field over the samples that have it.

    Attributes:
        count: samples that have the field.
        mean, smallest, largest: 0 when no sample has it.
        quantiles: share → length, for `QUANTILES`.
        edges: borders of the histogram's bins, one more than `bins`; the last bin reaches to the
            largest, the others to the 99th percentile.
        bins: samples in each bin.
        unit: what is counted, in words for a person.
    """

    count: int
    mean: float
    smallest: int
    largest: int
    quantiles: dict[float, float]
    edges: tuple[float, ...]
    bins: tuple[int, ...]
    unit: str = WORDS


@dataclass(frozen=True)
class Composition:
    """Counts of a dataset. Every (name, count) list is sorted by count, then name.

    Attributes:
        samples: how many are counted here.
        excluded: how many are left out by default (counted or not, see `compose`).
        sources, subjects, licences, files: (name, samples).
        with_reasoning, with_options, with_images, with_context, with_history: samples that have
            at least one.
        images: distinct image files.
        lengths: "question", "reasoning", "answer" → their lengths.
    """

    samples: int
    excluded: int
    sources: list[tuple[str, int]]
    subjects: list[tuple[str, int]]
    licences: list[tuple[str, int]]
    files: list[tuple[str, int]]
    with_reasoning: int
    with_options: int
    with_images: int
    with_context: int
    with_history: int
    images: int
    lengths: dict[str, Lengths]


def compose(table: pa.Table, *, excluded: bool = False) -> Composition:
    """Return the composition of a table of samples.

    Args:
        excluded: also count the samples that are left out by default.
    """
    import pyarrow.compute as pc

    left_out = table.num_rows - int(pc.sum(pc.is_null(table["excluded"])).as_py() or 0)
    if not excluded:
        table = table.filter(pc.is_null(table["excluded"]))
    return Composition(
        samples=table.num_rows,
        excluded=left_out,
        sources=_value_counts(table["source"]),
        subjects=_value_counts(table["subject"]),
        licences=_value_counts(table["licence"]),
        files=_value_counts(table["file"]),
        with_reasoning=_filled(table["reasoning"]),
        with_options=_listed(table["options"]),
        with_images=_listed(table["images"]),
        with_context=_filled(table["context"]),
        with_history=_listed(table["history"]),
        images=len(pc.unique(pc.list_flatten(table["images"]))),
        lengths={name: _lengths(table[name]) for name in ("question", "reasoning", "answer")},
    )


def _value_counts(column: pa.ChunkedArray) -> list[tuple[str, int]]:
    import pyarrow.compute as pc

    pairs = pc.value_counts(column).to_pylist()
    counts = [(str(pair["values"] or UNSTATED), int(pair["counts"])) for pair in pairs]
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def _filled(column: pa.ChunkedArray) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.greater(pc.binary_length(column), 0)).as_py() or 0)


def _listed(column: pa.ChunkedArray) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.greater(pc.list_value_length(column), 0)).as_py() or 0)


def _lengths(column: pa.ChunkedArray) -> Lengths:
    found = text_lengths(column)
    found = found[found > 0]
    if not len(found):
        return Lengths(0, 0.0, 0, 0, {}, (), ())
    edges = _edges(found)
    bins = np.histogram(np.minimum(found, edges[-1]), bins=edges)[0]
    return Lengths(
        count=len(found),
        mean=float(found.mean()),
        smallest=int(found.min()),
        largest=int(found.max()),
        quantiles={share: float(np.quantile(found, share)) for share in QUANTILES},
        edges=tuple(float(edge) for edge in edges),
        bins=tuple(int(count) for count in bins),
        unit=column_unit(column),
    )


def _edges(lengths: np.ndarray) -> np.ndarray:
    """Return whole-number borders from the shortest to the 99th percentile."""
    low, high = int(lengths.min()), int(np.ceil(np.quantile(lengths, 0.99))) + 1
    step = max(1, -(-(high - low) // _BINS))
    return np.arange(low, high + step, step)
