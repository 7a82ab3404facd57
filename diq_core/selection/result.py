"""What a strategy and a budget made of the scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from diq_core.selection import reasons
from diq_core.selection.order import Order
from diq_core.selection.pool import Mask, Pool, Rows, Score
from diq_core.selection.quadrants import Cuts, Quadrants, count_quadrants
from diq_core.selection.scores import Floats, Texts
from diq_core.selection.strategies import find_strategy

# Text is built in pieces of this many rows, so that memory stays small at any size.
_PIECE = 1 << 20


@dataclass(frozen=True, eq=False)
class Selection:
    """Which samples are kept, in which order and why; row i belongs to ``ids[i]``.

    Attributes:
        ids: str[n].
        kept: bool[n].
        rank: int32[n], 1 = chosen first, 0 = not kept.
        quadrant: int8[n], 1 to 4, 0 = excluded or without both scores.
        priority: float64[n], the number the strategy orders by (inside the quadrant, where
            quadrants are filled in turn), higher first; NaN = the strategy cannot choose it.
        cuts: the two cuts, or None where no sample has both scores.
        asked: how many samples the budget asks for.
        per_source: most samples of one source, or None = no limit.
        settings: everything `select` was told, JSON-able.
        counts: samples = kept + over_budget + over_source_limit + unscored + excluded.
        notes: sentences the user must see, e.g. that fewer are kept than were asked for.
        pool: the scores it was made of.
        order: the order of all candidates.
        phrase: by what the order ranks, e.g. "by difficulty".
        last: place of the last kept sample among all candidates, 1 = first.
    """

    ids: Texts
    kept: Mask
    rank: NDArray[np.int32]
    quadrant: Quadrants
    priority: Floats
    cuts: Cuts | None
    asked: int
    per_source: int | None
    settings: dict[str, Any]
    counts: dict[str, int]
    notes: tuple[str, ...]
    pool: Pool = field(repr=False)
    order: Order = field(repr=False)
    phrase: str
    last: int

    @classmethod
    def of(
        cls,
        pool: Pool,
        order: Order,
        chosen: Rows,
        *,
        quadrant: Quadrants,
        cuts: Cuts | None,
        asked: int,
        per_source: int | None,
        phrase: str,
        settings: dict[str, Any],
    ) -> Selection:
        """Put a selection together from the rows chosen, first to last (at least one)."""
        size, number = len(order.ids), len(chosen)
        kept = np.zeros(size, dtype=bool)
        kept[chosen] = True
        rank = np.zeros(size, dtype=np.int32)
        rank[chosen] = np.arange(1, number + 1, dtype=np.int32)
        last = number if per_source is None else order.position(int(chosen[-1]))
        counts = _counts(pool, order, number, asked, last)
        return cls(
            ids=order.ids,
            kept=kept,
            rank=rank,
            quadrant=quadrant,
            priority=order.keys[0] if order.keys else np.full(size, np.nan),
            cuts=cuts,
            asked=asked,
            per_source=per_source,
            settings=settings,
            counts=counts,
            notes=_notes(counts, asked, per_source, str(settings["budget"])),
            pool=pool,
            order=order,
            phrase=phrase,
            last=last,
        )

    @property
    def needs(self) -> tuple[Score, ...]:
        """The scores without which the strategy never chooses a sample."""
        return find_strategy(self.settings["strategy"]).needs

    @cached_property
    def quadrant_counts(self) -> dict[str, dict[str, int]]:
        """{"pool": ..., "kept": ...}, each with the counts of Q1 to Q4 and "unscored": over all
        samples, and over the kept ones."""
        return {
            "pool": count_quadrants(self.quadrant),
            "kept": count_quadrants(self.quadrant[self.kept]),
        }

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """int64[n]: the place among all candidates, 1 = first, 0 = no candidate. Sorts once."""
        ordered = self.order.arranged()
        places = np.zeros(len(self.ids), dtype=np.int64)
        places[ordered] = np.arange(1, len(ordered) + 1)
        return places

    def reason_of(self, row: int) -> str:
        """Return the one-line reason of one row, without sorting all of them."""
        place = self.order.position(row) if self.order.candidates[row] else 0
        text: str = reasons.texts(self, np.array([row]), np.array([place]))[0].as_py()
        return text

    def reasons(self) -> pa.ChunkedArray:
        """Return the one-line reason of every row as Arrow strings."""
        rows = np.arange(len(self.ids))
        starts = range(0, len(rows), _PIECE)
        pieces = (rows[start : start + _PIECE] for start in starts)
        chunks = [reasons.texts(self, piece, self.positions[piece]) for piece in pieces]
        return pa.chunked_array(chunks, type=pa.string())

    def table(self) -> pa.Table:
        """Return one row per sample: id, kept, rank, quadrant, priority, reason.

        ``rank`` is null where not kept, ``quadrant`` ("Q1" to "Q4") where a score is missing,
        ``priority`` where the strategy cannot choose the sample.
        """
        names = pa.array([None, "Q1", "Q2", "Q3", "Q4"], type=pa.string())
        columns = {
            "id": pa.array(self.ids, type=pa.string()),
            "kept": pa.array(self.kept),
            "rank": pa.array(self.rank, mask=~self.kept),
            "quadrant": names.take(pa.array(self.quadrant)),
            "priority": pa.array(self.priority, from_pandas=True),
            "reason": self.reasons(),
        }
        return pa.table(columns)


def _counts(pool: Pool, order: Order, kept: int, asked: int, last: int) -> dict[str, int]:
    size = len(order.ids)
    included = int(np.count_nonzero(pool.included))
    candidates = int(np.count_nonzero(order.candidates))
    # Every candidate ahead of the last kept one that is not kept was stopped by its source.
    limited = (last if kept == asked else candidates) - kept
    return {
        "samples": size,
        "kept": kept,
        "over_budget": candidates - kept - limited,
        "over_source_limit": limited,
        "unscored": included - candidates,
        "excluded": size - included,
    }


def _notes(
    counts: dict[str, int], asked: int, per_source: int | None, budget: str
) -> tuple[str, ...]:
    if counts["kept"] == asked:
        return ()
    wish = f"{asked} samples" if budget == str(asked) else f"{budget} ({asked} samples)"
    limit = f" with at most {per_source} per source" if counts["over_source_limit"] else ""
    return (
        f"The budget asks for {wish}, but only {counts['kept']} can be chosen{limit}; "
        "all of them are kept.",
    )
