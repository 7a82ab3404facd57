"""Pairs shown side by side: which side people prefer, and whether left or right mattered."""

from __future__ import annotations

import streamlit as st

from diq_core.review.figures.pair_results import Contest, pair_queues
from diq_core.review.queue.progress import queues as all_queues
from pages.parts.boxes import show_note, show_problem
from pages.parts.choose import choose_artefact
from pages.parts.interval_chart import Line, interval_chart
from pages.parts.plain_table import draw_heading, draw_table, percent, share_cell
from pages.parts.review.figures import contests_of
from pages.parts.review.queue_box import choose_queue
from pages.parts.review.room import Room
from pages.parts.words import count


def draw_pairs(room: Room) -> None:
    """Draw the results of a queue of pairs."""
    st.header("Which one would people rather train on?")
    queues, known = pair_queues(room.store), all_queues(room.store)
    if not queues:
        show_note(
            "There is no review of pairs yet",
            ("Set one up with 'Side by side: a chosen sample against another one'.",),
        )
        return
    with st.container(horizontal=True):
        queue = choose_queue({name: known[name] for name in queues})
        selection = choose_artefact(room.study, "selection")
    found = contests_of(room, queue, selection.name if selection else None)
    st.caption(
        "A pair counts once, as what most people preferred; equally many on either side are a tie. "
        "Shares are of the pairs that are no tie: 50 % = no preference. 95 % intervals (Wilson)."
    )
    judged = sum(one.pairs for one in found)
    if not judged:
        show_note(f"None of the {count(queues[queue], 'pairs')} is judged yet")
        return
    st.caption(f"{judged:,} of {count(queues[queue], 'pairs')} judged.")
    for number, one in enumerate(found):
        _draw_contest(one, f"pairs-{number}")


def _draw_contest(one: Contest, key: str) -> None:
    first, second = one.sides
    draw_heading("", first, " against ", second)
    show_note(f"{one.sentence()}.", (one.reason,) if one.reason else ())
    with st.container(horizontal=True, gap="medium"):
        st.metric("Pairs", f"{one.pairs:,}", width=120)
        st.metric("Judgements", f"{one.judgements:,}", width=140)
        st.metric("People", f"{one.people:,}", width=120)
    found = one.preferred
    interval_chart(
        [Line(f"{first} preferred", (found.value, found.low, found.high)),
         Line("left preferred", (one.left.value, one.left.low, one.left.high))],
        x="Share of those that are no tie", span=(0.0, 1.0), mark=0.5, mark_label="chance",
        key=key, digits=".0%",
    )  # fmt: skip
    draw_table(
        ("Pairs", "Number", "Share"),
        [
            (f"{first} preferred", f"{one.first:,}", share_cell(found) + " (of no ties)"),
            (f"{second} preferred", f"{one.second:,}", ""),
            ("no difference", f"{one.same:,}", share_cell(one.ties) + " (of all)"),
        ],
    )
    _draw_places(one)


def _draw_places(one: Contest) -> None:
    """Draw whether people prefer a side of the screen, whatever stands there."""
    if one.is_biased and one.left.value is not None:
        more = "left" if one.left.value > 0.5 else "right"
        show_problem(
            f"The {more} side was preferred more often than chance usually explains",
            ("Sides are drawn by lot, so this would be a habit and no merit; it makes the "
             "preference above weaker, not wrong. The table shows whose habit it may be.",),
        )  # fmt: skip
    elif one.left.value is not None:
        st.caption(
            f"No habit is seen: left was preferred in {percent(one.left.value)} of the decided "
            "judgements, and sides are drawn by lot."
        )
    rows = [
        (place.reviewer, f"{place.left.of:,}", f"{place.left.count:,}", share_cell(place.left))
        for place in one.places
    ]
    with st.expander("Left and right, person by person"):
        draw_table(("", "Decided", "Left", "Share of left"), rows)
