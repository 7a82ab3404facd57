"""Rows whose chain has a column of its own beside the answer, as s1's have."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from diq_core.data.formats.own import convert_own
from diq_core.data.formats.parts import Format, Parts, Row

_TRACES = (
    ("thinking_trajectories", "attempt"),
    ("deepseek_thinking_trajectory", "deepseek_attempt"),
    ("gemini_thinking_trajectory", "gemini_attempt"),
)
"""s1's pairs of columns: what a model thought, and what it then said."""


def convert_trajectories(row: Row) -> Parts:
    """Return the parts of a row of s1K; the reference solution stays in meta.

    Of several trajectories the first belongs to the attempt; the others go to meta.
    """
    chain, said = next(
        (pair for pair in _TRACES if row.get(pair[0]) and row.get(pair[1])), _TRACES[0]
    )
    traces = row.get(chain)
    first, rest = (traces[:1], traces[1:]) if isinstance(traces, list) else (traces, [])
    others = {name: value for name, value in row.items() if name not in (chain, said)}
    extra = {chain: rest} if rest else {}
    parts = convert_own({**others, **extra, "reasoning": first, "answer": row.get(said)})
    parts.use(said, *([] if rest else [chain]))
    return parts


def _trajectories(columns: Collection[str], _rows: Sequence[Row]) -> str | None:
    for chain, said in _TRACES:
        if {"question", chain, said} <= set(columns):
            return f"columns question, {chain}, {said}: s1 layout"
    return None


TRAJECTORIES = Format(
    "s1", "s1K", "question, thinking_trajectories, attempt", _trajectories, convert_trajectories
)
FORMATS = (TRAJECTORIES,)
