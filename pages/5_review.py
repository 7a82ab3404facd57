"""Review: clinicians judge samples one at a time; results, judge, certificate, log."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from diq_core.review.queue.progress import queues
from diq_core.review.store.reading import role_of
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.frame import open_page
from pages.parts.review.certificate import draw_certificate
from pages.parts.review.criteria import draw_criteria
from pages.parts.review.desk import draw_desk
from pages.parts.review.judge import draw_judge
from pages.parts.review.language import choose_language
from pages.parts.review.queue_box import choose_queue
from pages.parts.review.results import draw_results
from pages.parts.review.room import Room, shared_store, shipped_form
from pages.parts.review.settle import draw_settle
from pages.parts.review.setup import draw_first, draw_setup
from pages.parts.review.team import draw_team
from pages.parts.reviewer import current_reviewer, draw_reviewer
from pages.parts.tour.bar import draw_tour
from pages.parts.views import choose_view


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    st.html('<h1 class="diq-unseen">Review</h1>')
    heading = st.container()
    with heading:
        actor = current_reviewer()
    store = shared_store(study)
    room = Room(study, store, shipped_form(), actor, role_of(store, actor))
    views = views_of(room)
    with st.container(horizontal=True, vertical_alignment="center", key="review-head",
                      horizontal_alignment="distribute"):  # fmt: skip
        name = choose_tab(list(views)) if views else ""
        draw_reviewer(actor, room.role)
    if views:
        views[name](room)
    else:
        show_note(
            "You have no role in this study", ("Ask its admin for one, with the name above.",)
        )


def views_of(room: Room) -> dict[str, Callable[[Room], None]]:
    """Return what this person may look at, by the name of its tab."""
    wanted = (
        ("Review", room.may("review"), draw_queue),
        ("Set up", room.may("plan") or room.may("curate"), draw_preparation),
        ("Results", room.may("read_all"), draw_results),
        ("Judge", room.may("read_all"), draw_judge),
        ("Settle", room.may("adjudicate"), draw_settle),
        ("Certificate", room.may("read_all"), draw_certificate),
        ("People and log", room.may("read_all"), draw_team),
    )
    return {name: work for name, allowed, work in wanted if allowed}


def choose_tab(names: list[str]) -> str:
    """Draw the tabs and return the chosen one."""
    asked = st.session_state.pop("next-view", None)
    if asked in names:
        st.session_state["view"] = asked
    return choose_view(names)


def draw_preparation(room: Room) -> None:
    """Draw what is done before people review: queues, and criteria of single samples."""
    wanted = (
        ("A review", room.may("plan"), draw_setup),
        ("Case criteria", room.may("curate"), draw_criteria),
    )
    parts = {name: work for name, allowed, work in wanted if allowed}
    parts[choose_view(list(parts), "setup", "Part of the tab")](room)


def draw_queue(room: Room) -> None:
    """Draw the samples to be judged, or what to do where there are none."""
    mine = {
        name: one
        for name, one in queues(room.store).items()
        if not one.settings.people or room.actor.name in one.settings.people
    }
    if not mine:
        if room.may("plan"):
            st.header("Begin a review")
            draw_first(room)
        else:
            show_note("Nothing is set up for you yet", ("Ask whoever runs this study.",))
        return
    queue, desk = choose_queue(mine), st.container()
    # Below: who does not read English has a browser that says so.
    language = choose_language()
    with desk:
        draw_desk(room, queue, language)


with open_page("review") as current:
    draw_tour(current, "review")
    draw(current)
