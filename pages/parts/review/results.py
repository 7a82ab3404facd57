"""What the verdicts show: the paper's comparison, pairs, agreement, time and drift."""

from __future__ import annotations

import streamlit as st

from diq_core.review.figures.drift import Trend
from pages.parts.boxes import show_note
from pages.parts.plain_table import draw_table, signed
from pages.parts.review.agreement import draw_agreement_table
from pages.parts.review.effects import draw_effects
from pages.parts.review.figures import agreement_of, reviewers_of, totals_of
from pages.parts.review.pairs import draw_pairs
from pages.parts.review.room import Room
from pages.parts.views import choose_view
from pages.parts.words import duration

PARTS = {
    "Chosen against the rest": draw_effects,
    "Side by side": draw_pairs,
    "Agreement": lambda room: draw_agreement(room),
    "Reviewers": lambda room: draw_reviewers(room),
}


def draw_results(room: Room) -> None:
    """Draw the results of all judgements by this form."""
    found = totals_of(room)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Verdicts", f"{found.verdicts:,}", width=120)
        st.metric("Samples", f"{found.samples:,}", width=120)
        st.metric("Reviewers", f"{found.people:,}", width=120)
        st.metric("Judged by two or more", f"{found.shared:,}", width=180)
        if found.by_machines:
            st.metric("Verdicts of models", f"{found.by_machines:,}", width=150)
    part = choose_view(list(PARTS), "results", "Part of the tab")
    if part == "Side by side" or found.verdicts:
        PARTS[part](room)
    else:
        show_note("There is no verdict yet", ("Results appear with the first ones.",))


def draw_agreement(room: Room) -> None:
    """Draw agreement among people, and with models only where that is asked for."""
    st.header("Do reviewers agree?")
    st.caption(
        "1 = perfect, 0 = as good as chance. Below each value its 95 % interval: where it is wide, "
        "more pairs are needed. Low values are usual among clinicians."
    )
    mixed = False
    if totals_of(room).by_machines:
        mixed = st.checkbox(
            "Count models as raters, too", key="agreement-mixed",
            help="People and models are never mixed unless asked for; how far each model agrees "
            "with people stands in the tab 'Judge'.",
        )  # fmt: skip
    rows = agreement_of(room, with_machines=mixed)
    if any(row.exact.pairs for row in rows):
        draw_agreement_table(rows)
    else:
        show_note(
            "No sample was judged by two people yet",
            ("Set up a review with two or more people for each sample.",),
        )


def draw_reviewers(room: Room) -> None:
    """Draw time for each sample and drift of each reviewer."""
    st.header("Reviewers")
    st.caption(
        "Lean: own mean level minus that of others on the same samples. Drift: how the lean "
        "changes with every 100 reviews."
    )
    rows = []
    for row in reviewers_of(room):
        spent, moved = row.time, row.drift
        seconds = "not measured" if spent.median is None else duration(spent.median)
        spread = "" if spent.quarter is None or spent.three_quarters is None else (
            f"\n{duration(spent.quarter)} to {duration(spent.three_quarters)}"
        )  # fmt: skip
        lean = "none" if moved.lean.mean is None else signed(moved.lean.mean)
        name = f"{row.name} (machine)" if row.machine else row.name
        trend = _trend(moved.lean, moved.reason)
        rows.append((name, f"{row.verdicts:,}", seconds + spread, lean, trend))
    draw_table(("", "Verdicts", "Time for a sample (median, middle half)", "Lean", "Drift"), rows)


def _trend(found: Trend, reason: str) -> str:
    """Return a slope with its interval, or why there is none."""
    if found.slope is None or found.low is None or found.high is None:
        return reason or "none"
    return f"{signed(found.slope)}\n{signed(found.low)} to {signed(found.high)}"
