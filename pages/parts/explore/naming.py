"""The names of the topics on the map of meaning."""

from __future__ import annotations

import streamlit as st

from diq_core.maps.topics import Topic, topics
from diq_core.selection.pool import Rows
from pages.parts.explore.data import BY_INPUTS, Inputs, load_contents
from pages.parts.explore.ground import meaning_ground


@st.cache_resource(max_entries=2, show_spinner="Naming the topics …", hash_funcs=BY_INPUTS)
def topics_of(inputs: Inputs) -> list[Topic]:
    """Return the topics of the map of meaning, the largest first; none where there is no map."""
    ground = meaning_ground(inputs)
    if ground is None:
        return []
    questions = load_contents(inputs).columns["question"]

    def read(rows: Rows) -> list[str]:
        taken: list[str | None] = questions.take(rows).to_pylist()
        return [text or "" for text in taken]

    return topics(*ground.places, read)
