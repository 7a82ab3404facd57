"""Explore: see the quadrants, set the balance and the budget, read samples, fix a selection."""

from __future__ import annotations

from pages.parts.explore.page import draw
from pages.parts.frame import open_page
from pages.parts.tour.bar import draw_tour

with open_page("selection") as study:
    draw_tour(study, "selection")
    draw(study)
