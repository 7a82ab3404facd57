"""Rows whose chain has a column of its own beside the answer: s1's, and names with brackets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from diq_core.data.formats.own import convert_own
from diq_core.data.formats.parts import Format, Parts, Row

_BRACKETS = re.compile(r"^(.*?\w)\s*[(\[{].*[)\]}]$")
_ASKED = ("question", "problem", "prompt", "instruction", "query", "input")
_THOUGHT = ("reasoning", "reasoning_content", "thinking", "thought", "cot", "chain_of_thought")
_SAID = ("response", "answer", "output", "content", "completion")
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
    return convert_own({**others, **extra, "reasoning": first, "answer": row.get(said)})


def convert_bracketed(row: Row) -> Parts:
    """Return the parts of a row with names such as ``response (content)``."""
    names = _plain_names(row)
    used = set(names.values())
    rest = {name: value for name, value in row.items() if name not in used}
    return convert_own({**rest, **{ours: row.get(name) for ours, name in names.items()}})


def _plain_names(columns: Collection[str]) -> dict[str, str]:
    """Return our field → the column that is called so when its brackets are taken off."""
    bare = {_bare(name): name for name in sorted(columns)}
    found: dict[str, str] = {}
    for ours, known in (("question", _ASKED), ("reasoning", _THOUGHT), ("answer", _SAID)):
        for name in known:
            if name in bare:
                found.setdefault(ours, bare[name])
    return found


def _bare(name: str) -> str:
    match = _BRACKETS.match(name)
    return (match[1] if match else name).strip().casefold()


def _trajectories(columns: Collection[str], _rows: Sequence[Row]) -> str | None:
    for chain, said in _TRACES:
        if {"question", chain, said} <= set(columns):
            return f"columns question, {chain}, {said}: s1 layout"
    return None


def _bracketed(columns: Collection[str], _rows: Sequence[Row]) -> str | None:
    names: Mapping[str, str] = _plain_names(columns)
    bracketed = [name for name in names.values() if _BRACKETS.match(name)]
    if set(names) < {"question", "reasoning", "answer"} or not bracketed:
        return None
    return f"columns {', '.join(names.values())}: question, reasoning and answer"


TRAJECTORIES = Format(
    "s1", "s1K", "question, thinking_trajectories, attempt", _trajectories, convert_trajectories
)
BRACKETED = Format(
    "bracketed", "Names with brackets", "question, reasoning (…), response (…)",
    _bracketed, convert_bracketed,
)  # fmt: skip
FORMATS = (TRAJECTORIES, BRACKETED)
