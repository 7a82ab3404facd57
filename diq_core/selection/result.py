"""A selection that can say of each sample why, and be written as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from diq_core.selection import reasons
from diq_core.selection.chosen import Chosen
from diq_core.selection.fill import Filled
from diq_core.selection.order import Order
from diq_core.selection.placements import BY_RULE, Placements
from diq_core.selection.pool import Pool, Rows
from diq_core.selection.quadrants import Cuts, Quadrants, quadrant_names
from diq_core.selection.quotas import Parts

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
        filled: Filled,
        parts: Sequence[Parts],
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
        # Without quotas what is kept are the first candidates.
        last = len(filled.walked)
        if parts and last:
            last = order.position(int(order.arranged(filled.walked)[-1]))
        counts = _counts(pool, order, placed, filled, number, asked, last, per_source is not None)
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
            notes=_notes(counts, asked, per_source, settings),
            pool=pool,
            order=order,
            placed=placed,
            phrase=phrase,
            last=last,
            parts=tuple(parts),
            full=filled.full,
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
        columns = {
            "id": pa.array(self.ids, type=pa.string()),
            "kept": pa.array(self.kept),
            "rank": pa.array(self.rank, mask=~self.kept),
            "quadrant": quadrant_names(self.quadrant),
            "priority": pa.array(self.priority, from_pandas=True),
            "reason": self.reasons(),
        }
        return pa.table(columns)


def _counts(
    pool: Pool, order: Order, placed: Placements, filled: Filled, kept: int, asked: int, last: int,
    has_source_limit: bool,
) -> dict[str, int]:  # fmt: skip
    size = len(order.ids)
    included = int(np.count_nonzero(pool.included))
    candidates = int(np.count_nonzero(order.candidates))
    put_in, left_out, not_asked_for = (
        int(np.count_nonzero(mask))
        for mask in (placed.put_in, placed.left_out, placed.not_asked_for)
    )
    by_rule = kept - put_in
    ruled_out = sum(
        int(np.count_nonzero(each.mask & (placed.code == BY_RULE))) for each in order.ruled_out
    )
    by_source, by_quota = _limited(order, filled, last if kept == asked else None, has_source_limit)
    others = put_in + left_out + not_asked_for + ruled_out
    return {
        "samples": size,
        "kept": kept,
        "over_budget": candidates - by_rule - by_source - by_quota,
        "over_source_limit": by_source,
        "taken_out": left_out,
        "unscored": included - candidates - others,
        "excluded": size - included,
        **({"ruled_out": ruled_out} if order.ruled_out else {}),
        **({"over_quota": by_quota} if len(filled.full) > has_source_limit else {}),
        **({"not_asked_for": not_asked_for} if not_asked_for else {}),
    }


def _limited(
    order: Order, filled: Filled, last: int | None, has_source_limit: bool
) -> tuple[int, int]:
    """Return how many candidates the limit per source stopped, and how many another quota.

    Args:
        last: the place beyond which the budget stopped them; None = it did not.
    """
    if not filled.full:
        return 0, 0
    out = order.candidates.copy()
    out[filled.rows] = False
    rows = np.flatnonzero(out)
    if last is not None:
        ahead = order.arranged()[:last]
        rows = ahead[out[ahead]]
    first = filled.full[0][rows] if has_source_limit else np.zeros(len(rows), dtype=bool)
    by_source = int(np.count_nonzero(first))
    return by_source, len(rows) - by_source


def _notes(
    counts: dict[str, int], asked: int, per_source: int | None, settings: Mapping[str, Any]
) -> tuple[str, ...]:
    if counts["kept"] == asked:
        return ()
    budget = str(settings["budget"])
    wish = f"{asked} samples" if budget == str(asked) else f"{budget} ({asked} samples)"
    limits = [f"at most {per_source} per source"] if counts["over_source_limit"] else []
    limits += ["these quotas"] if counts.get("over_quota") else []
    limits += ["near neighbours skipped"] if settings.get("apart") is not None else []
    limit = f" with {' and '.join(limits)}" if limits else ""
    return (
        f"The budget asks for {wish}, but only {counts['kept']} can be chosen{limit}; "
        "all of them are kept.",
    )
