"""A list beyond memory behaves as a list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data import shelf
from diq_core.data.sample import Option, Sample, Turn
from diq_core.data.shelf import Shelf


@pytest.fixture(autouse=True, scope="module")
def two_in_memory() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "_IN_MEMORY", 2)
        yield


@given(st.lists(st.one_of(st.text(), st.integers(), st.none()), max_size=9), st.data())
def test_it_is_read_as_a_list_is(items: list[object], data: st.DataObject) -> None:
    kept = Shelf(items)
    assert list(kept) == items == kept
    assert kept != [*items, 1]
    assert len(kept) == len(items)
    assert list(reversed(kept)) == items[::-1]
    assert kept[1:-1] == items[1:-1]
    if items:
        place = data.draw(st.integers(-len(items), len(items) - 1))
        assert kept[place] == items[place]


def test_items_may_be_added_between_two_readings() -> None:
    kept = Shelf("abc")
    reading = iter(kept)
    assert [next(reading) for _ in range(3)] == ["a", "b", "c"]
    kept.append("d")
    assert next(reading) == "d"
    assert list(kept) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("place", [4, -5])
def test_no_place_beyond_its_ends(place: int) -> None:
    with pytest.raises(IndexError):
        Shelf("abcd")[place]


def test_samples_come_back_equal_and_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    samples = [
        Sample(
            id=f"{number}",
            question="Why?",
            options=(Option("A", "Größe"),),
            history=(Turn("user", "a"),),
            meta={"a": [1, None]},
        )
        for number in range(5)
    ]
    kept = Shelf(samples, folder=tmp_path)
    assert list(kept) == samples
    assert list(tmp_path.iterdir()) == []
