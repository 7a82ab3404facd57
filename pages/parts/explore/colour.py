"""The colours of the dots by any column, and their legend."""

from __future__ import annotations

import streamlit as st

from diq_core.maps.colour import Coding, coded
from diq_core.score import AXES
from diq_core.selection.contents import QUADRANT
from diq_core.selection.quadrants import quadrant_names
from diq_core.stages.asked import living
from diq_core.study import Study
from pages.parts.explore.condition import column_names, column_words
from pages.parts.explore.data import BY_INPUTS, Inputs, load_contents, load_pool
from pages.parts.explore.pictures import Scene
from pages.parts.explore.state import View, control
from pages.parts.palette import UNSCORED, colours_of
from pages.parts.text import escaped, shortened

_TOO_LONG = ("id", "question", "answer", "context", "system", "answer_label", "excluded")
"""Columns of texts that are different for nearly every sample, and what is never drawn."""


def colour_box(study: Study, inputs: Inputs) -> None:
    """Draw the choice of the column that colours the dots."""
    names = [name for name in column_names(inputs, "overall")
             if name not in (*_TOO_LONG, QUADRANT)]  # fmt: skip
    st.selectbox(
        "Colour by", ["", *names],
        format_func=lambda name: column_words(name) if name else "quadrant",
        help="What stands in a column: the most frequent kinds, or numbers from low to high.",
        **control(study, "colour"),
    )  # fmt: skip


def coding_of(inputs: Inputs, view: View) -> Coding | None:
    """Return the colours that the view asks for; None = those of the quadrants, also where there
    is no such column."""
    if not view.colour or view.colour not in column_names(inputs, view.aspect):
        return None
    if living([view.colour]):
        return coded(load_contents(inputs).columns[view.colour])
    return _coding(inputs.scored, view.aspect, view.colour)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_INPUTS)
def _coding(inputs: Inputs, aspect: str, name: str) -> Coding:
    pool = load_pool(inputs, aspect, AXES)
    nowhere = quadrant_names(pool.included * 0)
    return coded(load_contents(inputs).columns_over(pool.scores, nowhere)[name])


def draw_legend(scene: Scene) -> None:
    """Draw what the colours stand for, where they do not stand for quadrants."""
    if scene.coding is None:
        return
    coding, colours = scene.coding, colours_of(scene.coding)
    entries = [
        (colours[number], shortened(name, 28) if name else f"{coding.other:,} more", count)
        for number, (name, count) in enumerate(zip(coding.names, coding.counts, strict=True), 1)
    ]
    if coding.missing:
        entries.append((UNSCORED, "nothing", coding.missing))
    marks = "".join(
        f'<li><i style="background:{colour}"></i>{escaped(name)} <small>{count:,}</small></li>'
        for colour, name, count in entries
    )
    st.html(
        f'<ul class="diq-legend" aria-label="Colours"><li><b>'
        f"{escaped(column_words(scene.view.colour))}</b></li>{marks}</ul>"
    )
