"""A selection that can say of each sample why, and be written as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from diq_core.selection import reasons
from diq_core.selection.chosen import Chosen
from diq_core.selection.order import Order
from diq_core.selection.placements import BY_RULE, Placements
from diq_core.selection.pool import Pool, Rows
from diq_core.selection.quadrants import Cuts, Quadrants

# Text is built in pieces of this many rows, so that memory stays small at any size.
_PIECE = 1 << 20


class Selection(Chosen):
    """Which samples are kept, in which order and why; see `Chosen` for what it holds."""

    @classmethod
    def of(
        cls,
        pool: Pool,
        order: Order,
        chosen: Rows,
        *,
        placed: Placements,
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
        by_rule = chosen[order.candidates[chosen]]
        last = len(by_rule)
        if per_source is not None and last:
            last = order.position(int(by_rule[-1]))
        counts = _counts(pool, order, placed, number, asked, last)
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
            placed=placed,
            phrase=phrase,
            last=last,
        )

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


def _counts(
    pool: Pool, order: Order, placed: Placements, kept: int, asked: int, last: int
) -> dict[str, int]:
    size = len(order.ids)
    included = int(np.count_nonzero(pool.included))
    candidates = int(np.count_nonzero(order.candidates))
    put_in, left_out = (int(np.count_nonzero(m)) for m in (placed.put_in, placed.left_out))
    by_rule = kept - put_in
    ruled_out = sum(
        int(np.count_nonzero(each.mask & (placed.code == BY_RULE))) for each in order.ruled_out
    )
    # Every candidate ahead of the last kept one that is not kept was stopped by its source.
    limited = (last if kept == asked else candidates) - by_rule
    return {
        "samples": size,
        "kept": kept,
        "over_budget": candidates - by_rule - limited,
        "over_source_limit": limited,
        "taken_out": left_out,
        "unscored": included - candidates - put_in - left_out - ruled_out,
        "excluded": size - included,
        **({"ruled_out": ruled_out} if order.ruled_out else {}),
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
