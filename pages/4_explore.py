"""Explore: see the quadrants, set the balance and the budget, read samples, fix a selection."""

from __future__ import annotations

from pages.parts.explore.page import draw
from pages.parts.frame import open_page

with open_page("selection") as study:
    draw(study)
