"""Orders are random, repeatable, and stratified from their beginning."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.review.queue.ordering import Item, as_listed, is_swapped, own_order, stratified

STRATA = [("Q1", "medqa", 60), ("Q2", "medqa", 30), ("Q3", "other", 10)]
ITEMS = [
    Item(f"{quadrant}-{number}", quadrant, source)
    for quadrant, source, count in STRATA
    for number in range(count)
]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_order_follows_from_the_seed_and_not_from_the_files_order(
    seed: int, chooser: object
) -> None:
    shuffled = list(ITEMS)
    chooser.shuffle(shuffled)  # type: ignore[attr-defined]
    order = stratified(ITEMS, seed)
    assert stratified(shuffled, seed) == order
    assert sorted(order, key=lambda item: item.sample) == sorted(
        ITEMS, key=lambda item: item.sample
    )
    for end in (10, 20, 50):
        seen = Counter(item.quadrant for item in order[:end])
        for quadrant, _, count in STRATA:
            assert abs(seen[quadrant] - count * end / 100) <= 2


def test_seeds_give_different_orders() -> None:
    firsts = {stratified(ITEMS, seed)[0].sample for seed in range(200)}
    assert len(firsts) > 40
    assert {name[:2] for name in firsts} == {"Q1", "Q2", "Q3"}


def test_sides_are_even_and_differ_between_people() -> None:
    sides = [is_swapped(7, reviewer, f"p{n}") for reviewer in "ab" for n in range(1000)]
    assert 440 < sum(sides[:1000]) < 560
    assert 440 < sum(a == b for a, b in zip(sides[:1000], sides[1000:], strict=True)) < 560


def test_people_have_their_own_order_inside_a_block_only() -> None:
    places = range(60)
    ann = sorted(places, key=lambda place: own_order(1, "Ann", place, f"s{place}"))
    ben = sorted(places, key=lambda place: own_order(1, "Ben", place, f"s{place}"))
    assert ann != ben
    for start in (0, 20, 40):
        assert set(ann[start : start + 20]) == set(range(start, start + 20))


def test_a_sample_listed_twice_is_refused() -> None:
    twice = [Item("a"), Item("b"), Item("a")]
    for order in (as_listed, lambda items: stratified(items, 0)):
        with pytest.raises(BadSetting, match="'a' is listed twice"):
            order(twice)
