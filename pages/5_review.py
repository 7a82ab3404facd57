"""Review: clinicians judge samples one at a time; agreement, settling, certificate, log."""

from __future__ import annotations

import streamlit as st

from diq_core.review.reading import QueueProgress, queues, role_of
from diq_core.study import Study
from pages.parts.frame import open_page
from pages.parts.review_desk import draw_desk
from pages.parts.review_room import Room, shared_store, shipped_form
from pages.parts.review_setup import draw_setup
from pages.parts.reviewer import current_reviewer, draw_reviewer
from pages.parts.text import visible


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    actor = current_reviewer()
    store = shared_store(study)
    room = Room(study, store, shipped_form(), actor, role_of(store, actor))
    draw_reviewer(actor, room.role)
    planned = queues(store)
    name = next(iter(planned), None)
    if name:
        draw_desk(room, name)
    else:
        draw_setup(room)


with open_page("review") as current:
    draw(current)
