"""The table of agreement: each coefficient with its interval, and why some are missing."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.review.figures.results import AgreementRow
from diq_core.statistics.agreement import Agreement
from pages.parts.plain_table import draw_table, number

_HEAD = ("", "Pairs", "Equal", "Gwet's AC", "Krippendorff's alpha", "Cohen's kappa")


def draw_agreement_table(rows: Sequence[AgreementRow]) -> None:
    """Draw one row for each scale, the verdict and each flag; reasons stand below, once each."""
    reasons: list[str] = []
    lines = []
    for row in rows:
        cells = [_cell(one, reasons) for one in (row.exact, row.gwet, row.alpha, row.kappa)]
        lines.append((row.title, f"{row.exact.pairs:,}", *cells))
    draw_table(_HEAD, lines)
    if reasons:
        st.caption("  \n".join(f"({place}) {why}." for place, why in enumerate(reasons, 1)))


def _cell(found: Agreement, reasons: list[str]) -> str:
    """Return a coefficient with its interval, or the number of the reason why it is missing."""
    if found.value is None:
        return f"none ({_place(found.reason, reasons)})"
    if found.low is None or found.high is None:
        return f"{number(found.value)}\nno interval ({_place(found.reason, reasons)})"
    return f"{number(found.value)}\n{number(found.low)} to {number(found.high)}"


def _place(reason: str, reasons: list[str]) -> int:
    if reason not in reasons:
        reasons.append(reason)
    return reasons.index(reason) + 1
