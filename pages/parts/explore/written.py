"""Scores as the panel writes them."""

from __future__ import annotations

import math

from diq_core.score import Score


def with_scale(score: Score) -> str:
    """Return what a score is called, with its range or its unit."""
    if score.least is not None and score.most is not None:
        return f"{score.in_text}, {score.least:g} to {score.most:g}"
    return f"{score.in_text}, {score.unit}" if score.unit else score.in_text


def signed(value: float) -> str:
    """Return a number with its sign; "–" where there is none."""
    return "–" if math.isnan(value) else f"{value:+.3g}".replace("-", "−")
