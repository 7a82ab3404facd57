"""Three steps through the app, as a bar on top of a page: look, choose, judge.

That it was closed is remembered in the browser; on the overview it can be found again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from diq_core.study import Study
from pages.parts import served
from pages.parts.frame import PageKey, go_to

_HERE = Path(__file__).resolve().parent
_ADDRESS = "tour"
"""The query parameter that says a page was reached by the tour."""
_KEY = "tour-bar"


@dataclass(frozen=True)
class Step:
    """One step: the page it is about, and what there is to see and do."""

    page: PageKey
    title: str
    text: str
    onward: str


STEPS: Sequence[Step] = (
    Step(
        "overview",
        "Look",
        "Every dot on the map is one sample. Further right is harder; higher up helps the model "
        "more. Those at the top right are worth training on first.",
        "Next: choose",
    ),
    Step(
        "selection",
        "Choose",
        "Change the budget or another knob: what is chosen changes at once. Click a dot to read "
        "its sample; “Fix this selection” keeps the choice.",
        "Next: judge",
    ),
    Step(
        "review",
        "Judge",
        "Say who you are and start the review. Read the reasoning, press 1 to 5 for each scale and "
        "a letter for the verdict, then Enter. After that, Export writes the training files.",
        "Done",
    ),
)


def draw_tour(study: Study, page: Literal["overview", "selection", "review"]) -> None:
    """Draw the step of this page: on the overview always, elsewhere if the tour led here."""
    if page != "overview" and _ADDRESS not in st.query_params:
        return
    place = next(number for number, step in enumerate(STEPS) if step.page == page)
    step = STEPS[place]
    with st.container(key="tour"):
        asked = served.mount(
            "tour", _HERE, "tour.js", css="tour.css", key=_KEY,
            data={"number": place + 1, "of": len(STEPS), "title": step.title, "text": step.text,
                  "onward": step.onward},
            on_go_change=lambda: None,
        )  # fmt: skip
    if asked.go in ("on", "back"):
        _lead(study, place + (1 if asked.go == "on" else -1))
    elif asked.go == "close" and _ADDRESS in st.query_params:
        del st.query_params[_ADDRESS]
        st.rerun()


def _lead(study: Study, place: int) -> None:
    """Open the page of a step; the overview needs no word of it in its address."""
    if 0 <= place < len(STEPS):
        more = {_ADDRESS: str(place + 1)} if place else {}
        go_to(STEPS[place].page, study, None, **more)
