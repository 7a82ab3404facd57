"""The view of the Explore page and its address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from diq_core.maps.region import Box, region_to_text
from diq_core.selection.strategies import STRATEGIES
from pages.parts.explore.state import View, query_of, view_of

views = st.builds(
    View,
    strategy=st.sampled_from(sorted(STRATEGIES)),
    rule=st.sampled_from(["paper", "weight"]),
    weight=st.integers(0, 20).map(lambda step: step / 20),
    quadrants=st.booleans(),
    difficulty_cut=st.integers(0, 100).map(float),
    influence_cut=st.integers(0, 100).map(float),
    budget=st.sampled_from(["10%", "250", "0.5%", "1"]),
    aspect=st.sampled_from(["overall", "knowledge", "reasoning"]),
    seed=st.integers(0, 2**31),
    max_per_source=st.none() | st.integers(1, 100).map(lambda percent: percent / 100),
    space=st.sampled_from(["scores", "meaning"]),
    region=st.just("") | st.just(region_to_text(Box(1.0, 2.0, -3.0, 4.5))),
    scale=st.sampled_from(["values", "ranks"]),
    maps=st.sampled_from(["scores", "meaning", "both"]),
    panel=st.sampled_from(["summary", "list", "sample"]),
    listed=st.sampled_from(["chosen", "region", "all", "unscored"]),
    sample=st.text(max_size=12),
)


@given(views)
def test_an_address_brings_its_view_back(view: View) -> None:
    assert view_of(query_of(view)) == view


def test_the_default_view_needs_no_address() -> None:
    assert query_of(View()) == {}


NAMES = ("w", "hard", "budget", "seed", "region", "limit", "sample", "strategy", "quadrants")


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_any_address_gives_a_view_whose_settings_are_possible(query: dict[str, str]) -> None:
    view = view_of(query)
    assert view.settings
    assert view_of(query_of(view)) == view
