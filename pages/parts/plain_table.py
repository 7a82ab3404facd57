"""Tables of the review page, and how numbers stand in them: with sign, interval or reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from diq_core.review.figures.pair_results import Share
from pages.parts.text import escaped

Rows = Sequence[Sequence[str]]
Interval = tuple[float | None, float | None, float | None]


def draw_heading(*words: str) -> None:
    """Draw a small heading; every second one of `words` comes from a user."""
    body = "".join(
        f"<bdi>{escaped(text[:120])}</bdi>" if place % 2 else escaped(text)
        for place, text in enumerate(words)
    )
    st.html(f'<h3 class="diq-small">{body}</h3>')


def draw_table(head: Sequence[str], rows: Rows) -> None:
    """Draw a table of plain text; a line end inside a cell stays."""
    top = "".join(f'<th scope="col">{escaped(cell)}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    st.html(
        f'<div class="diq-wide" tabindex="0"><table class="diq-table"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def interval_of(estimate: Mapping[str, Any]) -> Interval:
    """Return value and interval of a stored estimate."""
    return estimate["value"], estimate["low"], estimate["high"]


def signed_cell(found: Interval) -> str:
    """Return a difference with its interval."""
    value, low, high = found
    if value is None:
        return "none"
    if low is None or high is None:
        return signed(value)
    return f"{signed(value)}\n{signed(low)} to {signed(high)}"


def share_cell(found: Share) -> str:
    """Return a share with its interval, in per cent."""
    if found.value is None or found.low is None or found.high is None:
        return "none"
    return f"{percent(found.value)}\n{percent(found.low)} to {percent(found.high)}"


def percent(value: float) -> str:
    """Return a share as a whole percentage."""
    return f"{100 * value:.0f} %"


def number(value: float) -> str:
    """Return a coefficient with two digits and a true minus."""
    return f"{value:.2f}".replace("-", "−")


def signed(value: float) -> str:
    """Return a difference with its sign and two digits."""
    return f"{value:+.2f}".replace("-", "−")


def _cell(text: str) -> str:
    first, *rest = text.split("\n")
    small = "".join(f"<br><small>{escaped(line)}</small>" for line in rest)
    return f"<bdi>{escaped(first)}</bdi>{small}"
