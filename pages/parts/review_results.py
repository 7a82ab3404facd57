"""What the verdicts show: agreement, the paper's comparison, time and drift of each reviewer."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.review.agreement import Agreement
from diq_core.review.drift import Trend
from diq_core.review.effect import Effect, Estimate
from diq_core.review.reading import Judgement, judgements
from diq_core.review.results import (
    PEOPLE,
    AgreementRow,
    agreement_rows,
    effect_rows,
    judge_rows,
    reviewer_rows,
)
from pages.parts.boxes import show_note
from pages.parts.review_room import Room
from pages.parts.review_setup import pool
from pages.parts.text import escaped
from pages.parts.words import duration

Rows = Sequence[Sequence[str]]


def draw_results(room: Room) -> None:
    """Draw the results of all verdicts on this form."""
    verdicts = judgements(room.store, room.actor, "verdict", scope=room.form.version)
    if not verdicts:
        show_note("There is no verdict yet", ("Results appear with the first ones.",))
        return
    people = {one.reviewer for one in verdicts if not one.machine}
    samples = {one.sample for one in verdicts if not one.machine}
    twice = [one.sample for one in verdicts if not one.machine]
    shared = len({one for one in samples if twice.count(one) > 1}) if len(twice) < 5000 else None
    with st.container(horizontal=True, gap="medium"):
        st.metric("Verdicts", f"{len(verdicts):,}", width=150)
        st.metric("Samples", f"{len(samples):,}", width=150)
        st.metric("Reviewers", f"{len(people):,}", width=150)
        if shared is not None:
            st.metric("Judged by two or more", f"{shared:,}", width=220)
    draw_effects(room, verdicts)
    draw_agreement(room, verdicts)
    draw_reviewers(verdicts)


def draw_agreement(room: Room, verdicts: Sequence[Judgement]) -> None:
    """Draw agreement among people, and of each machine judge with them."""
    st.subheader("Do reviewers agree?")
    st.caption(
        "1 = perfect, 0 = as good as chance. Below each value its 95 % interval: where it is wide, "
        "more pairs are needed. Low values are usual among clinicians."
    )
    rows = agreement_rows(room.form, verdicts)
    if any(row.exact.pairs for row in rows):
        draw_table(AGREEMENT_HEAD, [agreement_line(row) for row in rows])
    else:
        show_note(
            "No sample was judged by two people yet",
            ("Set up a review with two or more people for each sample.",),
        )
    for judge, rows in judge_rows(room.form, verdicts).items():
        st.html(f"<h4>Machine judge <bdi>{escaped(judge[:80])}</bdi> with people</h4>")
        st.caption("Its ratings are kept apart from people's in everything above.")
        draw_table(AGREEMENT_HEAD, [agreement_line(row) for row in rows])


AGREEMENT_HEAD = ("", "Pairs", "Equal", "Gwet's AC", "Krippendorff's alpha",
                  "Cohen's kappa")  # fmt: skip


def agreement_line(row: AgreementRow) -> tuple[str, ...]:
    """Return one row of the table of agreement."""
    pairs = f"{row.exact.pairs:,}"
    values = (row.exact, row.gwet, row.alpha, row.kappa)
    return (row.title, pairs, *map(agreement_cell, values))


def agreement_cell(found: Agreement) -> str:
    """Return a coefficient with its interval, or why it is missing."""
    if found.value is None:
        return f"none: {found.reason}"
    if found.low is None or found.high is None:
        return f"{number(found.value)} (no interval: {found.reason})"
    return f"{number(found.value)}\n{number(found.low)} to {number(found.high)}"


def draw_effects(room: Room, verdicts: Sequence[Judgement]) -> None:
    """Draw the paper's analysis: are chosen samples better than the rest?"""
    names = [selection.name for selection in room.study.artefacts("selection")]
    if not names:
        return
    st.subheader("Are the chosen samples better than the rest?")
    name = names[0]
    if len(names) > 1:
        name = st.selectbox("Selection", names, key="effect-selection", width=320)
    chosen = {one.id: bool(one.chosen) for one in pool(room.study, name)}
    rated = {one.sample for one in verdicts}
    if not any(not kept for id, kept in chosen.items() if id in rated):
        show_note(
            "Only chosen samples were reviewed so far",
            ("To compare, set up a review of the chosen samples mixed with others.",),
        )
        return
    st.caption(
        "Mean level (1 to 5) of the chosen samples minus that of the rest, within the same "
        "reviewer wherever possible. Cliff's delta: chance that a chosen sample is rated higher "
        "minus the chance that it is rated lower. 95 % intervals."
    )
    rows = []
    for title, groups in effect_rows(room.form, verdicts, chosen).items():
        for group in sorted(groups, key=lambda name: name != PEOPLE):
            rows.append((title, group, *effect_cells(groups[group])))
    draw_table(("Scale", "Judged by", "Difference", "Cliff's delta", "Hedges' g",
                "Samples: chosen, rest"), rows)  # fmt: skip


def effect_cells(found: Effect) -> tuple[str, ...]:
    """Return the cells of one comparison."""
    cells = [estimate(one) for one in (found.difference, found.delta, found.g)]
    sizes = f"{found.samples[0]:,} and {found.samples[1]:,}"
    return (*cells, sizes + (f"\n{found.reason}" if found.reason else ""))


def draw_reviewers(verdicts: Sequence[Judgement]) -> None:
    """Draw time for each sample and drift of each reviewer."""
    st.subheader("Reviewers")
    st.caption(
        "Lean: own mean level minus that of others on the same samples. Drift: how the lean "
        "changes with every 100 reviews."
    )
    rows = []
    for row in reviewer_rows(verdicts):
        spent, moved = row.time, row.drift
        seconds = "not measured" if spent.median is None else duration(spent.median)
        spread = "" if spent.quarter is None or spent.three_quarters is None else (
            f"\n{duration(spent.quarter)} to {duration(spent.three_quarters)}"
        )  # fmt: skip
        lean = "none" if moved.lean.mean is None else signed(moved.lean.mean)
        name = f"{row.name} (machine)" if row.machine else row.name
        rows.append((name, f"{row.verdicts:,}", seconds + spread, lean, trend(moved.lean, moved)))
    draw_table(("", "Verdicts", "Time for a sample (median, middle half)", "Lean", "Drift"), rows)


def trend(found: Trend, moved: object) -> str:
    """Return a slope with its interval, or why there is none."""
    if found.slope is None or found.low is None or found.high is None:
        return str(getattr(moved, "reason", "")) or "none"
    return f"{signed(found.slope)}\n{signed(found.low)} to {signed(found.high)}"


def estimate(found: Estimate) -> str:
    """Return a number with its interval."""
    if found.value is None:
        return "none"
    if found.low is None or found.high is None:
        return signed(found.value)
    return f"{signed(found.value)}\n{signed(found.low)} to {signed(found.high)}"


def number(value: float) -> str:
    """Return a coefficient with two digits and a true minus."""
    return f"{value:.2f}".replace("-", "−")


def signed(value: float) -> str:
    """Return a difference with its sign and two digits."""
    return f"{value:+.2f}".replace("-", "−")


def draw_table(head: Sequence[str], rows: Rows) -> None:
    """Draw a table of plain text; a line end inside a cell stays."""
    top = "".join(f'<th scope="col">{escaped(cell)}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    st.html(
        f'<div class="diq-wide"><table class="diq-table"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    first, *rest = text.split("\n")
    small = "".join(f"<br><small>{escaped(line)}</small>" for line in rest)
    return f"<bdi>{escaped(first)}</bdi>{small}"
