"""Rows sorted by any column, all of them and not what happens to be on screen."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from diq_core.selection.pool import Rows
from diq_core.selection.scores import Texts


def sort_rows(rows: Rows, column: pa.Array, ids: Texts, *, descending: bool) -> Rows:
    """Return `rows` by what stands in a column; nothing comes last, equal ones by id.

    Args:
        column: of all n samples; letter case of texts does not count.
        ids: str[n].
    """
    values = column.take(pa.array(rows))
    if pa.types.is_string(values.type):
        values = pc.utf8_lower(pc.if_else(pc.equal(values, ""), None, values))
    elif pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), None, values)
    table = pa.table({"value": values, "id": pa.array(ids[rows], pa.string())})
    order = pc.sort_indices(
        table,
        sort_keys=[("value", "descending" if descending else "ascending"), ("id", "ascending")],
        null_placement="at_end",
    )
    found: Rows = rows[order.to_numpy()]
    return found
